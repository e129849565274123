"""Asyncio Modbus RTU master on a machine.UART: a question gets its own answer or a FrameError.

RTU has no sequence numbers: an answer that comes late looks exactly like the answer to the next
question of the same size. So every question that stayed unanswered is kept in a ledger, and
before another one of the same size the line is settled (lib/rtusettle.py, in memory meanwhile):

1. a lone one in the ledger gets `late_ms` more. Its answer settles the line, and where the same
   is to be asked again, that answer is the one;
2. else a few words are asked for, of a size that nothing in the ledger has. A slave answers in
   order, so that answer proves that nothing older is still on its way.

Clock domain: second (objects are fine). No call blocks longer than about 5 ms.
"""

import struct
from array import array

from micropython import const

from lib.rtuframe import FrameError, Refused, crc16
from lib.several import Modules

PARITIES = "NEO"
# Two masters on one line, or a transceiver wired the wrong way round.
_NEVER_SILENT_MS = const(1000)
# No slave pauses that long inside a frame; polls and USB adapters do pause for 20.
_GAP_MS = const(100)
_LOOK_MS = const(20)  # between two looks into the receiver, which holds more than that
_LONGEST_LOOK_MS = const(80)  # while an answer is arriving whose end is known
_BACKOFF_FIRST_MS = const(1000)
_BACKOFF_LAST_MS = const(30000)
REST_MS = 50  # between an answer and the next question; solis_modbus keeps as much
_TRIPS = const(32)  # round trips remembered for the statistics
_FORGET_MS = const(60000)  # no answer comes later than that
_STRAY_BYTES = const(300)  # of what nobody asked for, until somebody looks
_KNOWN = const(8)  # requests kept, sealed
_ECHO_BYTES = const(8)  # a read request: unit, function, address, count, CRC
_OVERHEAD = const(5)  # unit, function, byte count and CRC around the words of a reply


class Client:
    """The master of one line. Hand in a UART, a clock and, where there is one, the DE pin.

    de: called with `de_active` before and `1 - de_active` after sending (a machine.Pin will do).
    late_ms: how long an answer may still trickle in after its timeout.
    """

    def __init__(self, uart, clock, de=None, de_active=1, late_ms=1100):
        self.uart = uart
        self.clock = clock
        self._de = de
        self._de_active = de_active
        self.late_ms = late_ms
        self._busy = False
        self._hunt = None  # rtusearch.hunt, while answers come disturbed
        self.known = []  # requests that were sealed before
        self.ledger = []  # (request, asked at): never answered, oldest first
        self.stray = b""  # arrived without being asked for, since somebody last looked
        self.trips = array("H", [0] * _TRIPS)
        self.listened_ms = self.answered_ms = clock.ms()  # answered: when the last answer came
        self.requests = self.good = self.late = 0
        self.faults = {}  # kind of FrameError -> how often
        self.echo = False  # the transceiver hands our own bytes back
        self.silent_in_row = self.busy_in_row = 0
        self.line = None
        self.char_us = 11 * 1000000 // 9600
        if de:
            de(1 - de_active)

    def set_line(self, baud, parity="N", stop_bits=1):
        """Set speed and frame (parity "N", "E" or "O"), unless the line has them already."""
        if self.line != (baud, parity, stop_bits):
            code = None if parity == "N" else PARITIES.index(parity) - 1  # as machine.UART counts
            self.uart.init(baudrate=baud, bits=8, parity=code, stop=stop_bits)
            self.line = (baud, parity, stop_bits)
            self.char_us = (9 + (parity != "N") + stop_bits) * 1000000 // baud

    @property
    def backoff_ms(self):
        """How long a polite master waits now: 0 while answers come, else 1 to 30 s."""
        in_row = max(self.silent_in_row - 1, self.busy_in_row)
        if in_row < 1:
            return 0
        return min(_BACKOFF_LAST_MS, _BACKOFF_FIRST_MS << min(in_row - 1, 5))

    async def read(self, unit, function, address, count, timeout_ms=1000, settle=True):
        """The `count` words at a wire address, as a tuple of unsigned ints. function: 3 or 4.

        settle False: one question of a search, where no answer is the usual case. The answer may
        be an older one's: good enough to find who is there, never for a reading; nothing is
        counted as a fault. Raises FrameError, or Refused for an exception.
        """
        while self._busy:
            await self.clock.sleep_ms(_LOOK_MS)
        self._busy = True
        data = None
        try:
            request = await self.request(unit, function, address, count)
            while self.ledger and not 0 <= self.clock.since_ms(self.ledger[0][1]) < _FORGET_MS:
                self.ledger.pop(0)
            if settle and self.owed(request):
                async with Modules("lib.rtuwords", "lib.rtusettle") as (_, rtusettle):
                    data = await rtusettle.settle(self, request, timeout_ms)
            if data is None:
                data = await self.ask(request, timeout_ms)
        except FrameError as why:
            if settle:
                self._count_fault(why)
            raise
        except OSError as why:  # the port itself: unplugged adapter, closed PTY
            fault = FrameError("line", "the port failed: %s" % why)
            if settle:
                self._count_fault(fault)
            raise fault
        finally:
            self._busy = False
        self.good += 1
        self.silent_in_row = self.busy_in_row = 0
        return struct.unpack(">%dH" % count, data)

    def _count_fault(self, why):
        self.faults[why.kind] = self.faults.get(why.kind, 0) + 1
        self.busy_in_row = self.busy_in_row + 1 if why.busy else 0
        self.silent_in_row = self.silent_in_row + 1 if why.kind in ("no answer", "line") else 0

    def owed(self, request):
        """True if an answer of the same shape as this request's may still be on its way."""
        for other, _ in self.ledger:
            if other[5] == request[5] and other[0] == request[0] and other[1] == request[1]:
                return True
        return False

    async def request(self, unit, function, address, count):
        """The sealed question, kept for the next time."""
        for known in self.known:
            same = known[0] == unit and known[1] == function and known[5] == count
            if same and known[2] << 8 | known[3] == address:
                return known
        needed = "umodbus.const", "umodbus.functions", "lib.rtumake"  # a turn for each
        async with Modules(*needed) as (_, _, rtumake):
            request = rtumake.request(unit, function, address, count)
        self.known.append(request)
        if len(self.known) > _KNOWN:
            self.known.pop(0)
        return request

    async def ask(self, request, timeout_ms):
        """One question and the register bytes of its answer."""
        heard = await self.silence()
        if heard:
            await self.note(heard)
        self.requests += 1
        self.ledger.append((request, self.clock.ms()))
        if self._de:
            self._de(self._de_active)
        try:
            self.uart.write(request)
            # flush() blocks, so sleep through most of it: the last 3 ms are exact
            await self.clock.sleep_ms(max(0, len(request) * self.char_us // 1000 - 3))
            self.uart.flush()
        finally:
            if self._de:
                self._de(1 - self._de_active)
        start_ms = self.clock.ms()
        try:
            data = await self.listen(request, timeout_ms)
        except Refused:
            # it may be an older one that was refused: one answer less is owed, no more is proved
            for entry in self.ledger:
                if entry[0][1] == request[1] and entry[0][0] == request[0]:
                    self.ledger.remove(entry)
                    break
            raise
        finally:
            self.listened_ms = self.clock.ms()
        if data is None:
            raise FrameError("no answer")
        self.ledger.clear()  # a slave answers in order: nothing older will come
        self.answered_ms = self.listened_ms
        self.trips[self.good % _TRIPS] = min(65535, self.clock.since_ms(start_ms))
        return data

    async def note(self, heard):
        """What was not asked for settles what it answers late; the rest waits for who wonders."""
        if self.ledger:
            async with Modules("lib.rtuwords", "lib.rtusettle") as (_, rtusettle):
                if rtusettle.strike_out(self, heard):
                    return
        self.keep(heard)

    def keep(self, heard):
        """Strays wait for who wonders what they are."""
        self.stray = (self.stray + heard)[-_STRAY_BYTES:]

    async def silence(self):
        """What lies in the receiver, once the line was silent for 3.5 characters.

        The inverter also gets REST_MS since the last answer.
        """
        rest_ms = REST_MS - self.clock.since_ms(self.listened_ms)
        if 0 < rest_ms <= REST_MS:
            await self.clock.sleep_ms(rest_ms)
        silence_ms = max(2, (self.char_us * 7 // 2 + 999) // 1000)
        begin_ms = self.clock.ms()
        heard = b""
        while True:
            waiting = self.uart.any()
            if waiting:
                heard = (heard + (self.uart.read(waiting) or b""))[-_STRAY_BYTES:]
                if self.clock.since_ms(begin_ms) > _NEVER_SILENT_MS:
                    raise FrameError("line", "the line is never silent")
            await self.clock.sleep_ms(silence_ms)
            if not self.uart.any():
                return heard

    async def listen(self, request, timeout_ms, heard=b"", asked=True):
        """The register bytes of the reply, or None where nothing came.

        An undisturbed one is read here; as soon as anything else comes lib/rtusearch.py hunts for
        it, and raises FrameError for what it finds instead. heard, asked: see there.
        """
        clock, char_us = self.clock, self.char_us
        count = 2 * request[5]
        head = bytes((request[0], request[1], count))
        start_ms = heard_ms = clock.ms()
        self.echo = odd = False
        new, heard, have = heard, b"", 0
        while True:
            waiting = self.uart.any()
            if waiting:
                new += self.uart.read(waiting) or b""
                heard_ms = clock.ms()
            if new:
                heard += new
                new = b""
                if not self.echo and heard[:_ECHO_BYTES] == request:
                    self.echo = True
                    heard = heard[_ECHO_BYTES:]
                have = len(heard)
                missing = count + _OVERHEAD - have
                echoing = not self.echo and heard == request[:have]
                if heard[:3] != head[:have]:
                    odd = not echoing
                elif missing <= 0:
                    if not missing and not echoing and not crc16(heard, 0, have):
                        self._hunt = None
                        return heard[3:-2]
                    odd = True
            over = clock.since_ms(start_ms) >= timeout_ms
            if have or self.echo and over:
                if odd or over or clock.since_ms(heard_ms) > _GAP_MS:
                    break
            elif over:
                return None
            arriving_ms = missing * char_us // 1000 + 1 if have else _LOOK_MS
            await clock.sleep_ms(min(_LONGEST_LOOK_MS, arriving_ms))
        if not self._hunt:
            async with Modules("lib.rtuwords", "lib.rtusearch") as (_, rtusearch):
                self._hunt = rtusearch.hunt  # stays while the line is like that
        return await self._hunt(self, request, heard, start_ms, heard_ms, timeout_ms, asked)
