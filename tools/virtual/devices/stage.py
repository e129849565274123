"""The analog stage behind the virtual pin, as the sense resistor sees it while the board runs.

The host works the stage out from its parts and hands over discrete filters for steps of four
words (160 µs); here they are only turned, one block ahead of the converter's questions. The
recorded stream is judged elsewhere, bit by bit.
"""

import array

import micropython

from devices.profile import value_at
from world import W

STEP_WORDS = 4
_STEPS = 256 // STEP_WORDS
_PIN_V_PER_ONE = 3.3 / (STEP_WORDS * 32)

_ones = bytes([bin(i).count("1") for i in range(256)])


@micropython.viper
def _count(block: ptr8, ones: ptr8, out: ptr16, steps: int):
    i = 0
    for k in range(steps):
        n = 0
        for _ in range(16):
            n += ones[block[i]]
            i += 1
        out[k] = n


class Stage:
    """config: {"modes": [[b…], [a…]] per pole, "low_ma", "high_ma", "open_us": [[from, to]],
    "sense_gain": profile, "mv_per_ma"}."""

    def __init__(self, config):
        self._modes = [(tuple(b), tuple(a), [0.0, 0.0, 0.0]) for b, a in config["modes"]]
        self._limits = (config["low_ma"], config["high_ma"])
        self._open = config.get("open_us", ())
        self._gain = config.get("sense_gain", [[0, 1.0]])
        self._mv_per_ma = config["mv_per_ma"]
        self._counts = array.array("H", [0] * _STEPS)
        self._ma = array.array("f", [0.0] * (_STEPS + 1))
        self._from_us = 0

    def play(self, block, from_us):
        """The pin plays this block of 256 words from then on."""
        _count(block, _ones, self._counts, _STEPS)
        ma, counts = self._ma, self._counts
        ma[0] = ma[_STEPS]
        for k in range(_STEPS):
            ma[k + 1] = 0.0
        for b, a, state in self._modes:
            x1, y1, y2 = state
            b1 = b[1]
            a1 = a[1]
            b2, a2 = (b[2], a[2]) if len(b) > 2 else (0.0, 0.0)
            for k in range(_STEPS):
                x = counts[k] * _PIN_V_PER_ONE
                y = b1 * x + b2 * x1 - a1 * y1 - a2 * y2
                x1 = x
                y2 = y1
                y1 = y
                ma[k + 1] += y
            state[0], state[1], state[2] = x1, y1, y2
        self._from_us = from_us

    def sense_mv(self, at_us):
        """Voltage over the sense resistor, as the converter's amplifier hands it on."""
        for begin, end in self._open:
            if begin <= at_us < end:
                return 0.0
        place = (at_us - self._from_us) * (1 / (40 * STEP_WORDS))
        k = min(_STEPS - 1, max(0, int(place)))
        ma = self._ma[k] + (self._ma[k + 1] - self._ma[k]) * (place - k)
        low, high = self._limits
        ma = low if ma < low else high if ma > high else ma
        return ma * self._mv_per_ma * value_at(self._gain, at_us)


the_stage = Stage(W.config["stage"]) if W.config.get("stage") else None
