"""Ask an inverter for its battery as a profile says; make watts, percent, volts, amps of it.

Clock domain: second. `ask(function, address, count)` is a coroutine that gives a tuple of words or
raises rtu.FrameError. Nothing here knows of a line, settings or time.
"""

import struct
from collections import namedtuple

from firmware.inverter.profile import Field, blocks, width
from lib import rtu
from lib.ondemand import Module

EXTRAS_EVERY = 10  # polls between two looks at what changes slowly and costs a request of its own

# battery_w is None where it could not be had; `why` says so in words. witness_w: |volts × amps| of
# the same moment, None where they were read at another one. counter: a register that moves with
# every update of the inverter, None where the profile has none. state: "" | "forced" (the inverter
# says that it follows orders, not the sun) | "disputed" (the last reading is not to be trusted).
# fmt: off
Sample = namedtuple(
    "Sample",
    ("battery_w", "soc_pct", "battery_v", "battery_a", "temp_c", "witness_w", "counter", "why",
     "state"),
)
# fmt: on


def raw_value(words, at, kind):
    """The number at words[at]: int, float for f32, or None where it reads as "not available".

    Markers: 0xFFFF, 0x7FFF, 0xFFFFFFFF, 0x7FFFFFFF (Sungrow V1.1.9), 0x8000 and 0x80000000
    (SunSpec), NaN and ±3.4e38 (SolarEdge).
    """
    if kind == "u16":
        return None if words[at] == 0xFFFF else words[at]
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
        self.second = profile.second  # None once the inverter says that there is no second one
        self._arrange()

    def _arrange(self):
        """Split the reads into those that the power needs and those that can wait."""
        p = self._profile
        vital = [getattr(p, name) for name in p.needs if name != "direction"]
        vital += [p.direction.at] if p.direction else []
        vital += [f for f in (self.second, p.counter) if f]
        slow = [f for f in (p.soc, p.volts, p.amps, p.temp) if f and f not in vital]
        everything = blocks(vital + slow, p.gap)
        self._vital = [b for b in everything if any(_inside(b, f) for f in vital)]
        self._slow = [b for b in everything if b not in self._vital]

    async def sample(self):
        """Ask once. Raises rtu.FrameError where the power could not be asked for."""
        if not self._located:
            with Module("firmware.inverter.sunspec") as sunspec:  # most inverters are none
                self._profile = await sunspec.located(self._profile, self._ask)
            self.second = self._profile.second
            self._located = True
            self._arrange()
        for block in self._vital:
            await self._fetch_vital(block)
        if self._polls % EXTRAS_EVERY == 0:
            await self._fetch_slow()
        self._polls += 1
        return self._made()

    async def _fetch_vital(self, block):
        try:
            self._words.put(block[0], block[1], await self._ask(*block))
        except rtu.Refused as why:
            # a second battery that was never paired has no registers
            if self.second is None or not why.final or not _inside(block, self.second):
                raise
            self.second = None
            self._arrange()
            if any(b[1] == block[1] for b in self._vital):
                raise

    async def _fetch_slow(self):
        """What cannot be had stays unknown: the power does not depend on it."""
        for block in list(self._slow):
            try:
                self._words.put(block[0], block[1], await self._ask(*block))
            except rtu.Refused as why:
                if why.final:
                    self._slow.remove(block)
            except rtu.FrameError:
                pass  # the line counts its faults; the next look is a few polls away

    def _made(self):
        p, watts = self._profile, self._watts()
        witnessed = (
            p.how != "product"
            and not self.second
            and any(p.volts and _inside(block, p.volts) for block in self._vital)
            and any(p.amps and _inside(block, p.amps) for block in self._vital)
        )
        return self._sample(
            watts, "" if watts is not None else "battery power reads invalid", witnessed
        )

    def _sample(self, watts, why, witnessed):
        p, value = self._profile, self._words.value
        volts, amps = value(p.volts), value(p.amps)
        known = witnessed and volts is not None and amps is not None
        witness_w = abs(volts * amps) if known else None
        return Sample(
            watts, value(p.soc), volts, amps, value(p.temp), witness_w, value(p.counter), why, ""
        )

    def _watts(self):
        """Battery power in whole watts, + = discharging, or None."""
        watts = getattr(self, "_" + self._profile.how)()
        if watts is None or not self.second:
            return None if watts is None else int(round(watts))
        if self._words.all_ones(self.second):
            return int(round(watts))
        second = self._words.value(self.second)
        return int(round(watts + (second or 0)))

    def _signed(self):
        power = self._profile.power
        return None if self._words.all_ones(power) else self._words.value(power)

    def _magnitude(self):
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

    def _difference(self):
        words, p = self._words, self._profile
        discharge, charge = words.value(p.discharge), words.value(p.charge)
        if discharge is None or charge is None or words.all_ones(p.charge):
            return None
        if words.raw(p.discharge) is None and words.raw(p.charge) is None:
            return None  # "na" may stand in for one of them, never for both
        return discharge + charge

    def _product(self):
        volts = self._words.value(self._profile.volts)
        amps = self._words.value(self._profile.amps)
        return None if volts is None or amps is None else volts * amps


def _inside(block, field):
    return block[0] == field.function and 0 <= field.address - block[1] < block[2]
