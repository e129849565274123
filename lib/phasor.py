"""The mains-frequency part of unevenly spaced samples, by least squares in 32-bit integers.

`Samples` keeps the newest readings with their time stamps (clock domain: sample, written from a
callback, no allocation). `Fitter.fit` solves x = offset + a sin + b cos over a window against a
reference that runs along with the mains (clock domain: cycle): what the reference does not explain
is summed and solved in viper, so that a fit takes no float and allocates nothing.
"""

import array

import micropython
from micropython import const

from lib.sine import TABLE as SINE

CAPACITY = 128  # power of two; 146 ms at 875 samples per second
MAX_WINDOW = 96  # keeps every sum below 2**31: 96 * 4095 * 4096 = 1.61e9
MIDDLE = 2048  # of the 12-bit converter; samples are summed around it
NO_LIMIT = 1 << 20  # no sample is too far off
_BINS = const(32)  # of a turn, in which outliers are remembered
# Outliers are counted by their place in the cycle: each window that sees one adds 12, each update
# takes 1 off. From 40 on they are the mains' own, a notch; WiFi bursts come anywhere.

# Fields of the work array. What a fit is asked for:
NEWEST = 0  # index of the sample that counts as the newest
WINDOW_US = 1
COARSE = 2  # frequency of the reference: turn/2**26 per 512 µs …
FINE = 3  # … and turn/2**34 per µs (both below 2**22 up to 70 Hz: their products fit 31 bits)
TURN = 4  # its phase at the newest sample, 1/2**26 turn
PEAK = 5  # its amplitude, 1/16 count
OFFSET = 6  # 1/16 count around MIDDLE
LIMIT = 7  # counts; samples further than that from the reference are thrown out
# What it found, beside the new OFFSET:
SINE_PART = 9  # along the reference, 1/16 count
COSINE_PART = 10  # ahead of it
RMS = 11  # of what stays unexplained, 1/4 count
COUNT = 12
REJECTED = 13
CLIPPED = 14  # samples at either end of the converter
AGE_US = 15  # mean sample to newest sample
GAP_US = 16  # longest time between two samples
_OUTLIERS = const(32)  # one per bin; from 20 on the sums


class Samples:
    """The newest CAPACITY readings of one converter channel, with ticks_us stamps."""

    def __init__(self):
        self.at_us = array.array("i", [0] * CAPACITY)
        self.counts = array.array("i", [MIDDLE] * CAPACITY)
        # Index of the next write; readings since somebody last took them (below 2**30).
        self.state = array.array("i", [0, 0])

    def put(self, at_us, counts):
        """Store a 12-bit reading. Called from the sampling callback: no allocation."""
        state = self.state
        i = state[0]
        self.at_us[i] = at_us
        self.counts[i] = counts
        state[0] = (i + 1) & 127
        state[1] += 1

    def newest(self):
        """Index of the newest reading. Take it once for what belongs together: on the board the
        sampling callback runs between any two lines, and a sample more is 20 degrees of mains."""
        return (self.state[0] - 1) & 127


@micropython.viper
def _sums(at_us: ptr32, counts: ptr32, w: ptr32):
    # Pointers load unsigned words; see lib/waveform.py for how a signed field is read.
    sine = ptr16(SINE)
    i = w[0]
    newest = at_us[i]
    window_us = w[1]
    coarse = w[2]
    fine = w[3]
    turn = w[4]
    peak = w[5]
    offset = ((w[6] + 0x20000000) & 0x3FFFFFFF) - 0x20000000
    limit = w[7]
    n = rejected = clipped = gap = before = 0
    dt_sum = s_sum = c_sum = ss = sc = cc = x_sum = xs = xc = xx = 0
    for _ in range(96):
        dt = (newest - at_us[i]) & 0x3FFFFFFF
        if dt >= window_us:
            break
        gap = dt - before if dt - before > gap else gap
        before = dt
        phase = (turn - (dt >> 9) * coarse - (((dt & 511) * fine) >> 8)) & 0x3FFFFFF
        k = phase >> 17
        part = (phase >> 2) & 0x7FFF
        s = (sine[k] - 32768 + (((sine[k + 1] - sine[k]) * part) >> 15)) >> 3
        k += 128
        c = (sine[k] - 32768 + (((sine[k + 1] - sine[k]) * part) >> 15)) >> 3
        x = counts[i]
        i = (i - 1) & 127
        clipped += 1 if x < 8 or x > 4087 else 0
        x = x - 2048 - ((offset + ((peak * s) >> 12) + 8) >> 4)
        if x > limit or x < 0 - limit:
            k = 32 + (phase >> 21)
            seen = w[k]
            if seen < 500:
                w[k] = seen + 12
            if seen < 40:
                rejected += 1
                continue
        x = 4095 if x > 4095 else x
        x = -4095 if x < -4095 else x
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
    w[12] = n
    w[13] = rejected
    w[14] = clipped
    w[16] = gap
    w[20] = dt_sum
    w[21] = s_sum
    w[22] = c_sum
    w[23] = ss
    w[24] = sc
    w[25] = cc
    w[26] = x_sum
    w[27] = xs
    w[28] = xc
    w[29] = xx


@micropython.viper
def _solve(w: ptr32) -> int:
    """Normal equations of the centred sums; 1 where they can be solved."""
    n = w[12]
    if n < 8:
        return 0
    s = (((w[21] + 0x20000000) & 0x3FFFFFFF) - 0x20000000) // n
    c = (((w[22] + 0x20000000) & 0x3FFFFFFF) - 0x20000000) // n
    ss = (w[23] // n - s * s) >> 10
    # Sums of products span 32 bits with their sign: two halves are put together again.
    sc = (((w[24] >> 16) ^ 0x8000) & 0xFFFF) - 0x8000
    sc = ((sc << 16) + (w[24] & 0xFFFF)) // n
    sc = (sc - s * c) >> 10
    cc = (w[25] // n - c * c) >> 10
    x = ((((w[26] + 0x20000000) & 0x3FFFFFFF) - 0x20000000) << 4) // n
    xs = (((w[27] >> 16) ^ 0x8000) & 0xFFFF) - 0x8000
    xs = ((xs << 16) + (w[27] & 0xFFFF)) // n
    xs = (xs - ((x * s) >> 4) + 128) >> 8
    xc = (((w[28] >> 16) ^ 0x8000) & 0xFFFF) - 0x8000
    xc = ((xc << 16) + (w[28] & 0xFFFF)) // n
    xc = (xc - ((x * c) >> 4) + 128) >> 8
    det = (ss * cc - sc * sc) >> 14
    if det < 328:  # about a quarter of a cycle of samples: sine and cosine look alike
        return 0
    a = (xs * cc - xc * sc) // det
    b = (xc * ss - xs * sc) // det
    if a > 131071:
        a = 131071
    if a < -131071:
        a = -131071
    if b > 131071:
        b = 131071
    if b < -131071:
        b = -131071
    # Unexplained squares, 1/16 count; their root by Newton from the last one.
    xx = w[29]
    left = (xx << 4) // n if xx < 0x4000000 else (xx // n) << 4
    left -= (x * x) >> 4 if x < 0x8000 and x > -0x8000 else left
    left -= (a >> 2) * (xs >> 2) + (b >> 2) * (xc >> 2)
    root = 0
    if left > 0:
        root = w[11] & 0xFFFF
        root = root if root > 16 else 16
        for _ in range(12):
            root = (root + left // root) >> 1
            if root < 1:
                root = 1
    w[11] = root
    offset = ((w[6] + 0x20000000) & 0x3FFFFFFF) - 0x20000000
    w[6] = offset + x - ((a * s + b * c) >> 12)
    w[9] = w[5] + a
    w[10] = b
    w[15] = w[20] // n
    return 1


@micropython.viper
def _forget(w: ptr32):
    for k in range(32, 64):
        if w[k] > 0:
            w[k] -= 1


class Fitter:
    """Least-squares phasor of the newest samples; keeps its work space, so one per channel."""

    def __init__(self):
        self.work = array.array("i", [0] * (_OUTLIERS + _BINS))

    def fit(self, samples, limit=NO_LIMIT):
        """Fit the window that the work array asks for; False when it cannot be solved.

        limit: counts; samples further off than that are thrown out, unless the mains does so in
        every cycle.
        """
        w = self.work
        w[LIMIT] = limit
        _sums(samples.at_us, samples.counts, w)
        return _solve(w) == 1

    def forget(self):
        """Once per update: what was seen of outliers fades."""
        _forget(self.work)
