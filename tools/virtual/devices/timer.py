"""machine.Timer: a hardware alarm whose Python callback is soft, late, and sometimes lost.

What a callback raises is printed and forgotten, Ctrl-C too (py/scheduler.c calls it through
mp_call_function_1_protected).
"""

import sys

import micropython

from world import Dice, Source, W

_QUEUE = 8  # depth of MicroPython's scheduler on the ESP32; more waiting callbacks are dropped


class Timer(Source):
    ONE_SHOT = 0
    PERIODIC = 1
    quiet = True

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
        # No divmod, whose pair would be booked to the firmware that sets the timer (tools/bench).
        self._period_us = self._period_ns // 1000
        self._period_ns %= 1000
        # Of the even grid, without jitter: µs by which it is before the alarm, and ns beyond them.
        self._early_us = self._rest_ns = 0
        self._waiting = 0
        self.due = W.now_us
        self._arm()

    @micropython.native
    def _arm(self):
        """Small integers only: words of 32 bits hold no hour in nanoseconds."""
        rest_ns = self._rest_ns + self._period_ns
        at = self.at - self._early_us + self._period_us
        if rest_ns >= 1000:
            rest_ns -= 1000
            at += 1
        self._rest_ns = rest_ns
        early_us = 0
        if self._jitter_us:
            early_us = self._dice.below(self._jitter_us + 1)
        self._early_us = early_us
        self.at = at + early_us

    @micropython.native
    def fire(self):
        if self._once:
            self.at = None
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

    @micropython.native
    def _call(self):
        try:
            self._callback(self)
        except (Exception, KeyboardInterrupt) as why:  # noqa: BLE001 - as the board does
            sys.print_exception(why)

    def deinit(self):
        self.due = None
        W.remove(self)
