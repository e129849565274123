"""The virtual board's ticks, wrapping as on the ESP32: for `time`, and for the task queue."""

import micropython

from world import NOW


@micropython.viper
def ticks_us() -> int:
    now = ptr32(NOW)
    return (now[0] + now[1]) & 0x3FFFFFFF


@micropython.viper
def ticks_ms() -> int:
    now = ptr32(NOW)
    return (int(now[0]) // 1000 + now[2]) & 0x3FFFFFFF


ticks_cpu = ticks_us


@micropython.viper
def ticks_diff(a: int, b: int) -> int:
    return ((a - b + 0x20000000) & 0x3FFFFFFF) - 0x20000000


@micropython.viper
def ticks_add(ticks: int, delta: int) -> int:
    return (ticks + delta) & 0x3FFFFFFF
