"""Feeds the watchdog while everything that must move does move; measures how late the loop runs.

Clock domain: *second*.
"""

from micropython import const

WATCHDOG_MS = 8000  # longer than any flash write or WiFi start; a hung loop is silent in 0.1 s
LAZY_WATCHDOG_MS = 3_600_000  # while a person works at the REPL
LOOK_MS = 250
_HEALTHY_LOOKS = const(240)  # a minute of health and the crash counter starts anew


class Watchdog:
    """The watchdog's keeper.

    signs: callables, each giving a number that moves while its part is healthy.
    """

    def __init__(self, board, signs, health, clock):
        self._board = board
        self._signs = signs
        self._seen = [None] * len(signs)
        self._health = health
        self._clock = clock
        self._worst_ms = 0
        self._healthy_looks = 0

    async def run(self):
        """Look for ever, four times a second."""
        self._board.watch(WATCHDOG_MS)
        while True:
            asked_ms = self._clock.ms()
            await self._clock.sleep_ms(LOOK_MS)
            self.look(self._clock.since_ms(asked_ms) - LOOK_MS)

    def look(self, late_ms):
        """Feed if every sign has moved since the last look."""
        self._worst_ms = max(self._worst_ms, late_ms)
        self._health.gauge("loop_late_ms", late_ms)
        self._health.gauge("loop_late_max_ms", self._worst_ms)
        now = [sign() for sign in self._signs]
        moved = all(now[i] != self._seen[i] for i in range(len(now)))
        self._seen = now
        if not moved:
            self._healthy_looks = 0
            return
        self._board.feed()
        self._healthy_looks += 1
        if self._healthy_looks == _HEALTHY_LOOKS:
            self._board.forget_crashes()
