"""Has the mains jumped, and to which phase? Judged by its newest cycles, one by one.

A fit over several cycles is a mixture for as long as it holds both sides of a jump; the newest
cycle alone is whole again after 20 ms. Clock domain: *cycle*; at work only in an event, floats
are fine.
"""

from math import atan2, floor, pi
from time import ticks_diff

from micropython import const

_SAME = const(0.006)  # turn; two newest cycles that agree within 2 degrees tell a new phase
_LINE = const(0.014)  # turn; three on a line within 5 degrees tell a new frequency, too
_DOUBT = const(0.125)  # turn; 45 degrees off is not shown for another cycle


def wrapped(turn):
    """The same angle between -0.5 and +0.5 turn."""
    return turn - floor(turn + 0.5)


class Jump:
    """turn, turn_per_us: what a prediction must be corrected by, once `look` says so; level: the
    frequency is as good as before; doubtful: the prediction may be far off."""

    def __init__(self):
        self.turn = 0.0
        self.turn_per_us = 0.0
        self.level = True
        self.forget()

    def forget(self):
        """All is well."""
        self.doubtful = False
        self._between = 0  # newest cycles in a row that were neither here nor there
        self._size = 0.0  # of the newest cycle before
        self._at_us = None
        self._step = None

    def look(self, a, b, peak, at_us):
        """Take in the newest cycle; True when it and those before agree on a new phase.

        a, b: its parts along the prediction and ahead of it; peak: the amplitude that was;
        at_us: its middle.
        """
        size = (a * a + b * b) ** 0.5
        alike = 0.8 * size < self._size < 1.25 * size
        self._size = size
        if size < 0.6 * peak or (size > 1.6 * peak and not alike):
            # Between two states, or no voltage at all. A turn-round can already be seen. What has
            # grown by more and is alike twice is a mains that comes back.
            self._between += 1
            self.doubtful = self.doubtful or self._between >= 2 or a * 8 < -peak
            self._at_us = self._step = None
            return False
        turn = atan2(b, a) / (2 * pi)
        if abs(turn) > _DOUBT:
            self.doubtful = True
        last_us, self._at_us = self._at_us, at_us
        last, self.turn = self.turn, turn
        if last_us is None:
            return False
        step, before = wrapped(turn - last), self._step
        self._step = step
        self.turn_per_us = step / ticks_diff(at_us, last_us)
        self.level = abs(step) < _SAME
        return self.level or (before is not None and abs(step - before) < _LINE)
