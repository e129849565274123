"""Feeds the watchdog while everything that must move does move; measures how late the loop runs.

Clock domain: *second*.
"""

from micropython import const

from firmware.device.ending import RestartWanted

WATCHDOG_MS = 8000  # longer than any flash write or WiFi start; a hung loop is silent in 0.1 s
LAZY_WATCHDOG_MS = 3_600_000  # while a person works at the REPL
LOOK_MS = 250
_HEALTHY_LOOKS = const(240)  # a minute of health and the crash counter starts anew
_HUNG_LOOKS = const(20)  # 5 s: silent in good order before the watchdog bites
_PRESSED_LOOKS = const(4)  # a second of the button, and boot.py looks how long it is held


class HungError(Exception):
    """A part that must move stands still, while the loop goes on."""


class Watchdog:
    """The watchdog's keeper.

    signs: for each vital part its name, the part, the name of a number of it which moves while it
    is healthy, and for how many looks it may stand still.
    """

    def __init__(self, board, signs, health, clock):
        self._board = board
        self._signs = signs
        self._seen = [None] * len(signs)
        self._still = [0] * len(signs)
        self._health = health
        self._clock = clock
        self._worst_ms = 0
        self._healthy_looks = 0
        self._pressed_looks = _PRESSED_LOOKS  # a button that has never been up is stuck

    async def run(self):
        """Look for ever, four times a second."""
        self._board.watch(WATCHDOG_MS)
        while True:
            asked_ms = self._clock.ms()
            await self._clock.sleep_ms(LOOK_MS)
            self.look(self._clock.since_ms(asked_ms) - LOOK_MS)

    def look(self, late_ms):
        """Feed if every sign has moved in its time; HungError once one has stood for long."""
        self._worst_ms = max(self._worst_ms, late_ms)
        self._health.gauge("loop_late_ms", late_ms)
        self._health.gauge("loop_late_max_ms", self._worst_ms)
        moved = True
        for i, (name, part, number, patience) in enumerate(self._signs):
            now = getattr(part, number)
            self._still[i] = 0 if now != self._seen[i] else self._still[i] + 1
            self._seen[i] = now
            if self._still[i] > patience:
                moved = False
                if self._still[i] > patience + _HUNG_LOOKS:
                    raise HungError("%s has stood still for %d s" % (name, self._still[i] // 4))
        if not self._board.button_pressed():
            self._pressed_looks = 0
        elif self._pressed_looks < _PRESSED_LOOKS:
            self._pressed_looks += 1
            if self._pressed_looks == _PRESSED_LOOKS:
                self._board.want_radio()
                raise RestartWanted("the button is held")
        if not moved:
            self._healthy_looks = 0
            return
        self._board.feed()
        self._healthy_looks += 1
        if self._healthy_looks == _HEALTHY_LOOKS:
            self._board.forget_crashes()
