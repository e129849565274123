"""The settings: one table that gives validation, web form, console help and file.

A value of all settings never changes; a change makes a new one: ``settings.now.but(lag_deg=2.5)``.
Clock domain: *second* (reading an attribute of `now` is cheap enough for *cycle*).
"""

from collections import namedtuple

from lib.ondemand import Module

_TABLE = "firmware.device.settings_table"
_CHANGE = "firmware.device.settings_change"

with Module(_TABLE) as _table:
    SECRET = _table.SECRET
    # `accepted` is no setting: False while values were lost and nobody has looked at the others.
    _Fields = namedtuple("Values", _table.NAMES + ("accepted",))
del _table


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
        with Module(_CHANGE) as how:
            return how.changed(self, changes)

    def judged(self, accepted):
        """The same settings, accepted by a person or still to be."""
        return Values(*list(self)[:-1] + [accepted])


class Settings:
    """The settings in force, `now`, backed by a file."""

    def __init__(self, store, health, profile_objection):
        """Read the file; whatever is wrong in it becomes a default and a visible fault.

        profile_objection(name): why no inverter can be read by that profile, "" where one can.
        """
        self.store = store
        self.profile_objection = profile_objection
        self.health = health
        with Module("firmware.device.settings_read") as file:
            now, self.others, lost = file.load(store)
        self.now = now.judged(not lost)
        if lost:
            health.fault("settings", lost)
        if self.others:  # kept for a firmware that knows them, ignored by this one
            words = "unknown, ignored: " + ", ".join([str(name) for name in self.others])
            health.fault("settings of another firmware", words)

    def change(self, **changes):
        """Validate, store, put in force; returns the new values. Raises SettingError.

        It holds the loop for up to 0.3 s: while current flows, by firmware/views/quietly.py.

        If the flash refuses, the change still holds until the next restart and a fault says so:
        a worn-out flash must not keep anyone from muting the output.
        """
        with Module(_CHANGE) as how:
            return how.change(self, changes)

    def accept(self):
        """A person has looked at what is in force after a loss: the output may go on."""
        with Module(_CHANGE) as how:
            how.accept(self)


def check(values, now=None):
    """What settings become by values of their types, numbers, or words, by name.

    now: the values in force; another stage brings its numbers where no others are given.
    Raises SettingError naming the range or the choices, and what was given.
    """
    with Module(_CHANGE) as how:
        return how.check(values, now)
