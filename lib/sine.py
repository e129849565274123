"""One turn and a quarter of a sine, shared by synthesis and analysis.

Index 0 … 511 is one turn, the extra quarter makes `TABLE[i + QUARTER]` the cosine, and one more
entry lets a linear interpolation read past the end. Values are offset by MIDDLE because viper
pointers load unsigned words. Linear interpolation over 512 steps shrinks
the amplitude by (2 pi / 512)**2 / 12 = 1.3e-5, far below the 2e-3 of a class 0.2 transformer.
"""

import array
import math

from micropython import const

_STEPS = const(512)
QUARTER = _STEPS // 4
_PEAK = const(32767)  # 16 bits signed, so that a product with another 16-bit value fits 31 bits
MIDDLE = 32768

TABLE = array.array(
    "H",
    [
        MIDDLE + round(_PEAK * math.sin(2 * math.pi * i / _STEPS))
        for i in range(_STEPS + QUARTER + 1)
    ],
)
