"""The strongest harmonics of the mains, learnt slowly and taken away before the phasor is fitted.

Evenly sampled over whole cycles, harmonics are orthogonal to the fundamental. Jitter, a pause or a
lost sample ends that: 8 % of harmonics then leak 0.3 % and 0.2 degrees into a fit. What has been
learnt of them is subtracted from each sample once, so that only the change of them can leak.

Clock domain: *cycle*; 32-bit integers in viper, no allocation.
"""

import array

import micropython
from micropython import const

from lib import phasor
from lib.sine import TABLE as SINE

ORDERS = (3, 5, 7, 11, 13, 17, 19)  # the five that EN 50160 allows 3 % and more

# Fields of the model array; then come five orders, five sine and five cosine amplitudes in 1/64
# count, and five sums of each.
_COUNT = const(0)
_LIMIT = const(1)
_FIRST = const(2)


class Harmonics:
    """A view of some Samples without their harmonics; give it to `Fitter.fit` in their place."""

    def __init__(self, samples):
        self._samples = samples
        self.at_us = samples.at_us
        self.counts = array.array("i", samples.counts)
        self._model = array.array("i", [0] * (_FIRST + 5 * len(ORDERS)))
        for k in range(len(ORDERS)):
            self._model[_FIRST + k] = ORDERS[k]

    def forget(self):
        """Begin to learn anew: the mains may be another."""
        for k in range(_FIRST + len(ORDERS), len(self._model)):
            self._model[k] = 0

    def take_away(self, work, count, limit):
        """Bring the view up to date with the newest `count` samples, and learn from them.

        work: of a Fitter, its reference set; limit: counts; samples further than that from the
        reference teach nothing, 0 learns nothing.
        """
        m = self._model
        m[_COUNT] = min(count, phasor.CAPACITY)
        m[_LIMIT] = min(limit, 4000)
        _take_away(self.at_us, self._samples.counts, self.counts, m, work)


@micropython.viper
def _take_away(at_us: ptr32, counts: ptr32, flat: ptr32, m: ptr32, w: ptr32):
    # Pointers load unsigned words; see lib/waveform.py for how a signed field is read.
    sine = ptr16(SINE)
    i = w[0]
    newest = at_us[i]
    offset = ((w[6] + 0x20000000) & 0x3FFFFFFF) - 0x20000000
    limit = m[1]
    n = 0
    for k in range(23, 37):
        m[k] = 0
    for _ in range(m[0]):
        dt = (newest - at_us[i]) & 0x3FFFFFFF
        if dt > 200000:
            break
        turn = (w[4] - (dt >> 9) * w[2] - (((dt & 511) * w[3]) >> 8)) & 0x3FFFFFF
        x = counts[i] - 2048
        more = 0x800
        for k in range(7):
            at = ((turn * m[2 + k]) & 0x3FFFFFF) >> 17
            a = ((m[9 + k] + 0x20000000) & 0x3FFFFFFF) - 0x20000000
            b = ((m[16 + k] + 0x20000000) & 0x3FFFFFFF) - 0x20000000
            more += (a * (sine[at] - 32768) + b * (sine[at + 128] - 32768)) >> 9
        x -= more >> 12
        flat[i] = x + 2048
        i = (i - 1) & 127
        x -= (offset + ((w[5] * ((sine[turn >> 17] - 32768) >> 3)) >> 12)) >> 4
        if x <= limit and x >= 0 - limit and n < 23:
            n += 1
            for k in range(7):
                at = ((turn * m[2 + k]) & 0x3FFFFFF) >> 17
                a = ((m[23 + k] + 0x20000000) & 0x3FFFFFFF) - 0x20000000
                b = ((m[30 + k] + 0x20000000) & 0x3FFFFFFF) - 0x20000000
                m[23 + k] = a + x * ((sine[at] - 32768) >> 3)
                m[30 + k] = b + x * ((sine[at + 128] - 32768) >> 3)
    # Whole cycles teach; 6 % of what is found missing each time, at most a tenth of full scale.
    if n < 14 or n > 22:
        return
    for k in range(9, 23):
        a = ((m[14 + k] + 0x20000000) & 0x3FFFFFFF) - 0x20000000
        b = ((m[k] + 0x20000000) & 0x3FFFFFFF) - 0x20000000
        b += ((a // n) * 61 + 0x4000) >> 15
        if b > 12800:
            b = 12800
        if b < -12800:
            b = -12800
        m[k] = b
