"""The phase that a tracker predicts, at any tick near by: integers, no allocation.

A prediction is an array of FIELDS ints: tick, phase there (1/2**26 turn), frequency in two grains,
drift. Clock domain: sample.
"""

import micropython

FIELDS = 5


def put(p, at_us, frequency, drift):
    """All but the phase: the tick, frequency (turn/2**38 per µs), drift (that per 2**16 µs)."""
    p[0] = at_us
    p[2] = frequency >> 3
    p[3] = frequency >> 4
    p[4] = drift >> 5  # 0.5 * 1.024e-3**2 s**2, in 1/2**26 turn and 1/2**4


@micropython.viper
def phase30(p: ptr32, at_us: int) -> int:
    """Phase at that tick in 1/2**30 turn; up to 0.4 s before or after the prediction's own."""
    dt = ((at_us - p[0] + 0x20000000) & 0x3FFFFFFF) - 0x20000000
    if dt > 400000:  # nobody predicts that far; keeps the products below 2**31
        dt = 400000
    if dt < -400000:
        dt = -400000
    ms = dt >> 10
    bend = ((p[4] + 0x20000000) & 0x3FFFFFFF) - 0x20000000
    phase = p[1] + (dt >> 9) * p[2] + (((dt & 511) * p[3]) >> 8)
    phase = (phase & 0x3FFFFFF) + ((ms * ms >> 4) * bend)
    return int((phase & 0x3FFFFFF) << 4)
