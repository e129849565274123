"""Stand-in for `time` whose ticks belong to the virtual board and wrap as on the ESP32."""

import sys

import utime
from utime import *

from ticks import *
from world import W

_BEGIN = (2000, 1, 1, 0, 0, 0, 0, 0)


def sleep_us(us):
    W.block_until(W.now_us + us)


def sleep_ms(ms):
    W.block_until(W.now_us + ms * 1000)


def sleep(s):
    W.block_until(W.now_us + int(s * 1_000_000))


def time():
    """Seconds by the board's own clock, which begins in 2000 until somebody sets it."""
    return utime.mktime(_BEGIN) + W.now_us // 1_000_000 + W.clock_s


def localtime(seconds=None):
    return utime.localtime(time() if seconds is None else seconds)


# asyncio asks for `time` before it asks for `_asyncio`: the moment to hand it our queue.
if "_asyncio" not in sys.modules:
    import taskqueue

    sys.modules["_asyncio"] = taskqueue
