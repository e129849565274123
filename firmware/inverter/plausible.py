"""Is this battery power believable? Judges one sample after the other; flags, never corrects.

Loaded where a sample is not like the one before: poll.py believes small changes by itself.
"""

from micropython import const

_JUMP_W = const(500)  # smaller changes need no second witness
# Volts × amps and watts are taken at different moments and places (losses).
_TOLERANCE = const(0.3)
_CONFIRMATIONS = const(3)  # a contradiction that stays is a matter of scale, not of a bad reading
_FROZEN_S = const(30)  # a counter that moves with every update has stood still for that long
_FLOWS_W = const(100)  # no battery gives that at no volts
_SOC_JUMP_PCT = const(30)
_AGREE_W = const(200)  # two polls that agree, or a quarter of the power

# What is remembered, in a list that poll.py keeps: doubts in a row, power and charge believed
# last, the power read last, the frame counter and when it moved, a standing remark on readings
# that are believed all the same, and whoever is suspected on the line (neighbours.py).
_DOUBTED = const(0)
_LAST_W = const(1)
_LAST_SOC = const(2)
_READ_W = const(3)
_COUNTER = const(4)
_MOVED_MS = const(5)
NOTE = const(6)
SUSPECTS = const(7)


def fresh(clock):
    """Nothing is remembered."""
    return [0, None, None, None, None, clock.ms(), "", None]


def objection(seen, limit_w, clock, sample, wary):
    """Why this sample must not be used, in words; empty where nothing speaks against it.

    wary: another master is on the line, so that only what two polls agree on counts.
    """
    watts, read_w = sample.battery_w, seen[_READ_W]
    seen[_READ_W] = watts
    if abs(watts) > limit_w:
        return "%d W is beyond this inverter's %d W" % (watts, limit_w)
    if sample.soc_pct is not None and not 0 <= sample.soc_pct <= 100:
        return "a charge level of %d %%" % sample.soc_pct
    if _frozen(seen, clock, sample.counter):
        return "the inverter's frame counter stands still"
    words = _contradiction(seen, sample, wary)
    if words and seen[_DOUBTED] < _CONFIRMATIONS:
        seen[_DOUBTED] += 1
        return words
    if wary and (words or read_w is None or abs(watts - read_w) > max(_AGREE_W, abs(watts) // 4)):
        return words or "another master is on this line: waiting for two polls that agree"
    seen[NOTE] = words
    if not words:
        seen[_DOUBTED] = 0
    seen[_LAST_W], seen[_LAST_SOC] = watts, sample.soc_pct
    return ""


def _frozen(seen, clock, counter):
    if counter is None or counter != seen[_COUNTER]:
        seen[_COUNTER] = counter
        seen[_MOVED_MS] = clock.ms()
        return False
    return clock.since_ms(seen[_MOVED_MS]) > _FROZEN_S * 1000


def _contradiction(seen, sample, wary):
    """Words if the power jumped to where volts × amps, or the charge level, say it is not."""
    watts, last_w, last_soc = sample.battery_w, seen[_LAST_W], seen[_LAST_SOC]
    if sample.battery_v == 0 and abs(watts) > _FLOWS_W:
        return "%d W at 0 V" % watts
    soc = last_soc if sample.soc_pct is None else sample.soc_pct
    if last_soc is not None and abs(soc - last_soc) >= _SOC_JUMP_PCT:
        return "charge level from %d to %d %% at once" % (last_soc, soc)
    product_w = sample.witness_w
    if product_w is None:
        return ""
    jumped = last_w is None or abs(watts - last_w) >= _JUMP_W
    if not wary and not jumped and not seen[_DOUBTED]:
        return ""
    allowed_w = max(_JUMP_W, _TOLERANCE * max(abs(watts), product_w))
    if abs(abs(watts) - product_w) <= allowed_w:
        return ""
    return "%d W, but volts times amps make %d W" % (watts, product_w)
