"""The settings: one table that gives validation, web form, console help and file.

A value of all settings never changes; a change makes a new one: ``settings.now.but(lag_deg=2.5)``.
Clock domain: *second* (reading an attribute of `now` is cheap enough for *cycle*).
"""

from collections import namedtuple

from lib.ondemand import Module

_TABLE = "firmware.device.settings_table"
_FILE = "firmware.device.settings_file"

with Module(_TABLE) as _table:
    SECRET = _table.SECRET
    NAMES = tuple([row[0] for row in _table.TABLE])
    _defaults = [row[1] for row in _table.TABLE]
del _table
# `accepted` is no setting: False while values were lost and nobody has looked at the others.
_Fields = namedtuple("Values", NAMES + ("accepted",))


class SettingError(Exception):
    """A value that can't be: `name` of the setting and `words` that say what can."""

    def __init__(self, name, words):
        super().__init__("%s: %s" % (name, words))
        self.name = name
        self.words = words


class Values(_Fields):
    """One value of all settings; an attribute for each name in TABLE."""

    poll_s: float
    stale_s: float
    accepted: bool
    radio: bool

    def __setattr__(self, name, value):
        raise AttributeError("settings never change: make others with but()")

    def but(self, **changes):
        """The same settings except for `changes`; raises SettingError if they can't be."""
        checked = check(changes, self)
        new = Values(*[checked.get(name, getattr(self, name)) for name in NAMES + ("accepted",)])
        if new.stale_s <= new.poll_s:
            raise SettingError(
                "stale_s" if "stale_s" in changes else "poll_s",
                "with an answer every %g s the last one must count for longer than %g s"
                % (new.poll_s, new.stale_s),
            )
        return new

    def judged(self, accepted):
        """The same settings, accepted by a person or still to be."""
        return Values(*[getattr(self, name) for name in NAMES] + [accepted])


DEFAULTS = Values(*_defaults + [True])
del _defaults


class Settings:
    """The settings in force, `now`, backed by a file."""

    def __init__(self, store, health, profile_objection):
        """Read the file; whatever is wrong in it becomes a default and a visible fault.

        profile_objection(name): why no inverter can be read by that profile, "" where one can.
        """
        self._store = store
        self._profile_objection = profile_objection
        self._health = health
        with Module(_FILE) as file:
            now, self._others, lost = file.load(store)
        self.now = now.judged(not lost)
        if lost:
            health.fault("settings", lost)
        if self._others:  # kept for a firmware that knows them, ignored by this one
            words = "unknown, ignored: " + ", ".join([str(name) for name in self._others])
            health.fault("settings of another firmware", words)

    def change(self, **changes):
        """Validate, store, put in force; returns the new values. Raises SettingError.

        If the flash refuses, the change still holds until the next restart and a fault says so:
        a worn-out flash must not keep anyone from muting the output.
        """
        new = self.now.but(**changes)
        if new.profile != self.now.profile:
            # Only when it is chosen: at the start a missing one must stay chosen (and the output
            # silent) instead of giving way to another inverter's.
            objection = self._profile_objection(new.profile)
            if objection:
                raise SettingError("profile", objection)
        if self.now.radio and not new.radio and not self._health.reason.startswith("following"):
            raise SettingError("radio", "can be off only while the output follows the inverter")
        self._put_in_force(new)
        for name in changes:
            shown = "…" if name in SECRET else getattr(new, name)
            self._health.event("setting", about=name, value=shown)
        return new

    def accept(self):
        """A person has looked at what is in force after a loss: the output may go on."""
        self._others = {}
        self._put_in_force(self.now.judged(True))
        self._health.clear("settings")
        self._health.clear("settings of another firmware")
        self._health.event("settings accepted")

    def _put_in_force(self, new):
        unsaved = "settings file" in self._health.faults
        if new != self.now or unsaved:
            try:
                with Module(_FILE) as file:
                    file.save(self._store, new, self._others)
                    if new.accepted:
                        file.accept(self._store)
            except OSError as why:
                words = "not saved (%s): they hold until a restart" % why
                self._health.fault("settings file", words)
            else:
                self._health.clear("settings file")
        self.now = new


def check(given, now=None):
    """The values that `given` (of the settings' types, numbers, or words) stand for, by name.

    now: the values in force; another stage brings its numbers where no others are given.
    Raises SettingError naming the range or the choices, and what was given.
    """
    checked = {}
    with Module(_TABLE) as table:
        for name in given:
            try:
                checked[name] = table.check(name, given[name])
            except ValueError as why:
                raise SettingError(name, str(why)) from None
        stage = checked.get("stage")
        if now and stage in table.STAGES and stage != now.stage:
            numbers = table.STAGES[stage]
            for k in range(len(numbers)):
                name = table.STAGE_NUMBERS[k]
                if checked.get(name, getattr(now, name)) == getattr(now, name):
                    checked[name] = numbers[k]
    return checked
