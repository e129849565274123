"""The virtual board's ticks, wrapping as on the ESP32: for `time`, and for the task queue."""

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
