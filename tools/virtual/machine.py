"""Stand-in for `machine` on the virtual board: same names, shapes and habits as the ESP32 port.

Only what firmware/board.py and boot.py use is here; each class says which habit it models.
"""

import os
import sys
import time

import utime

from devices.adc import ADC
from devices.i2s import I2S
from devices.timer import Timer
from devices.uart import UART
from world import W, Source

PWRON_RESET = 1
HARD_RESET = 2
WDT_RESET = 3
DEEPSLEEP_RESET = 4
SOFT_RESET = 5

__all__ = ("ADC", "I2S", "Timer", "UART")
_EXIT_RESET = 77  # for a supervisor that looks at exit statuses only


class Pin:
    """A GPIO that remembers its level; inputs read what the host says, else 1 (pull-up)."""

    IN = 1
    OUT = 3
    PULL_UP = 2
    PULL_DOWN = 1
    levels = {}

    def __init__(self, number, mode=-1, pull=-1, value=None):
        self.number = number
        if value is not None:
            self.value(value)

    def value(self, level=None):
        if level is None:
            levels = W.config.get("pins", {}).get(str(self.number), 1)
            if not isinstance(levels, int):  # [[from µs, level], …]: a finger on a button
                levels = [1] + [level for at_us, level in levels if at_us <= W.now_us]
                levels = levels[-1]
            return Pin.levels.get(self.number, levels)
        Pin.levels[self.number] = int(level)

    __call__ = value

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)


class WDT(Source):
    """Cannot be stopped; creating it again only changes the timeout, as on the ESP32."""

    _one = None

    def __new__(cls, id=0, timeout=5000):
        if WDT._one is None:
            WDT._one = super().__new__(cls)
            W.add(WDT._one)
        return WDT._one

    def __init__(self, id=0, timeout=5000):
        self._timeout_us = timeout * 1000
        self.feed()

    def feed(self):
        self.due = W.now_us + self._timeout_us

    def fire(self):
        self.due = None
        _leave(WDT_RESET)


class RTC:
    """Clock and memory, which survive a reset: kept in files beside the virtual flash."""

    _path = W.config.get("rtc_file")

    def memory(self, data=None):
        if data is None:
            try:
                with open(self._path, "rb") as f:
                    return f.read()
            except (OSError, TypeError):
                return b""
        if self._path:
            with open(self._path, "wb") as f:
                f.write(data)

    def datetime(self, moment):
        """Set the clock; the host's own tells how much later it is after a reset."""
        wanted = utime.mktime(moment[:3] + given[4:7] + (0, 0))
        W.clock_s += wanted - int(time.time())
        if self._path:
            with open(self._path + ".clock", "w") as f:
                f.write(str(wanted - int(utime.time())))

    @classmethod
    def go_on(cls):
        """The clock that an earlier life set."""
        try:
            with open(cls._path + ".clock") as f:
                W.clock_s = int(f.read()) + int(utime.time()) - int(time.time())
        except (OSError, TypeError, ValueError):
            pass


RTC.go_on()


def _leave(cause):
    path = W.config.get("reset_file")
    if path:
        with open(path, "w") as f:
            f.write(str(cause))
    W.last_words()
    # Not an exception: nothing that firmware catches may survive a reset, nor the REPL below it.
    os.system("kill -USR1 $PPID")
    sys.exit(_EXIT_RESET)


def reset():
    _leave(HARD_RESET)


def abort():
    """Not of a board's module: a driver gives up, and the chip starts over."""
    _leave(HARD_RESET)


def starve():
    """Not of a board's module: the system's own watchdog strikes."""
    _leave(WDT_RESET)


def soft_reset():
    _leave(SOFT_RESET)


def reset_cause():
    try:
        with open(W.config["reset_file"]) as f:
            return int(f.read())
    except (OSError, KeyError, ValueError):
        return PWRON_RESET


def unique_id():
    return bytes(W.config.get("unique_id", b"\x24\x6f\x28\x00\x1a\x2b"))


def freq(hz=None):
    return 160_000_000


def idle():
    pass
