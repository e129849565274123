"""Stand-in for `time` whose ticks belong to the virtual board and wrap as on the ESP32."""

import sys

from utime import *

from ticks import *
from world import W


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
