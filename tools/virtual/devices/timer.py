"""machine.Timer: a hardware alarm whose Python callback is soft, late, and sometimes lost.

What a callback raises is printed and forgotten, Ctrl-C too (py/scheduler.c calls it through
mp_call_function_1_protected).
"""

import sys

from world import Dice, Source, W

_QUEUE = 8  # depth of MicroPython's scheduler on the ESP32; more waiting callbacks are dropped


class Timer(Source):
    ONE_SHOT = 0
    PERIODIC = 1

    def __init__(self, id=0, **kw):
        config = W.config.get("timer", {})
        self._jitter_us = int(config.get("jitter_us", 0))
        self._drop_prob = config.get("drop_prob", 0)
        self._drop_run = config.get("drop_run", 1)
        self._dropping = 0
        self._dice = Dice(W.config.get("seed", 1) * 10 + id)
        self._waiting = 0
        W.add(self)
        if kw:
            self.init(**kw)

    def init(self, *, mode=1, freq=-1, period=-1, callback=None, hard=False, tick_hz=1000):
        if hard:
            raise ValueError("hard Timers are not implemented")  # as the ESP32 port says
        self._callback = callback
        self._period_ns = (
            int(1_000_000_000 / freq) if freq != -1 else period * 1_000_000_000 // tick_hz
        )
        if self._period_ns <= 0:
            raise ValueError("divider must be at least 1")
        self._once = mode == Timer.ONE_SHOT
        self._grid_ns = W.now_us * 1000
        self._waiting = 0
        self._arm()

    def _arm(self):
        self._grid_ns += self._period_ns
        self.due = self._grid_ns // 1000
        if self._jitter_us:
            self.due += self._dice.below(self._jitter_us + 1)

    def fire(self):
        if self._once:
            self.due = None
        else:
            self._arm()
        if self._dropping:
            self._dropping -= 1
            return
        if self._drop_prob and self._dice.chance(self._drop_prob):
            self._dropping = self._drop_run - 1
            return
        if self.hold:
            if self._waiting < _QUEUE:
                self._waiting += 1
        else:
            self._call()

    def release(self):
        for _ in range(self._waiting):
            self._call()
        self._waiting = 0

    def _call(self):
        try:
            self._callback(self)
        except (Exception, KeyboardInterrupt) as why:  # noqa: BLE001 - as the board does
            sys.print_exception(why)

    def deinit(self):
        self.due = None
        W.remove(self)
