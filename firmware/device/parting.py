"""Parts what the system's heap has left in three, so that Python's never takes more than a third.

An ESP32's MicroPython grows its heap by the largest block that the system has, all of it: on a
WROOM-32 that would be the last 30 kB, and WiFi and sockets would starve. So that block is parted
twice by something small that stays. A growth, where an answer needs one, then takes a third, and
goes back once nothing is left in it. In memory only at the start.
"""

import _thread
import gc
import sys
import time

from micropython import const

_PLENTY = const(60_000)  # bytes free: a chip with PSRAM, or without its radio
_MORE = const(300)  # by which the second third is larger, lest it finds room in the first
_TRIES = const(4)
_MARKS = const(4)  # of 24 bytes; fewer found room in older holes
_TURN_MS = const(50)


def part(board):
    """Do it where it is needed."""
    gc.collect()
    free = board.system_heap()[0]
    if sys.platform == "esp32" and free < _PLENTY:
        for size in (free // 3, free // 3 + _MORE):
            _mark_behind(board, size)


def _mark_behind(board, size):
    """Part the largest block after so many bytes."""
    whole = board.system_heap()[1]
    for _ in range(_TRIES):
        _mark(board, size)
        if board.system_heap()[1] < whole - size // 2:
            break


def _mark(board, size):
    """Something small behind so many bytes, which a sleeping thread holds meanwhile."""
    lock = _thread.allocate_lock()
    lock.acquire()
    _thread.stack_size(size)
    try:
        _thread.start_new_thread(lock.acquire, ())
        time.sleep_ms(_TURN_MS)
    finally:
        _thread.stack_size(0)
    board.mark_system_heap(_MARKS)
    lock.release()
    time.sleep_ms(_TURN_MS)
