"""The strongest harmonics of the mains, learnt slowly and taken away before the phasor is fitted.

Evenly sampled over whole cycles, harmonics are orthogonal to the fundamental. Jitter, a pause or a
lost sample ends that: 8 % of harmonics then leak 0.3 % and 0.2 degrees into a fit. What has been
learnt of them is subtracted sample by sample, so that only the change of them can leak.

Clock domain: *cycle*; the loop is 32-bit integers in viper and allocates nothing.
"""

import array

import micropython
from micropython import const

from lib.phasor import CAPACITY, MIDDLE, turns_per_us
from lib.sine import TABLE as SINE

ORDERS = (3, 5, 7, 11, 13)  # the five that EN 50160 allows 3 % and more
_RATE = const(0.3)  # of what is found missing, each time an order's turn comes (every 0.1 s)
# Amplitudes are kept in 1/64 count; 10 % of full scale times a 16-bit sine fits 31 bits.
_UNIT = const(64)
_MOST = const(200 * _UNIT)  # a tenth of full scale; keeps the products below 2**29

# Fields of the model array; then come five orders, five sine and five cosine amplitudes.
_NEWEST = const(0)
_WINDOW_US = const(1)
_COARSE = const(2)
_FINE = const(3)
_TURN = const(4)
_PEAK = const(5)
_OFFSET = const(6)
_LIMIT = const(7)
_LEARN = const(8)
_SINES = const(9)
_COSINES = const(10)
_COUNT = const(11)
_FIRST = const(12)


class Harmonics:
    """A view of some Samples without their harmonics; give it to `Fitter.fit` in their place."""

    def __init__(self, samples):
        self._samples = samples
        self.at_us = samples.at_us
        self.counts = array.array("i", [MIDDLE] * CAPACITY)
        self._model = array.array("i", [0] * (_FIRST + 3 * len(ORDERS)))
        for k in range(len(ORDERS)):
            self._model[_FIRST + k] = ORDERS[k]

    def forget(self):
        """Begin to learn anew: the mains may be another."""
        for k in range(_FIRST + len(ORDERS), len(self._model)):
            self._model[k] = 0

    def take_away(self, tracker, newest, offset, limit):
        """Bring the view up to the window that ends with sample `newest`; learn a little of one
        order.

        offset, limit: counts; samples further than that from the model teach nothing.
        """
        m = self._model
        m[_NEWEST] = newest
        m[_WINDOW_US] = tracker.window_us
        turns_per_us(tracker.hz, m, _COARSE)
        m[_TURN] = tracker.phase30(self.at_us[newest]) >> 4
        m[_PEAK] = int(tracker.amplitude)
        m[_OFFSET] = int(offset) - MIDDLE
        m[_LIMIT] = limit
        k = m[_LEARN] = (m[_LEARN] + 1) % len(ORDERS)
        _take_away(self.at_us, self._samples.counts, self.counts, m)
        if m[_COUNT] > 20:
            share = _RATE * 2 * _UNIT / (m[_COUNT] * 4096.0)
            self._learn(k + _FIRST + len(ORDERS), int(m[_SINES] * share))
            self._learn(k + _FIRST + 2 * len(ORDERS), int(m[_COSINES] * share))

    def _learn(self, place, more):
        m = self._model
        m[place] = min(_MOST, max(-_MOST, m[place] + more))


@micropython.viper
def _take_away(at_us: ptr32, counts: ptr32, flat: ptr32, m: ptr32):
    # Pointers load unsigned words; see lib/waveform.py for how a signed field is read.
    sine = ptr16(SINE)
    i = m[0]
    newest = at_us[i]
    offset = ((m[6] + 0x20000000) & 0x3FFFFFFF) - 0x20000000
    limit = m[7]
    learn = m[8]
    sines = 0
    cosines = 0
    n = 0
    for _ in range(96):
        dt = (newest - at_us[i]) & 0x3FFFFFFF
        if dt >= m[1]:
            break
        turn = (m[4] - (dt >> 9) * m[2] - (((dt & 511) * m[3]) >> 8)) & 0x3FFFFFF
        x = counts[i] - 2048
        s = 0
        c = 0
        for k in range(5):
            at = ((turn * m[12 + k]) & 0x3FFFFFF) >> 17
            sk = sine[at] - 32768
            ck = sine[at + 128] - 32768
            a = ((m[17 + k] + 0x20000000) & 0x3FFFFFFF) - 0x20000000
            b = ((m[22 + k] + 0x20000000) & 0x3FFFFFFF) - 0x20000000
            x -= (a * sk + b * ck + 0x100000) >> 21
            if k == learn:
                s = sk >> 3
                c = ck >> 3
        flat[i] = x + 2048
        miss = x - offset - ((m[5] * ((sine[turn >> 17] - 32768) >> 3)) >> 12)
        i = (i - 1) & 127
        if miss <= limit and miss >= 0 - limit:
            n += 1
            sines += miss * s
            cosines += miss * c
    m[9] = sines
    m[10] = cosines
    m[11] = n
