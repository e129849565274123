"""The settings: one table that gives validation, web form, console help and file.

A value of all settings never changes; a change makes a new one: ``settings.now.but(lag_deg=2.5)``.
Clock domain: *second* (reading an attribute of `now` is cheap enough for *cycle*).
"""

from collections import namedtuple

from lib.ondemand import Module

_TABLE = "firmware.device.settings_table"

with Module(_TABLE) as _table:
    SECRET = _table.SECRET
    NAMES = tuple([row[0] for row in _table.TABLE])
    _defaults = [row[1] for row in _table.TABLE]
del _table
_Fields = namedtuple("Values", NAMES)


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

    def __setattr__(self, name, value):
        raise AttributeError("settings never change: make others with but()")

    def but(self, **changes):
        """The same settings except for `changes`; raises SettingError if they can't be."""
        checked = check(changes)
        new = Values(*[checked.get(name, getattr(self, name)) for name in NAMES])
        if new.stale_s <= new.poll_s:
            raise SettingError(
                "stale_s" if "stale_s" in changes else "poll_s",
                "with an answer every %g s the last one must count for longer than %g s"
                % (new.poll_s, new.stale_s),
            )
        return new


DEFAULTS = Values(*_defaults)
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
        values, problem = store.load()
        problems = [problem] if problem else []
        self._unknown = {}  # kept for a firmware that knows them, ignored by this one
        known = {}
        for name in values:
            if name in NAMES:
                known[name] = values[name]
            else:
                self._unknown[name] = values[name]
                problems.append("%s: unknown, ignored" % name)
        with Module(_TABLE):  # once for all attempts
            self.now = _as_many_as_possible(known, problems)
        if problems:
            health.fault("settings", "; ".join(problems))

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
        different = dict(self._unknown)
        for name in NAMES:
            value = getattr(new, name)
            if value != getattr(DEFAULTS, name):
                different[name] = value
        try:
            self._store.save(different)
        except OSError as why:
            self._health.fault("settings", "not saved (%s): they hold until a restart" % why)
        else:
            self._health.clear("settings")
        self.now = new
        for name in changes:
            shown = "…" if name in SECRET else getattr(new, name)
            self._health.event("setting", about=name, value=shown)
        return new


def _as_many_as_possible(known, problems):
    """The defaults changed by every entry of `known` that can be; words for the others."""
    try:
        return DEFAULTS.but(**known)
    except SettingError:  # then one by one
        pass
    now = DEFAULTS
    left = list(known)
    while left:  # one may be possible only after another, as a slow poll after a long stale_s
        refused = []
        for name in left:
            try:
                now = now.but(**{name: known[name]})
            except SettingError as why:
                refused.append((name, str(why)))
        if len(refused) == len(left):
            for name, words in refused:
                problems.append("%s; using %s" % (words, getattr(now, name)))
            break
        left = [name for name, _ in refused]
    return now


def check(given):
    """The values that `given` (of the settings' types, numbers, or words) stand for, by name.

    Raises SettingError naming the range or the choices, and what was given.
    """
    checked = {}
    with Module(_TABLE) as table:
        for name in given:
            try:
                checked[name] = table.check(name, given[name])
            except ValueError as why:
                raise SettingError(name, str(why)) from None
    return checked
