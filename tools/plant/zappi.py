"""The Zappi as a measuring instrument: real power, apparent power and power factor.

It sees 2500 times the current at its CT terminals. The windows are about 1 s and end at a rising
zero crossing of the voltage, so they hold whole cycles; without a crossing they last exactly 1 s.
Positive watts = current in phase with the voltage (an AC battery that discharges).
"""

from collections import deque
from typing import NamedTuple

import numpy as np

TURNS = 2500  # ratio of the CT that the Zappi expects
WORDS_PER_S = 25_000
_LONGEST = 27_500  # words; two cycles of 20 Hz fit into the 0.1 s of grace


class Reading(NamedTuple):
    """One window: its end (s), W, power factor with the sign of W, V and A rms."""

    t_s: float
    watts: float
    pf: float
    vrms: float
    arms: float


def measure(volts, ma, t_s=0.0):
    """The Reading over all of two equally long arrays (V, mA at the CT terminals)."""
    amps = np.asarray(ma) * (TURNS / 1e3)
    watts = float(np.mean(volts * amps))
    vrms = float(np.sqrt(np.mean(np.square(volts))))
    arms = float(np.sqrt(np.mean(np.square(amps))))
    apparent = vrms * arms
    return Reading(t_s, watts, watts / apparent if apparent > 0 else 0.0, vrms, arms)


def whole_cycles(volts):
    """The slice from the first to the last rising zero crossing; everything if there is none."""
    rising = np.flatnonzero((volts[:-1] < 0) & (volts[1:] >= 0)) + 1
    return slice(rising[0], rising[-1]) if len(rising) > 1 else slice(None)


class Zappi:
    """Takes voltage and current in chunks of any size; keeps the last readings."""

    def __init__(self, keep=10):
        self.readings = deque(maxlen=keep)
        self._chunks = []  # (volts, ma) not yet in a finished window
        self._waiting = 0  # words in them
        self._done = 0  # words in finished windows

    @property
    def latest(self):
        """The last finished window's Reading; None before the first."""
        return self.readings[-1] if self.readings else None

    def feed(self, volts, ma):
        """Take in the next words (V, mA); returns the Readings they finished, oldest first."""
        self._chunks.append((np.array(volts, float), np.array(ma, float)))
        self._waiting += len(volts)
        finished = []
        while self._waiting >= _LONGEST:
            finished.append(self._finish_window())
        self.readings.extend(finished)
        return finished

    def over(self, seconds=5.0):
        """Mean (watts, pf) of the windows that ended in the last `seconds`; (0, 0) before any."""
        if not self.readings:
            return 0.0, 0.0
        newest = self.readings[-1].t_s
        recent = [r for r in self.readings if r.t_s > newest - seconds + 0.5]
        watts, pf = (sum(column) / len(recent) for column in list(zip(*recent, strict=True))[1:3])
        return watts, pf

    def _finish_window(self):
        volts, ma = (np.concatenate(part) for part in zip(*self._chunks, strict=True))
        tail = volts[WORDS_PER_S - 1 : _LONGEST]
        rising = np.flatnonzero((tail[:-1] < 0) & (tail[1:] >= 0))
        end = WORDS_PER_S + int(rising[0]) if len(rising) else WORDS_PER_S
        self._chunks = [(volts[end:], ma[end:])]
        self._waiting -= end
        self._done += end
        return measure(volts[:end], ma[:end], self._done / WORDS_PER_S)
