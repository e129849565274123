"""Follow another master's questions and answers, and never say a word. Loaded while wanted.

Where a logger must stay the only master, its own reads carry the battery power, if they carry the
registers of the chosen profile (split over several reads too). What it does not read stays
unknown. A reading is dated by the answer that brought it, so a slow master makes an old reading.
"""

import struct

from micropython import const

from lib.ondemand import Module
from lib.rtu import FrameError, Refused
from lib.rtuwords import frames

_LOOK_MS = const(100)  # the receiver holds half a second of a busy line
_FRESH_MS = const(60000)  # words older than that are not of the same moment
_BUFFER_BYTES = const(600)
_BLOCKS = const(12)  # reads that are remembered
_OTHERS = 0xFFFF  # what nobody reads


async def make(inverter, profile):
    """A Listener for the profile."""
    listener = Listener(inverter)
    now = inverter.settings.now
    async with Module("firmware.inverter.choose") as choose:
        listener.battery = await choose.make_battery(profile, listener.ask, now.direction)
    return listener


class Listener:
    """In place of a Battery: `sample` waits for what the other master reads."""

    def __init__(self, inverter):
        self._inverter = inverter
        self._clock = inverter.clock
        self.battery = None
        self._heard = b""
        self._question = None  # the read question that was heard last
        self._blocks: list = []  # [function, address, words, at_ms], newest last
        self.at_ms = 0  # when the words of the latest sample arrived
        self._every_ms = 0
        self._new = False
        self.news = None
        self.note = "listening: nothing heard yet"

    def __getattr__(self, name):
        """Witnesses, question, direction, answer …: the battery's own."""
        return getattr(self.battery, name)

    async def sample(self):
        """The battery as the other master's reads show it; FrameError where they do not."""
        waited_ms, begun_ms = 0, self._clock.ms()
        longest_ms = max(1000, int(self._inverter.settings.now.poll_s * 1000))
        while not self._new and waited_ms < longest_ms and not self._inverter.paused:
            await self._clock.sleep_ms(_LOOK_MS)
            self._hear()
            waited_ms = self._clock.since_ms(begun_ms)
        if not self._new:
            raise FrameError("no answer")
        self._new = False
        self._clear_old()
        try:
            sample = await self.battery.sample()
        except Refused:
            raise FrameError("no answer", "nobody asks for the battery's registers")
        self.news = getattr(self.battery, "news", None)
        if self.news:
            self.battery.news = None
        return sample

    async def ask(self, function, address, count):
        """The words of a read, as far as others asked for them."""
        words = [_OTHERS] * count
        known = False
        newest_ms = None
        for theirs, start, values, at_ms in self._blocks:
            if theirs == function and start < address + count and start + len(values) > address:
                known = True
                if newest_ms is None or self._clock.since_ms(at_ms) < newest_ms:
                    newest_ms = self._clock.since_ms(at_ms)
                for i in range(max(start, address), min(start + len(values), address + count)):
                    words[i - address] = values[i - start]
        if not known:
            raise Refused(2)
        return tuple(words)

    def _hear(self):
        """Take in what came; every answer behind its question is a block of words."""
        uart = self._inverter.client.uart
        waiting = uart.any()
        if waiting:
            self._heard = (self._heard + (uart.read(waiting) or b""))[-_BUFFER_BYTES:]
        elif self._heard:
            unit = self._inverter.settings.now.unit_address
            for frame in frames(self._heard, len(self._heard)):
                if frame[0] == unit:
                    self._take(frame)
            self._heard = b""

    def _take(self, frame):
        if len(frame) == 8:
            self._question = frame
            return
        question, self._question = self._question, None
        if not question or question[1] != frame[1] or frame[2] != 2 * question[5]:
            return
        address = question[2] << 8 | question[3]
        words = struct.unpack(">%dH" % question[5], frame[3:-2])
        self._blocks = [b for b in self._blocks if b[0] != frame[1] or b[1] != address]
        self._blocks = self._blocks[1 - _BLOCKS :]
        now_ms = self._clock.ms()
        self._blocks.append((frame[1], address, words, now_ms))
        if self.at_ms:
            self._every_ms = self._clock.since_ms(self.at_ms)
        self.at_ms = now_ms
        self._new = True
        self.note = "listening: an answer every %.1f s" % (self._every_ms / 1000)

    def _clear_old(self):
        fresh = self._clock.since_ms
        self._blocks = [b for b in self._blocks if 0 <= fresh(b[3]) < _FRESH_MS]
