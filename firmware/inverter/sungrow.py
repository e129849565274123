"""Sungrow SH hybrids: one battery power, many witnesses of its direction (docs/inverters.md).

Wire 13021 is a magnitude on SH-K and older RT, signed on firmware from late 2024; 5213 (RS, RT,
T) is signed; bits 1 and 2 of 13000 say charging and discharging where they are alive; 13033 less
PV 5016 is the battery, whatever the inverter says of it; the charge level tells in the end. Each
poll they vote (witness.py). Nothing is given up for ever: what answered once is asked again.

One read has it all but 5213 and PV. PV is asked for while fewer than two witnesses agree, but
then only every other time, and at once where anything turned round or speaks against another.
"""

from micropython import const

from firmware.inverter.reading import Sample
from firmware.inverter.witness import (
    ANSWER,
    CROSSING_W,
    FLAGS,
    LEVEL,
    REGISTER,
    STANDS,
    WITNESSED_W,
    Witnesses,
    verdict,
)
from lib import rtu
from lib.ondemand import Module

SH_K_CODES = (0x0D03, 0x0D0C)  # first and last device code of the SH-K family
_RARE = const("firmware.inverter.sungrow_rare")
_BLOCK = const(12999)  # state, bits, …, volts, amps, watts, charge, health, temperature, …
_WORDS = const(36)  # … active power
_FEWER_WORDS = const(26)  # without active power, where the longer read is refused
_SIGNED = const(5213)
_PV = const(5016)
_CHARGING = const(2)  # bit 1 of 13000
_DISCHARGING = const(4)  # bit 2
_FORCED = const((0x0800, 0x4000))  # system state: forced mode, external EMS

_TRIES = const(3)  # empty answers before a register is left alone for a while
_AGAIN = const(30)  # polls for which it is
_IDLE_POLLS = const(8)  # of a battery at rest, after which its inverter's losses are measured
_LOOK_W = const(200)  # a change in one poll after which another witness is heard

_DOUBTED = const("doubted")
_SIGNED_MARK = const("signed")  # begins a stored direction: a negative power was seen


def signed16(word):
    """A word as a signed number, None where it reads as "not available"."""
    if word in (0xFFFF, 0x7FFF, 0x8000):
        return None
    return word - 0x10000 if word > 0x7FFF else word


def signed32(low, high):
    """Two words, low one first, as a signed number, None where they read as "not available"."""
    if high in (0xFFFF, 0x7FFF) and low == 0xFFFF or high == 0x8000 and low == 0:
        return None
    return (high - 0x10000 if high > 0x7FFF else high) * 65536 + low


class Sungrow:
    """The battery behind a Sungrow SH-K, RS, RT or T; polled like any Battery.

    direction: what was found out earlier, as stored: "" or "signed; …", "charging; …" or
    "discharging; …" with the evidence behind it.
    """

    def __init__(self, profile, ask, direction=""):
        self.id = profile.id
        self.ask = ask
        self.direction = direction
        self.witnesses = Witnesses(direction.startswith(_SIGNED_MARK))
        self.question = False  # True: nothing tells the direction, a person must
        self.news = None  # None | (event name, details), for the log
        self.note = ""
        self.code = 0
        self._polls = 0
        self._count = _WORDS
        self.longer = 0  # words that the read is longer than needed, lest others ask for as many
        self.modern = profile.signed is not None
        self._resting = [0, 0]  # 5213, PV: polls until it is asked again
        self._empty = [0, 0]  # empty answers in a row
        self.words = (0xFFFF,) * _WORDS
        self.signed_w = self.pv_w = None
        self._active_w = 0

    async def sample(self):
        """Ask once. Raises rtu.FrameError where the power could not be asked for."""
        if self._polls % _AGAIN == 0:
            self._count = _WORDS  # one refusal is not for ever
            if not self.code:
                async with Module(_RARE) as rare:
                    await rare.identify(self)
        await self._block()
        self._polls += 1
        seen, words = self.witnesses, self.words
        for witness in range(ANSWER):
            seen.votes[witness] = None
        signed_w = self.signed_w = await self._asked(0, _SIGNED) if self.modern else None
        self.pv_w = None
        raw = self._power()
        if raw is None and signed_w is None:
            return self._made(None, "battery power reads invalid")
        if raw is None or signed_w is not None and abs(signed_w) > 0x7FFF:
            raw = abs(signed_w)  # more than 13021 can say
        else:
            seen.hear_signs(raw, signed16(words[21]))
            raw = abs(raw)
            if seen.negative[0] and self.direction in ("", _DOUBTED):
                async with Module(_RARE) as rare:
                    self.direction = rare.evidence(self, _SIGNED_MARK)
        if signed_w is not None:
            way = 0 if abs(signed_w) < CROSSING_W else 1 if signed_w > 0 else -1
            seen.votes[REGISTER] = way
            if way:
                raw = raw if raw >= CROSSING_W else abs(signed_w)
            elif raw < WITNESSED_W + CROSSING_W:
                raw = 0
        self._hear_flags()
        if self._worth_pv(raw):
            await self._balance(raw)
        made = self._decided(raw)
        if seen.event or seen.conflict >= STANDS:
            made = await self._told(made)
        return made

    def answer(self, charging):
        """Take a person's word for the direction right now; the text to store as the setting."""
        self.witnesses.hear_answer(-1 if charging else 1, self.soc())
        with Module(_RARE) as rare:
            self.direction = rare.evidence(self, "charging" if charging else "discharging")
        self.question = False
        return self.direction

    def sizes(self):
        """How many words its reads ask for."""
        return [self._count + self.longer, 2 + self.longer]

    async def _block(self):
        try:
            self.words = await self.ask(4, _BLOCK, self._count + self.longer)
        except rtu.Refused as why:
            if not why.final or self._count == _FEWER_WORDS:
                raise
            self._count = _FEWER_WORDS
            self.words = await self.ask(4, _BLOCK, self._count)

    async def _asked(self, which, address):
        """Watts of a register that may not be there; None, and left alone for a while."""
        if self._resting[which]:
            self._resting[which] -= 1
            # where the flags are all that there is, what they hide must not last so long
            if self.witnesses.way_by != FLAGS or which == 0 and self._polls % 2:
                return None
        try:
            words = await self.ask(4, address, 2 + self.longer)
            watts = signed32(words[0], words[1]) if words else None
        except rtu.FrameError as why:
            if not why.final:
                return None  # the line counts its faults; the others witness without it
            watts = None
        if watts is not None:
            self._empty[which] = self._resting[which] = 0
            return watts
        self._empty[which] += 1
        if self._empty[which] >= _TRIES:
            self._resting[which] = _AGAIN
        return None

    async def _balance(self, raw):
        self.witnesses.blind = False
        active_w = self.active_w()
        if active_w is None:
            return
        self.pv_w = await self._asked(1, _PV)
        if self.pv_w is not None:
            self.witnesses.hear_balance(raw, active_w, self.pv_w)

    def active_w(self):
        """What leaves the inverter, as read along with the power; None where it is not there."""
        words = self.words
        return signed32(words[34], words[35]) if len(words) > 34 else None

    def _power(self):
        """13021 as a signed number, None if it reads invalid."""
        raw, bits = self.words[22], self.words[1]
        if raw == 0xFFFF and bits != 0xFFFF and not self.is_sh_k():
            return 0  # a signed generation's -1 W; as near to nothing as it gets
        if bits == 0xFFFF:
            return None
        return signed16(raw)

    def is_sh_k(self):
        """True for the SH-K family and for codes that say nothing."""
        return not self.code or SH_K_CODES[0] <= self.code <= SH_K_CODES[1]

    def _worth_pv(self, raw):
        seen = self.witnesses
        way, agreed = verdict(seen.votes)
        if raw < WITNESSED_W or way is None:
            return raw and way is None or self._polls % _IDLE_POLLS == 0
        was_w, self._active_w = self._active_w, self.active_w() or 0
        return (
            not agreed
            or way != seen.way
            or abs(raw - seen.raw) > _LOOK_W
            or abs(self._active_w - was_w) > _LOOK_W
            or seen.conflict
            or seen.outvoted
            or seen.blind
            or self._polls % 2
            and seen.known(LEVEL) < 2
        )

    def _hear_flags(self):
        bits = self.words[1] & (_CHARGING | _DISCHARGING)
        if bits in (_CHARGING, _DISCHARGING):
            self.witnesses.hear_flags(-1 if bits == _CHARGING else 1)

    async def _told(self, made):
        """News for the log, a contradiction in words; who knows them is loaded a turn before."""
        seen = self.witnesses
        if seen.event:
            async with Module(_RARE) as rare:
                self.news = (seen.event, rare.numbers(self))
            seen.event = ""
        if seen.conflict < STANDS:
            return made
        async with Module("firmware.inverter.witness_words") as witness_words:
            return self._made(None, witness_words.contradiction(seen.votes), "disputed")

    def _decided(self, raw):
        """The sample of this poll, its direction as the witnesses say."""
        seen = self.witnesses
        way = seen.decide(raw, self.words[20], self.soc())
        asks = seen.unknown >= STANDS and raw >= WITNESSED_W and self.direction in ("", _DOUBTED)
        self.question = asks or seen.conflict >= STANDS
        if self.direction.startswith(_SIGNED_MARK) and not seen.negative[0]:
            self.direction = _DOUBTED
        if way is None and raw >= CROSSING_W:
            state = "disputed" if seen.unknown >= STANDS else ""
            why = "direction unknown until the charge level moves"
            if self.question:
                why = "direction unknown - is the battery charging now?"
            return self._made(None, why, state)
        signed_w = self.signed_w
        if signed_w is not None and seen.votes[REGISTER] == (way or 0):
            return self._made(signed_w)
        return self._made((way or 0) * raw)

    def soc(self):
        """Charge level in percent, or None."""
        word = self.words[23]
        return None if word == 0xFFFF else word / 10

    def _made(self, watts, why="", state=""):
        words = self.words
        volts, amps, temp = words[20], signed16(words[21]), signed16(words[25])
        volts = None if volts == 0xFFFF else volts / 10
        amps = None if amps is None else amps / 10
        product_w = None if volts is None or amps is None else abs(volts * amps)
        state = state or ("forced" if words[0] in _FORCED else "")
        temp = temp and temp / 10
        return Sample(watts, self.soc(), volts, amps, temp, product_w, None, why, state)
