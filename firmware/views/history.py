"""The last ten minutes and the last day: what the chart shows when the page is opened.

Rings of whole watts and volts, made once; a moment without a value is a gap. Ten minutes by 2 s
and a day by 10 minutes (2.3 kB), the means of what was known meanwhile; where there is memory in
plenty (4 MB of PSRAM) by the second and by the minute (10 kB). Clock domain: *second*.
"""

import gc
from array import array

from micropython import const

GAP = const(-32768)
_PLENTY = const(3_500_000)
# (seconds, values): in all ten minutes, a day.
_FINE = ((1, 600), (60, 1440))
_COARSE = ((2, 300), (600, 144))

# (period in seconds, battery and output in turn, volts, [values written], sums of the period:
# battery and how many, output, volts and how many)
rings = []


def begin():
    """Make the rings, empty."""
    rings.clear()
    for period_s, count in _FINE if gc.mem_free() > _PLENTY else _COARSE:
        sums = array("i", bytes(20))
        rings.append((period_s, array("h", bytes(4 * count)), bytearray(count), [0], sums))


def put(battery_w, output_w, volts):
    """A period of the first ring has passed. None: not known now; volts 0: the mains is not."""
    step_s = rings[0][0]
    for period_s, watts, mains, written, sums in rings:
        if battery_w is not None:
            sums[0] += max(-32000, min(32000, int(battery_w)))
            sums[1] += 1
        sums[2] += max(-32000, min(32000, int(output_w)))
        if volts:
            sums[3] += int(volts + 0.5)
            sums[4] += 1
        written[0] += 1  # of the first ring's periods
        if written[0] * step_s % period_s == 0:
            at = (written[0] * step_s // period_s - 1) % len(mains)
            watts[2 * at] = sums[0] // sums[1] if sums[1] else GAP
            watts[2 * at + 1] = sums[2] * step_s // period_s
            mains[at] = min(255, max(1, sums[3] // sums[4] - 50)) if sums[4] else 0
            sums[0] = sums[1] = sums[2] = sums[3] = sums[4] = 0


def take(parts):
    """Take down what is now, once in a period of the first ring."""
    reading, lock = parts.inverter.latest, parts.mains.lock
    old = reading is None or parts.clock.since_ms(reading.at_ms) > 5000
    put(None if old else reading.battery_w, parts.ct.watts, lock.volts if lock else 0)
