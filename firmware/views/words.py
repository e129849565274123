"""How console and page say numbers, ages and refusals; in memory while a command is obeyed.

Clock domain: *second*.
"""

import time

from micropython import const

_SET = const(2024)  # a board that nobody told the time begins in 2000


class CommandError(Exception):
    """That can't be done; the text says what can."""


def quantity(value, unit):
    """A number with its unit, "- W" where it is not known."""
    if value is None:
        return "- " + unit
    decimals = {"W": 0, "Hz": 2, "mA": 2, "ms": 0}.get(unit, 1)
    return "%.*f %s" % (decimals, value, unit)


def age(age_ms):
    """How old a reading is, in words."""
    return "no reading" if age_ms is None else "%.1f s old" % (age_ms / 1000)


def span(seconds):
    """A time as h:mm:ss."""
    seconds = int(seconds)
    return "%d:%02d:%02d" % (seconds // 3600, seconds // 60 % 60, seconds % 60)


def clock(t_s, uptime_s):
    """When something t_s after the start was: by the clock if a phone set it, else since then."""
    seconds = int(t_s)
    if time.localtime()[0] < _SET:
        return "+" + span(seconds)
    return "%d-%02d-%02d %02d:%02d:%02d" % time.localtime(time.time() - uptime_s + seconds)[:6]


def setting(value, unit):
    """A setting's value with its unit, as it may be typed again."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        value = "%g" % value
    return '""' if value == "" else "%s %s" % (value, unit) if unit else str(value)


def number(word, name, low, high):
    """The number that a person typed; CommandError naming its range if it can't be."""
    try:
        value = float(word)
    except ValueError:
        value = None
    if value is None or not low <= value <= high:
        raise CommandError("%s: give %g to %g; %s is not." % (name, low, high, word))
    return int(value) if value == int(value) else value
