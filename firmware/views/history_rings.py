"""Makes the rings of the chart; in memory while it does. Clock domain: *second*.

Ten minutes by 2 s and a day by 10 minutes (2.3 kB), the means of what was known meanwhile; where
there is memory in plenty (4 MB of PSRAM) by the second and by the minute (10 kB).
"""

import gc
from array import array

from micropython import const

from firmware.views import history

_PLENTY = const(3_500_000)
# (seconds, values): in all ten minutes, a day.
_FINE = ((1, 600), (60, 1440))
_COARSE = ((2, 300), (600, 144))


def begin():
    """Make the rings, empty."""
    history.rings.clear()
    for period_s, count in _FINE if gc.mem_free() > _PLENTY else _COARSE:
        sums = array("i", bytes(20))
        history.rings.append((period_s, array("h", bytes(4 * count)), bytearray(count), [0], sums))
