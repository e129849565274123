"""The last ten minutes, a value every two seconds: what the chart shows when the page is opened.

A ring of whole watts, made once (1.2 kB); a moment without a value is a gap. Where there is memory
in plenty (4 MB of PSRAM) also the last day, one value a minute. Clock domain: *second*.
"""

import gc
from array import array

from micropython import const

GAP = const(-32768)
_PERIOD_S = const(2)
COUNT = const(300)
MINUTES = const(1440)
_PLENTY = const(3_500_000)

rings = []  # (period in seconds, array of battery and output in turn, [values written])


def begin():
    """Make the rings, empty."""
    rings.clear()
    for period_s, count in ((_PERIOD_S, COUNT), (60, MINUTES)):
        if period_s == _PERIOD_S or gc.mem_free() > _PLENTY:
            values = array("h", bytes(4 * count))
            rings.append((period_s, values, [0]))


def put(battery_w, output_w):
    """Two seconds have passed."""
    for period_s, values, written in rings:
        if rings[0][2][0] * _PERIOD_S % period_s == 0:
            at = 2 * written[0] % len(values)
            values[at] = GAP if battery_w is None else max(-32000, min(32000, int(battery_w)))
            values[at + 1] = int(max(-32000, min(32000, output_w)))
            written[0] += 1


async def run(parts):
    """Take down what is, for ever."""
    begin()
    clock = parts.clock
    while True:
        reading = parts.inverter.latest
        old = reading is None or clock.since_ms(reading.at_ms) > 5000
        put(None if old else reading.battery_w, parts.ct.watts)
        await clock.sleep_ms(1000 * _PERIOD_S)
