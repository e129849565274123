"""The settings: one table that gives validation, web form, console help and file.

A value of all settings never changes; a change makes a new one: ``settings.now.but(lag_deg=2.5)``.
Clock domain: *second* (reading an attribute of `now` is cheap enough for *cycle*).
"""

from collections import namedtuple

from firmware import profiles

# (name, default, low, high, unit, help); the type is the default's. Numbers: low..high.
# Words: `low` is a tuple of choices, or the least and the greatest length ("" is always allowed).
# fmt: off
TABLE = (
    ("profile", "sungrow_sh_k", 1, 40, "", "Which inverter is on the RS485 line."),
    ("baud", 9600, (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200), None, "Bd",
     "Speed of the RS485 line, as set in the inverter."),
    ("parity", "N", ("N", "E", "O"), None, "",
     "Parity of the RS485 line: none, even or odd."),
    ("stop_bits", 1, (1, 2), None, "", "Stop bits of the RS485 line."),
    ("unit_address", 1, 1, 255, "", "Modbus address of the inverter."),
    ("poll_s", 1.0, 0.2, 60.0, "s", "How often the inverter is asked."),
    ("stale_s", 10.0, 2.0, 60.0, "s",
     "How long the last answer counts; then the output goes to zero within 2 s."),
    ("invert", False, None, None, "",
     "Turn the sign round: for CT wires that are swapped at the charger."),
    ("limit_w", 10000, 100, 25000, "W",
     "The output never shows more than this, in either direction."),
    ("full_scale_ma", 7.27, 0.5, 60.0, "mA",
     "Current (rms, 50 Hz) that the output stage gives at full modulation."),
    ("lag_deg", 22.7, -180.0, 180.0, "deg",
     "How far the current lags the mains at 50 Hz before correction."),
    ("lag_slope_deg_per_hz", 0.525, -10.0, 10.0, "deg/Hz",
     "How that lag changes with the mains frequency."),
    ("gain_slope_pct_per_hz", -0.211, -10.0, 10.0, "%/Hz",
     "How the output current changes with the mains frequency."),
    ("gain_trim_pct", 100.0, 50.0, 200.0, "%",
     "Fine correction of the power the charger reads."),
    ("mains_scale", 361.4, 10.0, 5000.0, "V/V",
     "Mains volts per volt at the mains sensing pin."),
    ("direction", "", 0, 120, "",
     "How the sign of the battery power was found out; set by the device."),
    ("readback", False, None, None, "",
     "Measure the output current (needs the sense wire) and correct it."),
    ("sense_mv_per_ma", 43.0, 1.0, 500.0, "mV/mA",
     "Voltage at the sense pin per current in the CT loop: the sense resistor in ohm."),
    ("muted", False, None, None, "", "Keep the output at zero, whatever the inverter says."),
    ("ssid", "", 1, 32, "", "Name of this device's WiFi. Used after a restart."),
    ("password", "", 8, 63, "", "Password of this device's WiFi. Used after a restart."),
    ("sta_ssid", "", 1, 32, "", "Name of your home WiFi, if the device should join it."),
    ("sta_password", "", 8, 63, "", "Password of your home WiFi."),
    ("experimental", False, None, None, "", "Allow inverters that nobody has tried yet."),
)
# fmt: on
SECRET = ("password", "sta_password")  # never leave the device over the network
KEPT_BY_DEVICE = ("direction",)  # no field in a form

_BY_NAME = {row[0]: row for row in TABLE}
_Fields = namedtuple("Values", tuple(row[0] for row in TABLE))
_ON = ("on", "true", "yes", "1")
_OFF = ("off", "false", "no", "0")


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
        checked = {name: check(name, changes[name]) for name in changes}
        new = Values(*[checked.get(row[0], getattr(self, row[0])) for row in TABLE])
        if new.stale_s <= new.poll_s:
            raise SettingError(
                "stale_s" if "stale_s" in changes else "poll_s",
                "with an answer every %g s the last one must count for longer than %g s"
                % (new.poll_s, new.stale_s),
            )
        return new


DEFAULTS = Values(*[row[1] for row in TABLE])


class Settings:
    """The settings in force, `now`, backed by a file."""

    def __init__(self, store, health):
        """Read the file; whatever is wrong in it becomes a default and a visible fault."""
        self._store = store
        self._health = health
        values, problem = store.load()
        problems = [problem] if problem else []
        self._unknown = {}  # kept for a firmware that knows them, ignored by this one
        known = {}
        for name in values:
            if name in _BY_NAME:
                known[name] = values[name]
            else:
                self._unknown[name] = values[name]
                problems.append("%s: unknown, ignored" % name)
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
            _look_up(new.profile)
        different = dict(self._unknown)
        for row in TABLE:
            value = getattr(new, row[0])
            if value != row[1]:
                different[row[0]] = value
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


def _look_up(profile_id):
    """Refuse a profile that can't be used; only when it is chosen, for at the start a missing one
    must stay chosen (and the output silent) instead of giving way to another inverter's."""
    try:
        profiles.load(profile_id)
    except (profiles.ProfileError, OSError) as why:
        raise SettingError("profile", str(why)) from None


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


def check(name, given):
    """The value that `given` (of the setting's type, a number, or words) stands for.

    Raises SettingError naming the range or the choices, and what was given.
    """
    if name not in _BY_NAME:
        raise SettingError(name, "there is no such setting")
    _, default, low, high, unit, _ = _BY_NAME[name]
    value = _as_type_of(default, given)
    if isinstance(low, tuple):
        if value in low:
            return value
    elif isinstance(default, bool):
        if value is not None:
            return value
    elif isinstance(default, str):
        if value is not None and (value == "" or low <= len(value) <= high) and _plain(value):
            return value
    elif value is not None and low <= value <= high:
        return value
    shown = "a value" if name in SECRET else repr(given) if given != "" else "nothing"
    raise SettingError(name, "give %s; %s is not" % (allowed(name), shown))


def allowed(name):
    """What may be given for a setting, in words: "-180 to 180 deg", "on or off", "N, E or O"."""
    _, default, low, high, unit, _ = _BY_NAME[name]
    unit = " " + unit if unit else ""
    if isinstance(low, tuple):
        words = [str(choice) for choice in low]
        return (", ".join(words[:-1]) + " or " if words[1:] else "") + words[-1] + unit
    if isinstance(default, bool):
        return "on or off"
    if isinstance(default, str):
        return "%d to %d plain characters, or nothing" % (low, high)
    kind = "a whole number from " if isinstance(default, int) else ""
    return "%s%g to %g%s" % (kind, low, high, unit)


def _as_type_of(default, given):
    """`given` as the type of `default`, or None where it can't be."""
    if isinstance(default, str):
        return given if isinstance(given, str) else None
    if isinstance(default, bool):
        if isinstance(given, bool):
            return given
        word = str(given).lower()
        return True if word in _ON else False if word in _OFF else None
    if isinstance(given, bool) or not isinstance(given, (int, float, str)):
        return None
    try:
        number = float(given)
        if isinstance(default, float):
            return number
        whole = int(number)
    except (ValueError, OverflowError):
        return None
    return whole if whole == number else None


def _plain(text):
    return all(" " <= character <= "~" for character in text)
