"""Ask an inverter for its battery as a profile says; make watts, percent, volts, amps of it.

Clock domain: second. `ask(function, address, count)` is a coroutine that gives a tuple of words or
raises rtu.FrameError. Nothing here knows of a line, settings or time. Nothing is given up for
ever: what was refused is asked again.
"""

import struct

from micropython import const

from firmware.inverter.fields import Field, blocks, width
from firmware.inverter.reading import Sample
from lib import rtu
from lib.ondemand import Module

_EXTRAS_EVERY = const(10)  # polls between two looks at what changes slowly and costs a request
_AGAIN = const(30)  # polls after which what was refused is asked for again


def raw_value(words, at, kind):
    """The number at words[at]: int, float for f32, or None where it reads as "not available".

    Markers: 0xFFFF, 0x7FFF, 0xFFFFFFFF, 0x7FFFFFFF (Sungrow V1.1.9), 0x8000 and 0x80000000
    (SunSpec), NaN and ±3.4e38 (SolarEdge).
    """
    if kind == "u16":
        return None if words[at] == 0xFFFF else words[at]
    if kind == "u16_sw":  # the low byte first, against the standard
        return None if words[at] == 0xFFFF else words[at] >> 8 | (words[at] & 0xFF) << 8
    if kind == "s16":
        if words[at] in (0x7FFF, 0x8000):
            return None
        return words[at] - 0x10000 if words[at] > 0x7FFF else words[at]
    high, low = words[at], words[at + 1]
    if kind.endswith("_lo"):
        high, low = low, high
    if kind.startswith("f32"):
        value = struct.unpack(">f", struct.pack(">HH", high, low))[0]
        return value if -1e30 < value < 1e30 else None
    if kind.startswith("u32"):
        return None if high == low == 0xFFFF else high * 65536 + low
    if (high, low) in ((0x7FFF, 0xFFFF), (0x8000, 0)):
        return None
    return (high - 0x10000 if high > 0x7FFF else high) * 65536 + low


class Words:
    """Words by function and wire address, as read in blocks."""

    def __init__(self):
        self._blocks = []  # (function, address, words)

    def put(self, function, address, words):
        """Keep the words of one read; an older copy of the same block goes."""
        self._blocks = [b for b in self._blocks if b[0] != function or b[1] != address]
        self._blocks.append((function, address, words))

    def raw(self, field):
        """The field's raw number, or None where it was not read or reads as not available."""
        for function, address, words in self._blocks:
            at = field.address - address
            inside = function == field.function and at >= 0
            if inside and at + width(field) <= len(words):
                return raw_value(words, at, field.type)
        return None

    def value(self, field):
        """The field in its unit, or None."""
        if field is None:
            return None
        raw = self.raw(field)
        extras = field.extras
        if raw is None:
            return extras.get("na")
        if "mask" in extras:
            raw &= extras["mask"]
        value = raw * field.scale
        if "sf" in extras:
            power = self.raw(Field(field.function, extras["sf"], "s16", 1, {}))
            if power is None or not -10 <= power <= 10:
                return None
            value = value * 10**power if power >= 0 else value / 10**-power
        return value + extras.get("offset", 0)

    def all_ones(self, field):
        """True if every word read along with the field is 0xFFFF: an answer without a content."""
        for function, address, words in self._blocks:
            if function == field.function and 0 <= field.address - address < len(words):
                return all(word == 0xFFFF for word in words)
        return False


class Battery:
    """The battery behind one inverter, polled through `ask` as its profile says."""

    def __init__(self, profile, ask):
        self._profile = profile
        self._ask = ask
        self._words = Words()
        self._polls = 0
        self._located = profile.sunspec is None
        self._batteries = 0  # further ones that were there in the last polls
        self._missing = 0  # polls for which one of them was not
        self.longer = 0  # words that a read is longer than needed, lest others ask for as many
        self._arrange()

    def _arrange(self):
        """Split the reads into those that the power needs and those that can wait."""
        p = self._profile
        vital = [getattr(p, name) for name in p.needs if name != "direction"]
        vital += [p.direction.at] if p.direction else []
        vital += [p.counter] if p.counter else []
        slow = [f for f in (p.soc, p.volts, p.amps, p.temp) if f and f not in vital]
        everything = blocks(vital + slow, p.gap)
        self.vital = [b for b in everything if any(_inside(b, f) for f in vital)]
        self._more = blocks(p.more, p.gap)
        self._slow = [b for b in everything if b not in self.vital]
        self._refused = []

    async def sample(self):
        """Ask once. Raises rtu.FrameError where the power could not be asked for."""
        if not self._located:
            async with Module("firmware.inverter.sunspec") as sunspec:  # most inverters are none
                self._profile = await sunspec.located(self._profile, self._ask)
            self._located = True
            self._arrange()
        for block in self.vital:
            await self._fetch(block)
        if self._more and (self._batteries or self._polls % _AGAIN == 0):
            await self._fetch_more()
        if self._polls % _EXTRAS_EVERY == 0:
            await self._fetch_slow()
        self._polls += 1
        return self._sample()

    def sizes(self):
        """How many words its reads ask for."""
        return [count + self.longer for _, _, count in self.vital + self._more + self._slow]

    async def _fetch(self, block):
        function, address, count = block
        words = await self._ask(function, address, count + self.longer)
        self._words.put(function, address, words)

    async def _fetch_more(self):
        """The further batteries; one that was never paired may have no registers."""
        for block in self._more:
            try:
                await self._fetch(block)
            except rtu.Refused as why:
                if not why.final:
                    raise
                self._words.put(block[0], block[1], ())

    async def _fetch_slow(self):
        """What cannot be had stays unknown: the power does not depend on it."""
        if self._polls % _AGAIN == 0:
            self._slow += self._refused
            self._refused = []
        for block in list(self._slow):
            try:
                await self._fetch(block)
            except rtu.Refused as why:
                if why.final:
                    self._slow.remove(block)
                    self._refused.append(block)
            except rtu.FrameError:
                pass  # the line counts its faults; the next look is a few polls away

    def _sample(self):
        p, value = self._profile, self._words.value
        watts = getattr(self, p.how)()
        why = "battery power reads invalid"
        if watts is not None and p.more:
            watts, why = self._with_more(watts)
        volts, amps = value(p.volts), value(p.amps)
        witness_w = None
        if (
            volts is not None
            and amps is not None
            and not p.how.endswith("product")
            and not self._batteries
        ):
            vital = self.vital
            at_once = [f for f in (p.volts, p.amps) if any(_inside(b, f) for b in vital)]
            if len(at_once) == 2:
                witness_w = abs(volts * amps)
        if watts is not None:
            watts, why = int(round(watts)), ""
        return Sample(
            watts, value(p.soc), volts, amps, value(p.temp), witness_w, value(p.counter), why, ""
        )

    def _with_more(self, watts):
        """(watts, why) of all batteries; None for a while where one is missing."""
        found = 0
        for field in self._profile.more:
            value = None if self._words.all_ones(field) else self._words.value(field)
            if value is not None:
                found += 1
                watts += value
        self._missing = self._missing + 1 if found < self._batteries else 0
        if 0 < self._missing < _AGAIN:
            return None, "a battery that was there does not answer"
        self._batteries = found
        return watts, ""

    def signed(self):
        """Watts of a power register with a sign."""
        power = self._profile.power
        return None if self._words.all_ones(power) else self._words.value(power)

    def magnitude(self):
        """Watts of a power register whose direction stands in another one."""
        direction = self._profile.direction
        power = self._words.value(self._profile.power)
        way = self._words.raw(direction.at)
        if power is None or way is None:
            return None
        if way in direction.discharging:
            return abs(power)
        if way in direction.charging:
            return -abs(power)
        return 0 if power == 0 else None

    def difference(self):
        """Watts, or amps, of discharging less those of charging."""
        words, p = self._words, self._profile
        discharge, charge = words.value(p.discharge), words.value(p.charge)
        if discharge is None or charge is None or words.all_ones(p.charge):
            return None
        if words.raw(p.discharge) is None and words.raw(p.charge) is None:
            return None  # "na" may stand in for one of them, never for both
        return discharge + charge

    def net_product(self):
        """Watts from volts and two currents."""
        volts, amps = self._words.value(self._profile.volts), self.difference()
        return None if volts is None or amps is None else volts * amps

    def product(self):
        """Watts from volts and amps."""
        volts = self._words.value(self._profile.volts)
        amps = self._words.value(self._profile.amps)
        return None if volts is None or amps is None else volts * amps


def _inside(block, field):
    return block[0] == field.function and 0 <= field.address - block[1] < block[2]
