"""The last ten minutes and the last day: what the chart shows when the page is opened.

Rings of whole watts and volts, made once (history_rings.py); a moment without a value is a gap.
Clock domain: *second*.
"""

from micropython import const

GAP = const(-32768)

# (period in seconds, battery and output in turn, volts, [values written], sums of the period:
# battery and how many, output, volts and how many)
rings = []


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
