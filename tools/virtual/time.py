"""Stand-in for `time` whose ticks belong to the virtual board and wrap as on the ESP32."""

import sys

from utime import *

from world import MASK, W


def ticks_us():
    return (W.now_us + W.us_start) & MASK


def ticks_ms():
    return (W.now_us // 1000 + W.ms_start) & MASK


def ticks_cpu():
    return ticks_us()


def ticks_diff(a, b):
    return ((a - b + 0x20000000) & MASK) - 0x20000000


def ticks_add(ticks, delta):
    return (ticks + delta) & MASK


def sleep_us(us):
    W.block_until(W.now_us + us)


def sleep_ms(ms):
    W.block_until(W.now_us + ms * 1000)


def sleep(s):
    W.block_until(W.now_us + int(s * 1_000_000))


# asyncio asks for `time` before it asks for `_asyncio`: the moment to hand it our queue.
if "_asyncio" not in sys.modules:
    import taskqueue

    sys.modules["_asyncio"] = taskqueue
