"""Lets Python's heap grow once more by a bounded amount, before anything depends on what is left.

An ESP32's MicroPython grows its heap by the largest block that the system has, all of it: on a
WROOM-32 the third time, when the page is loaded, that is the system's last 30 kB, and WiFi and
sockets starve. So most of it is held by a sleeping thread's stack while the heap is made to grow
into the rest; then the stack goes back to the system. In memory only at the start.
"""

import _thread
import gc
import sys
import time

from micropython import const

_WROOM = range(28_000, 60_000)  # bytes free: what a chip without PSRAM has left; others need none
_HELD = const(17_000)  # for the system afterwards, beside what is too small to be taken
_SPARE = const(5_000)  # for WiFi meanwhile
_GROWN = const(4_000)  # less free than before: it was the heap
_BLOCK = const(512)
_MOST = const(220)  # blocks: more than the heap has room for
_TURN_MS = const(50)


def widen(board):
    """Do it where needed; returns a block for somebody to keep: an empty growth goes back."""
    gc.collect()
    free = board.system_heap()[0]
    if sys.platform != "esp32" or free not in _WROOM:
        return None
    spare = _sleeper(_SPARE)
    held = _sleeper(_HELD)  # behind it, so that what is spare is no part of the largest block
    spare.release()
    time.sleep_ms(_TURN_MS)
    before = board.system_heap()[0]
    blocks: list | None = []
    block = None
    for _ in range(_MOST):
        block = bytearray(_BLOCK)
        if board.system_heap()[0] < before - _GROWN:
            break
        blocks.append(block)
    blocks = None
    held.release()
    time.sleep_ms(_TURN_MS)
    gc.collect()
    return block


def _sleeper(size):
    """A thread that holds that much of the system's memory until its lock is released."""
    lock = _thread.allocate_lock()
    lock.acquire()
    _thread.stack_size(size)
    try:
        _thread.start_new_thread(lock.acquire, ())
        time.sleep_ms(_TURN_MS)
    finally:
        _thread.stack_size(0)
    return lock
