"""Follow another master's questions and answers, and never say a word. Loaded while wanted.

Where a logger must stay the only master, its own reads carry the battery power, if they carry the
registers of the chosen profile (split over several reads too). What it does not read stays
unknown. A reading is dated by the oldest answer that its power and direction come from, so a slow
master makes an old reading.
"""

import struct

from micropython import const

from lib.ondemand import Module
from lib.rtu import FrameError, Refused
from lib.rtuwords import frames

_LOOK_MS = const(100)  # the receiver holds half a second of a busy line
_BUFFER_BYTES = const(600)
_BLOCKS = const(16)  # reads that are remembered
_OTHERS = 0xFFFF  # what nobody reads
# Sungrow's power and flags: what a reading's sign and size come from (sungrow.py)
_SUNGROW = ((4, 13021, 1), (4, 13000, 1))


async def make(inverter, profile):
    """A Listener for the profile: one inverter, or two at unit_address and unit_address_2."""
    listener = Listener(inverter)
    now = inverter.settings.now
    units = (now.unit_address, now.unit_address_2)
    asks = [listener.asking(unit) for unit in units if unit]
    room = "firmware.inverter."
    async with Module(room + "choose") as choose:
        listener.battery = await choose.make_battery(profile, asks[0], now.direction)
        if asks[1:]:
            async with Module(room + "sums") as sums:
                second = await choose.make_battery(profile, asks[1])
                listener.battery = sums.Sum(listener.battery, second)
    listener.units = [unit for unit in units if unit]
    return listener


class Listener:
    """In place of a Battery: `sample` waits for what the other master reads."""

    def __init__(self, inverter):
        self._inverter = inverter
        self._clock = inverter.clock
        self.battery = None
        self.units: list = []
        self._heard = b""
        self._question = None  # the read question that was heard last
        self._blocks: list = []  # [unit, function, address, words, at_ms, new], newest last
        self.at_ms = 0  # when the words of the latest sample arrived, the oldest of them
        self._came_ms = 0  # when there was something new of the battery
        self._new = False
        self.news = None
        self.note = "listening: nothing heard yet"

    def __getattr__(self, name):
        """Witnesses, question, direction, answer …: the battery's own."""
        return getattr(self.battery, name)

    async def sample(self):
        """The battery as the other master's reads show it; FrameError where they do not."""
        begun_ms = self._clock.ms()
        longest_ms = max(1000, int(self._inverter.settings.now.poll_s * 1000))
        while not self.hear() and not self._inverter.paused:
            if self._clock.since_ms(begun_ms) >= longest_ms:
                raise FrameError("no answer")
            await self._clock.sleep_ms(_LOOK_MS)
        self._new = False
        self._forget_the_old()
        self.at_ms = self._oldest_ms()
        try:
            sample = await self.battery.sample()
        except Refused:
            raise FrameError("no answer")
        if sample.battery_w is not None:
            for block in self._blocks:
                block[5] = False
        self.news = getattr(self.battery, "news", None)
        if self.news:
            self.battery.news = None
        return sample

    def asking(self, unit):
        """A coroutine function that gives a unit's words, as far as others asked for them."""

        async def ask(function, address, count):
            words, known = [_OTHERS] * count, False
            for theirs, at, start, values, _, _ in self._blocks:
                if (theirs, at) == (unit, function):
                    for i in range(max(start, address), min(start + len(values), address + count)):
                        words[i - address] = values[i - start]
                        known = True
            if not known:
                raise Refused(2)
            return tuple(words)

        return ask

    def hear(self):
        """Take in what came; True once there is something new of the battery."""
        uart = self._inverter.client.uart
        waiting = uart.any()
        if waiting:
            self._heard = (self._heard + (uart.read(waiting) or b""))[-_BUFFER_BYTES:]
            end = 0
            for frame in frames(self._heard, len(self._heard)):
                end = self._heard.find(frame, end) + len(frame)
                self._take(frame)
            self._heard = self._heard[end:]  # what has not come whole yet
        return self._new

    def _take(self, frame):
        if len(frame) == 8:
            self._question = frame
            return
        question, self._question = self._question, None
        if not question or question[:2] != frame[:2] or frame[2] != 2 * question[5]:
            return
        block = [frame[0], frame[1], question[2] << 8 | question[3]]
        self._blocks = [b for b in self._blocks if b[:3] != block][1 - _BLOCKS :]
        words = struct.unpack(">%dH" % question[5], frame[3:-2])
        now_ms = self._clock.ms()
        self._blocks.append(block + [words, now_ms, True])
        if self._new or not self._all_new():
            return
        self._new = True
        if self._came_ms:
            every_s = self._clock.since_ms(self._came_ms) / 1000
            self.note = "listening: an answer every %.1f s" % every_s
        self._came_ms = now_ms

    def _vital(self):
        """For each read that power and direction come from: the blocks that have words of it."""
        wanted = getattr(self.battery, "vital", _SUNGROW)
        for unit in self.units:
            for function, address, count in wanted:
                yield [
                    block
                    for block in self._blocks
                    if block[:2] == [unit, function]
                    and block[2] < address + count
                    and address < block[2] + len(block[3])
                ]

    def _all_new(self):
        """True once all that is read of them was read anew: power and direction of one time."""
        heard = [blocks for blocks in self._vital() if blocks]
        return heard and all([any([block[5] for block in blocks]) for blocks in heard])

    def _oldest_ms(self):
        """When the oldest of the words came that a reading is made of."""
        oldest_ms, since = self._clock.ms(), self._clock.since_ms
        for blocks in self._vital():
            for block in blocks:
                oldest_ms = block[4] if since(block[4]) > since(oldest_ms) else oldest_ms
        return oldest_ms or 1  # 0 means "not yet"

    def complaint(self):
        """What is missing, in words; the seconds are put behind them."""
        if not self._blocks:
            return "listening, but nobody asks for anything, for"
        return "listening, but nobody asks for the battery's registers, for"

    def _forget_the_old(self):
        """Words older than a reading may be are of no use: neither as power nor as direction."""
        since, old_ms = self._clock.since_ms, int(self._inverter.settings.now.stale_s * 1000)
        self._blocks = [b for b in self._blocks if 0 <= since(b[4]) < old_ms]
