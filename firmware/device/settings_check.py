"""Whether a setting may have a value, by the table; in words where it may not.

In memory only for a change. Clock domain: *second*.
"""

from firmware.device import settings_table
from lib.ondemand import Module

_ON = ("on", "true", "yes", "1")
_OFF = ("off", "false", "no", "0")


def _row(name):
    return settings_table.TABLE[settings_table.NAMES.index(name)]


def check(name, value):
    """What a setting becomes by a value of its type, a number, or words.

    Raises ValueError naming the range or the choices, and what was given.
    """
    if name not in settings_table.NAMES:
        raise ValueError("there is no such setting")
    _, default, low, high, unit = _row(name)
    if isinstance(value, (list, dict)):
        value = None  # a list in a list in a list … has words that no stack can hold
    if isinstance(default, (int, float)) and not isinstance(default, bool):
        value = _typed_number(value, low, high, unit)
    checked = _as_type_of(default, value)
    if isinstance(low, tuple):
        if checked in low:
            return checked
    elif isinstance(default, bool):
        if checked is not None:
            return checked
    elif isinstance(default, str):
        fits = checked is not None and (checked == "" or low <= len(checked) <= high)
        if fits and _plain(checked):
            return checked
    elif checked is not None and low <= checked <= high:
        return checked
    shown = (
        "a value" if name in settings_table.SECRET else repr(value) if value != "" else "nothing"
    )
    raise ValueError("give %s; %s is not" % (allowed(name), shown))


def _typed_number(value, low, high, unit):
    """A number out of words as people type them; the words where they are none or two."""
    if isinstance(value, str) and not isinstance(low, tuple):
        with Module("lib.numbers") as numbers:
            try:
                return numbers.parse(value, low, high, unit)
            except ValueError as why:
                if str(why).startswith("is "):  # it can mean two numbers: asked back
                    raise
    return value


def allowed(name):
    """What may be given for a setting, in words: "-180 to 180 deg", "on or off", "N, E or O"."""
    _, default, low, high, unit = _row(name)
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


def _as_type_of(default, value):
    """A value as the type of `default`, or None where it can't be."""
    if isinstance(default, str):
        return value if isinstance(value, str) else None
    if isinstance(default, bool):
        if isinstance(value, bool):
            return value
        word = str(value).lower()
        return True if word in _ON else False if word in _OFF else None
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
        if isinstance(default, float):
            return number
        whole = int(number)
    except (ValueError, OverflowError):
        return None
    return whole if whole == number else None


def _plain(text):
    return all(" " <= character <= "~" for character in text)
