"""Ticks as the board has them: they wrap at 2**30, and move only when the test says so.

Importing this module puts it in the place of `time` for whatever is imported after it, on
interpreters whose own ticks wrap much later, too. Nothing here allocates once time is set.
"""

import sys
import time as _own

WRAP = 1 << 30
_LAST = WRAP - 1
_HALF = WRAP >> 1

if _own.ticks_add(_LAST, 1) == 0:
    ticks_add = _own.ticks_add  # a 32-bit interpreter's; in Python the sum would be a big integer
    ticks_diff = _own.ticks_diff
else:

    def ticks_add(ticks, delta):
        return (ticks + delta) & _LAST

    def ticks_diff(newer, older):
        return ((newer - older + _HALF) & _LAST) - _HALF


_now = [0, 0]  # µs, ms


def set_us(now_us):
    """It is so many µs since power-on."""
    _now[0] = now_us % WRAP
    _now[1] = now_us // 1000 % WRAP


def pass_us(duration_us):
    """Let time go on, by less than eight minutes at once; `ticks_ms` stays behind."""
    _now[0] = ticks_add(_now[0], duration_us)


def ticks_us():
    return _now[0]


def ticks_ms():
    return _now[1]


def sleep_ms(duration_ms):
    """The board waits: time passes."""
    pass_us(duration_ms * 1000)


sys.modules["time"] = sys.modules[__name__]
