"""Is this battery power believable? Judges one sample after the other; flags, never corrects."""

from micropython import const

_JUMP_W = const(500)  # smaller changes need no second witness
# Volts × amps and watts are taken at different moments and places (losses).
_TOLERANCE = const(0.3)
_CONFIRMATIONS = const(3)  # a contradiction that stays is a matter of scale, not of a bad reading
_FROZEN_S = const(30)  # a counter that moves with every update has stood still for that long


class Plausible:
    """Remembers the last believed power and the frame counter."""

    def __init__(self, limit_w, clock):
        self._limit_w = limit_w
        self._clock = clock
        self._last_w = None
        self._doubted = 0
        self._counter = None
        self._moved_ms = clock.ms()
        self.note = ""  # standing remark on readings that are believed all the same

    def objection(self, sample):
        """Why this sample must not be used, in words; empty where nothing speaks against it."""
        watts = sample.battery_w
        if abs(watts) > self._limit_w:
            return "%d W is beyond this inverter's %d W" % (watts, self._limit_w)
        if self._frozen(sample.counter):
            return "the inverter's frame counter stands still"
        words = self._contradiction(sample)
        if words and self._doubted < _CONFIRMATIONS:
            self._doubted += 1
            return words
        self.note = words
        if not words:
            self._doubted = 0
        self._last_w = watts
        return ""

    def _frozen(self, counter):
        if counter is None or counter != self._counter:
            self._counter = counter
            self._moved_ms = self._clock.ms()
            return False
        return self._clock.since_ms(self._moved_ms) > _FROZEN_S * 1000

    def _contradiction(self, sample):
        """Words if the power jumped to where volts × amps say it is not."""
        watts, last_w = sample.battery_w, self._last_w
        product_w = sample.witness_w
        if product_w is None:
            return ""
        if last_w is not None and abs(watts - last_w) < _JUMP_W and not self._doubted:
            return ""
        allowed_w = max(_JUMP_W, _TOLERANCE * max(abs(watts), product_w))
        if abs(abs(watts) - product_w) <= allowed_w:
            return ""
        return "%d W, but volts times amps make %d W" % (watts, product_w)
