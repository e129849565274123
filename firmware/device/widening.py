"""Lets Python's heap grow once more by a bounded amount, before anything depends on what is left.

An ESP32's MicroPython grows its heap by the largest block that the system has, all of it: on a
WROOM-32 the third time, when the page is loaded, that is the system's last 30 kB, and WiFi and
sockets starve. So that block is parted in three by something small, and the heap is made to grow
into one of them. What parts them goes back to the system; what is grown stays in between, so that
another growth, if ever, leaves a third as well. In memory only at the start.
"""

import _thread
import gc
import socket
import sys
import time

from micropython import const

_WROOM = range(28_000, 60_000)  # bytes free: what a chip without PSRAM has left; others need none
_SELF = const(100)  # bytes of a thread itself, at least
# By which the second third is larger, lest it finds room in the first: on v1.26.1 it did with 300.
_MORE = const(500)
_TRIES = const(3)  # marks: the first may find room where something older was
_GROWN = const(4_000)  # less free than before: it was the heap
_BLOCK = const(512)
_MOST = const(220)  # blocks: more than the heap has room for
_TURN_MS = const(50)


def widen(board):
    """Do it where needed; returns a block for somebody to keep: an empty growth goes back.

    So does one in which only the first 16 bytes are in use (v1.24: py/gc.c takes them for none),
    and whoever uses them is lost: the block is larger.
    """
    gc.collect()
    free = board.system_heap()[0]
    if sys.platform != "esp32" or free not in _WROOM:
        return None
    third = free // 3 - _SELF
    marks = _parted(board, third) + _parted(board, third + _MORE)
    before = board.system_heap()[0]
    blocks: list | None = []
    block = None
    for _ in range(_MOST):
        block = bytearray(_BLOCK)
        if board.system_heap()[0] < before - _GROWN:
            break
        blocks.append(block)
    blocks = None
    for mark in marks:
        mark.close()
    gc.collect()
    return block


def _parted(board, size):
    """What parts the largest block behind so many bytes, in a list."""
    whole = board.system_heap()[1]
    marks = []
    while len(marks) < _TRIES:
        marks.append(_mark(size))
        if board.system_heap()[1] < whole - size // 2:
            break
    return marks


def _mark(size):
    """A socket, behind so much of the largest block: a sleeping thread holds that meanwhile."""
    lock = _thread.allocate_lock()
    lock.acquire()
    _thread.stack_size(size)
    try:
        _thread.start_new_thread(lock.acquire, ())
        time.sleep_ms(_TURN_MS)
    finally:
        _thread.stack_size(0)
    mark = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    lock.release()
    time.sleep_ms(_TURN_MS)
    return mark
