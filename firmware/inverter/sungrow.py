"""Sungrow SH hybrids: one battery power, three ways of telling its direction (docs/inverters.md).

Wire 13021 is a magnitude on SH-K and older RT, signed on firmware from late 2024; bits 1 and 2 of
13000 say charging and discharging, where they are alive. Order of trust: register 5213 (RS, RT,
T), a negative 13021, the bits, a negative current, the energy balance, and where all of these are
dead: a person's answer until the power next passes zero, then the charge level. Never a guess.
"""

from micropython import const

from firmware.inverter.battery import EXTRAS_EVERY, Battery
from firmware.inverter.profile import blocks
from lib import rtu

_CHARGING = const(2)  # bit 1 of 13000
_DISCHARGING = const(4)  # bit 2
SH_K_CODES = (0x0D03, 0x0D0C)  # first and last device code of the SH-K family
_ASK_FROM_W = const(100)  # below, a direction is not worth a question
_ASK_AFTER = const(3)  # polls in a row without a direction: bits may lag by one
_CROSSING_W = const(50)  # below, the battery may turn round without anybody noticing
# So much charge gained or lost tells the direction: 90 s of 2 kW at 10 kWh.
_TREND_PCT = const(0.5)
_SIGNED_TRIES = const(3)  # empty answers of 5213 before the old rule takes over for good

# Begins a stored direction: negative powers were seen while the bits were dead.
_SIGNED = const("signed")


def by_words(raw, bits, amps):
    """Watts (+ = discharging) and what told the direction, from the words of one block.

    raw: 13021 as s16; bits: 13000; amps: 13020 as s16, None where unknown. Watts are None and the
    other is "" where nothing tells it.
    """
    if raw < 0:
        return raw, "sign"
    if raw == 0:
        return 0, "zero"
    way = bits & (_CHARGING | _DISCHARGING)
    if way == _CHARGING:
        return -raw, "bits"
    if way == _DISCHARGING:
        return raw, "bits"
    if amps is not None and amps < 0:
        return -raw, "current"
    return None, ""


def by_balance(raw, active_w, pv_w):
    """Watts from what leaves the inverter against what PV gives, or None where that is too close.

    The difference is the battery, less losses of some percent; half its power is a safe margin.
    """
    surplus_w = active_w - pv_w
    if surplus_w > raw // 2:
        return raw
    if surplus_w < -raw // 2:
        return -raw
    return None


class Sungrow(Battery):
    """The battery behind a Sungrow SH-K, RS, RT or T; polled like any Battery.

    direction: what was found out earlier, as stored: "" or "signed; …", "charging; …" or
    "discharging; …" with the evidence behind it. Whoever has one is not asked again.
    """

    def __init__(self, profile, ask, direction=""):
        self._signed_left = _SIGNED_TRIES if profile.signed else 0
        super().__init__(profile, ask)
        self.direction = direction
        # "" | register 5213 | sign | bits | current | balance | answer | charge level | zero
        self.told_by = ""
        self.question = False  # True: nothing tells the direction, a person must
        self._code = None
        self._unresolved = 0
        self._evidence = ""
        self._way = 0  # 0 unknown | -1 charging | 1 discharging, where only memory tells
        self._way_by = ""  # answer | charge level
        self._soc_then = None  # charge level that the next one is compared with

    def _arrange(self):
        p = self._profile
        together = (p.state, p.bits, p.magnitude, p.volts, p.amps, p.soc, p.temp)
        reads = blocks(together, p.gap)
        self._slow = reads if self._signed_left else []
        self._vital = [] if self._signed_left else reads

    async def sample(self):
        """Ask once. Raises rtu.FrameError where the power could not be asked for."""
        if self._code is None:
            await self._identify()
        if self._signed_left:
            watts = await self._ask_signed()
            if watts is not None:
                if self._polls % EXTRAS_EVERY == 0:
                    await self._fetch_slow()
                self._polls += 1
                return self._sample(watts, "", False)
        for block in self._vital or self._slow:
            self._words.put(block[0], block[1], await self._ask(*block))
        return await self._resolved()

    def answer(self, charging):
        """Take a person's word for the direction right now; the text to store as the setting."""
        self.direction = "%s; %s" % ("charging" if charging else "discharging", self._evidence)
        self.question = False
        self._way, self._way_by = -1 if charging else 1, "answer"
        self._soc_then = self._words.value(self._profile.soc)
        return self.direction

    async def _identify(self):
        """Read the device code once; who refuses it is treated as the strictest kind."""
        at = self._profile.code
        try:
            self._code = (await self._ask(at.function, at.address, 1))[0]
        except rtu.Refused as why:
            if not why.final:
                raise
            self._code = 0

    async def _ask_signed(self):
        """Register 5213 in watts, or None where this firmware does not fill it."""
        at = self._profile.signed
        try:
            self._words.put(at.function, at.address, await self._ask(at.function, at.address, 2))
        except rtu.Refused as why:
            if not why.final:
                raise
            self._signed_left = 0
            self._arrange()
            return None
        if self._words.all_ones(at) or self._words.raw(at) is None:
            self._signed_left -= 1
            self._arrange()
            return None
        self._signed_left = _SIGNED_TRIES
        self._settled("register 5213")
        return self._words.value(at)

    async def _resolved(self):
        """The sample of the block just read, its direction found by whatever tells it."""
        raw, bits, amps = self._state()
        if raw is None:
            return self._sample(None, "battery power reads invalid", False)
        self._note_evidence(raw, bits)
        watts, told_by = by_words(raw, bits, amps)
        if watts is None:
            watts, told_by = await self._balance(raw), "balance"
        if watts is not None:
            self._settled(told_by)
            return self._sample(watts, "", True)
        watts, told_by = self._by_memory(raw)
        if watts is not None:
            self.told_by, self.question = told_by, False
            return self._sample(watts, "", True)
        self._unresolved += 1
        if self._unresolved >= _ASK_AFTER and raw >= _ASK_FROM_W and not self.direction:
            self.question = True
        return self._sample(None, "direction unknown until the charge level moves", False)

    def _note_evidence(self, raw, bits):
        """Keep the facts for a stored direction; a negative power with dead bits is one itself."""
        soc = self._words.value(self._profile.soc)
        charge = "unknown" if soc is None else "%.1f %%" % soc
        facts = (self._profile.id, raw, bits, charge)
        self._evidence = "%s at %d W, bits 0x%04X, charge %s" % facts
        if raw <= -_ASK_FROM_W and not bits & _CHARGING and not self.direction.startswith(_SIGNED):
            self.direction = "%s; %s" % (_SIGNED, self._evidence)

    def _state(self):
        """(13021 as s16 or None if invalid, bits, current or None) of the block just read."""
        p, words = self._profile, self._words
        raw = words.raw(p.magnitude)  # u16: 0xFFFF is None
        bits = words.raw(p.bits)
        if raw is None and not self._is_sh_k() and bits is not None:
            raw = 0  # a signed generation's -1 W; as near to nothing as it gets
        if raw is None or bits is None or raw in (0x7FFF, 0x8000):
            return None, bits, None
        return raw - 0x10000 if raw > 0x7FFF else raw, bits, words.value(p.amps)

    def _is_sh_k(self):
        """True for the SH-K family and for codes that say nothing."""
        return self._code in (0, 0xFFFF) or SH_K_CODES[0] <= self._code <= SH_K_CODES[1]

    async def _balance(self, raw):
        p = self._profile
        try:
            for field in (p.active, p.pv):
                words = await self._ask(field.function, field.address, 2)
                self._words.put(field.function, field.address, words)
        except rtu.Refused:
            return None
        active_w, pv_w = self._words.value(p.active), self._words.value(p.pv)
        if active_w is None or pv_w is None or self._words.all_ones(p.active):
            return None
        return by_balance(raw, active_w, pv_w)

    def _by_memory(self, raw):
        """(watts, what told) by what was seen or said earlier; (None, "") if nothing was."""
        if self.direction.startswith(_SIGNED):
            return raw, "sign"
        if raw < _CROSSING_W:
            self._way, self._soc_then = 0, None
            return None, ""
        soc = self._words.value(self._profile.soc)
        if self._soc_then is None or soc is None:
            self._soc_then = soc
        elif abs(soc - self._soc_then) >= _TREND_PCT:
            self._way, self._way_by = -1 if soc > self._soc_then else 1, "charge level"
            self._soc_then = soc
        return (self._way * raw, self._way_by) if self._way else (None, "")

    def _settled(self, told_by):
        self.told_by = told_by
        self.question = False
        self._unresolved = 0
        self._way, self._soc_then = 0, None
