"""Is this battery power believable? Judges one sample after the other; flags, never corrects."""

from micropython import const

_JUMP_W = const(500)  # smaller changes need no second witness
# Volts × amps and watts are taken at different moments and places (losses).
_TOLERANCE = const(0.3)
_CONFIRMATIONS = const(3)  # a contradiction that stays is a matter of scale, not of a bad reading
_FROZEN_S = const(30)  # a counter that moves with every update has stood still for that long
_FLOWS_W = const(100)  # no battery gives that at no volts
_SOC_JUMP_PCT = const(30)
_AGREE_W = const(200)  # two polls that agree, or a quarter of the power


class Plausible:
    """Remembers the last believed power and charge, the last one read, and the frame counter."""

    def __init__(self, limit_w, clock):
        self._limit_w = limit_w
        self._clock = clock
        self._last_w = self._last_soc = self._read_w = self._counter = None
        self._doubted = 0
        self._moved_ms = clock.ms()
        self.note = ""  # standing remark on readings that are believed all the same

    def objection(self, sample, wary=False):
        """Why this sample must not be used, in words; empty where nothing speaks against it.

        wary: another master is on the line, so that only what two polls agree on counts.
        """
        watts, read_w = sample.battery_w, self._read_w
        self._read_w = watts
        if abs(watts) > self._limit_w:
            return "%d W is beyond this inverter's %d W" % (watts, self._limit_w)
        if sample.soc_pct is not None and not 0 <= sample.soc_pct <= 100:
            return "a charge level of %d %%" % sample.soc_pct
        if self._frozen(sample.counter):
            return "the inverter's frame counter stands still"
        words = self._contradiction(sample, wary)
        if words and self._doubted < _CONFIRMATIONS:
            self._doubted += 1
            return words
        if wary and (
            words or read_w is None or abs(watts - read_w) > max(_AGREE_W, abs(watts) // 4)
        ):
            return words or "another master is on this line: waiting for two polls that agree"
        self.note = words
        if not words:
            self._doubted = 0
        self._last_w, self._last_soc = watts, sample.soc_pct
        return ""

    def _frozen(self, counter):
        if counter is None or counter != self._counter:
            self._counter = counter
            self._moved_ms = self._clock.ms()
            return False
        return self._clock.since_ms(self._moved_ms) > _FROZEN_S * 1000

    def _contradiction(self, sample, wary):
        """Words if the power jumped to where volts × amps, or the charge level, say it is not."""
        watts, last_w, last_soc = sample.battery_w, self._last_w, self._last_soc
        if sample.battery_v == 0 and abs(watts) > _FLOWS_W:
            return "%d W at 0 V" % watts
        soc = last_soc if sample.soc_pct is None else sample.soc_pct
        if last_soc is not None and abs(soc - last_soc) >= _SOC_JUMP_PCT:
            return "charge level from %d to %d %% at once" % (last_soc, soc)
        product_w = sample.witness_w
        if product_w is None:
            return ""
        if not wary and last_w is not None and abs(watts - last_w) < _JUMP_W and not self._doubted:
            return ""
        allowed_w = max(_JUMP_W, _TOLERANCE * max(abs(watts), product_w))
        if abs(abs(watts) - product_w) <= allowed_w:
            return ""
        return "%d W, but volts times amps make %d W" % (watts, product_w)
