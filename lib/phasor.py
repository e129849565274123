"""The mains-frequency part of unevenly spaced samples, by least squares.

`Samples` keeps the newest readings with their time stamps (clock domain: sample, written from a
callback, no allocation). `fit` solves x = offset + a sin + b cos at a given frequency over a
window (clock domain: cycle): the sums are 32-bit integers in viper, only the 3 x 3 solution uses
floats, so a fit costs a fraction of a millisecond and a handful of floats on the board.
"""

import array
from collections import namedtuple
from math import sqrt

import micropython
from micropython import const

from lib.sine import TABLE as SINE

CAPACITY = 128  # power of two; 146 ms at 875 samples per second
MAX_WINDOW = 96  # keeps every sum below 2**31: 96 * 4095**2 = 1.61e9
MIDDLE = 2048  # of the 12-bit converter; samples are summed around it
_UNITY = const(4095.875)  # sine table peak after scaling to 12 bits: 32767 / 8

# One window of samples as a phasor, all in converter counts, phase origin at the newest sample:
# a (sine part), b (cosine part), offset, rms_error (rms of what the model leaves unexplained),
# count and rejected (samples used and thrown out), age_us (mean sample to newest sample).
Fit = namedtuple("Fit", ("a", "b", "offset", "rms_error", "count", "rejected", "age_us"))


class Samples:
    """The newest CAPACITY readings of one converter channel, with ticks_us stamps."""

    def __init__(self):
        self.at_us = array.array("i", [0] * CAPACITY)
        self.counts = array.array("i", [MIDDLE] * CAPACITY)
        self.written = 0  # total modulo CAPACITY: index of the next write
        self.fresh = 0  # samples since somebody last set this to 0; stays below 2**30

    def put(self, at_us, counts):
        """Store a 12-bit reading. Called from the sampling callback: no allocation."""
        i = self.written
        self.at_us[i] = at_us
        self.counts[i] = counts
        self.written = (i + 1) & 127
        self.fresh += 1

    def newest(self):
        """Index of the newest reading. Take it once for what belongs together: on the board the
        sampling callback runs between any two lines, and a sample more is 20 degrees of mains."""
        return (self.written - 1) & 127

    def newest_us(self):
        """Stamp of the newest reading."""
        return self.at_us[self.newest()]


# Fields of the work array shared with the viper sums; as const() they take no heap.
_NEWEST = const(0)
_WINDOW_US = const(1)
_COARSE = const(2)
_FINE = const(3)
_LIMIT = const(4)
_A = const(5)
_B = const(6)
_OFFSET = const(7)
_N = const(8)
_REJECTED = const(9)
_DT = const(10)
_S = const(11)
_C = const(12)
_SS = const(13)
_SC = const(14)
_CC = const(15)
_X = const(16)
_XS = const(17)
_XC = const(18)
_XX = const(19)
_GAP = const(20)


def turns_per_us(hz, work, at=_COARSE):
    """Split a frequency into two integers for `phase26` arithmetic: turn/2**26 per 512 µs and
    turn/2**34 per µs (both below 2**22 up to 65 Hz, so that their products fit 31 bits)."""
    work[at] = int(hz * 34359.738368 + 0.5)  # 512e-6 * 2**26
    work[at + 1] = int(hz * 17179.869184 + 0.5)  # 1e-6 * 2**34


@micropython.viper
def _sums(at_us: ptr32, counts: ptr32, work: ptr32):
    # Pointers load unsigned words; see lib/waveform.py for how a signed field is read.
    sine = ptr16(SINE)
    i = work[0]
    newest = at_us[i]
    window_us = work[1]
    coarse = work[2]
    fine = work[3]
    limit = work[4]
    a = ((work[5] + 0x20000000) & 0x3FFFFFFF) - 0x20000000
    b = ((work[6] + 0x20000000) & 0x3FFFFFFF) - 0x20000000
    offset = ((work[7] + 0x20000000) & 0x3FFFFFFF) - 0x20000000
    n = rejected = gap = before = dt_sum = 0
    s_sum = c_sum = ss = sc = cc = 0
    x_sum = xs = xc = xx = 0
    for _ in range(96):
        dt = (newest - at_us[i]) & 0x3FFFFFFF
        if dt >= window_us:
            break
        if dt - before > gap:
            gap = dt - before
        before = dt
        phase = (0 - (dt >> 9) * coarse - (((dt & 511) * fine) >> 8)) & 0x3FFFFFF
        k = phase >> 17
        part = (phase >> 2) & 0x7FFF
        s = (sine[k] - 32768 + (((sine[k + 1] - sine[k]) * part) >> 15)) >> 3
        k += 128
        c = (sine[k] - 32768 + (((sine[k + 1] - sine[k]) * part) >> 15)) >> 3
        x = counts[i] - 2048
        miss = x - offset - ((a * s + b * c) >> 12)
        i = (i - 1) & 127
        if miss > limit or miss < 0 - limit:
            rejected += 1
            continue
        n += 1
        dt_sum += dt
        s_sum += s
        c_sum += c
        ss += s * s
        sc += s * c
        cc += c * c
        x_sum += x
        xs += x * s
        xc += x * c
        xx += x * x
    work[8] = n
    work[9] = rejected
    work[10] = dt_sum
    work[11] = s_sum
    work[12] = c_sum
    work[13] = ss
    work[14] = sc
    work[15] = cc
    work[16] = x_sum
    work[17] = xs
    work[18] = xc
    work[19] = xx
    work[20] = gap


class Fitter:
    """Least-squares phasor of the newest samples; keeps its work space, so one per channel."""

    def __init__(self):
        self._work = array.array("i", [0] * 21)

    @property
    def gap_us(self):
        """Longest time between two samples of the last window fitted."""
        return self._work[_GAP]

    def fit(self, samples, hz, window_us, expected=None, limit=0, newest=None):
        """The phasor over the newest `window_us`, or None when it cannot be solved.

        expected: a Fit whose phase origin is the newest sample, or None;
        samples further than `limit` counts from it are thrown out.
        newest: index of the sample that counts as the newest, None for the one that is now.
        The phase origin of the answer is that sample.
        """
        w = self._work
        w[_NEWEST] = samples.newest() if newest is None else newest
        w[_WINDOW_US] = window_us
        turns_per_us(hz, w)
        if expected is None:
            w[_A] = w[_B] = w[_OFFSET] = 0
            w[_LIMIT] = 1 << 20
        else:
            w[_A] = int(expected.a)
            w[_B] = int(expected.b)
            w[_OFFSET] = int(expected.offset) - MIDDLE
            w[_LIMIT] = limit
        _sums(samples.at_us, samples.counts, w)
        return _solve(w) if w[_N] >= 8 else None


def _solve(w):
    """Normal equations of the centred sums; floats of order one keep single precision safe."""
    n = w[_N]
    scale = 1.0 / (n * _UNITY)
    s, c, x = w[_S] * scale, w[_C] * scale, w[_X] / n
    scale /= _UNITY
    ss = w[_SS] * scale - s * s
    sc = w[_SC] * scale - s * c
    cc = w[_CC] * scale - c * c
    scale = 1.0 / (n * _UNITY)
    xs = w[_XS] * scale - x * s
    xc = w[_XC] * scale - x * c
    det = ss * cc - sc * sc
    if det < 0.02:  # about a quarter of a cycle of samples: sine and cosine look alike
        return None
    a = (xs * cc - xc * sc) / det
    b = (xc * ss - xs * sc) / det
    unexplained = w[_XX] / n - x * x - a * xs - b * xc
    return Fit(
        a,
        b,
        x - a * s - b * c + MIDDLE,
        sqrt(unexplained) if unexplained > 0 else 0.0,
        n,
        w[_REJECTED],
        w[_DT] // n,
    )
