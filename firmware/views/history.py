"""The last ten minutes, a value every two seconds: what the chart shows when the page is opened.

Rings of whole watts and volts, made once (1.5 kB); a moment without a value is a gap. Where there
is memory in plenty (4 MB of PSRAM) every second of them, and the last day, one value a minute (10
kB). Clock domain: *second*.
"""

import gc
from array import array

from micropython import const

GAP = const(-32768)
_PLENTY = const(3_500_000)
LONGEST_S = const(600)
_DAY = const(1440)  # minutes

rings = []  # (period in seconds, battery and output in turn, volts, [values written])


def begin():
    """Make the rings, empty."""
    rings.clear()
    plenty = gc.mem_free() > _PLENTY
    for period_s, count in ((1, LONGEST_S), (60, _DAY)) if plenty else ((2, LONGEST_S // 2),):
        rings.append((period_s, array("h", bytes(4 * count)), bytearray(count), [0]))


def put(battery_w, output_w, volts):
    """A period of the first ring has passed. None: not known now; volts 0: the mains is not."""
    for period_s, watts, mains, written in rings:
        if rings[0][3][0] * rings[0][0] % period_s == 0:
            at = written[0] % len(mains)
            watts[2 * at] = GAP if battery_w is None else max(-32000, min(32000, int(battery_w)))
            watts[2 * at + 1] = int(max(-32000, min(32000, output_w)))
            mains[at] = min(255, max(0, int(volts - 49.5)))
            written[0] += 1


async def run(parts):
    """Take down what is, for ever."""
    begin()
    clock = parts.clock
    while True:
        reading, lock = parts.inverter.latest, parts.mains.lock
        old = reading is None or clock.since_ms(reading.at_ms) > 5000
        put(None if old else reading.battery_w, parts.ct.watts, lock.volts if lock else 0)
        await clock.sleep_ms(1000 * rings[0][0])
