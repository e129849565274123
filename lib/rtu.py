"""Asyncio Modbus RTU master on a machine.UART: a question gets its own answer or a FrameError.

RTU has no sequence numbers: an answer that comes late looks exactly like the answer to the next
question of the same size. So every question that stayed unanswered is kept in a ledger, and
before another one of the same size the line is settled:

1. a lone one in the ledger gets `late_ms` more. Its answer settles the line, and where the same
   is to be asked again, that answer is the one;
2. else a few words are asked for, of a size that nothing in the ledger has. A slave answers in
   order, so that answer proves that nothing older is still on its way.

Clock domain: second (objects are fine). No call blocks longer than about 5 ms.
"""

import struct
from array import array

from micropython import const

from lib.ondemand import Module
from lib.rtuframe import BUFFER_BYTES, FrameError, Refused, Search, sealed

PARITIES = "NEO"
# Two masters on one line, or a transceiver wired the wrong way round.
_NEVER_SILENT_MS = const(1000)
# No slave pauses that long inside a frame; polls and USB adapters do pause for 20.
_GAP_MS = const(100)
_LOOK_MS = const(20)  # between two looks into the receiver, which holds more than that
_BACKOFF_FIRST_MS = const(1000)
_BACKOFF_LAST_MS = const(30000)
REST_MS = 50  # between an answer and the next question; solis_modbus keeps as much
_TRIPS = const(32)  # round trips remembered for the statistics
_LARGEST_FENCE = const(12)  # words asked for to settle the line
_FORGET_MS = const(60000)  # no answer comes later than that
_STRAY_BYTES = const(300)  # of what nobody asked for, until somebody looks
_KNOWN = const(8)  # requests kept, sealed


class Client:
    """The master of one line. Hand in a UART, a clock and, where there is one, the DE pin.

    de: called with `de_active` before and `1 - de_active` after sending (a machine.Pin will do).
    late_ms: how long an answer may still trickle in after its timeout.
    """

    def __init__(self, uart, clock, de=None, de_active=1, late_ms=1100):
        self.uart = uart
        self._clock = clock
        self._de = de
        self._de_active = de_active
        self._late_ms = late_ms
        self._busy = False
        self._buffer = bytearray(BUFFER_BYTES)
        self.known = []  # requests that were sealed before
        self.ledger = []  # (request, asked at): never answered, oldest first
        self.stray = b""  # arrived without being asked for, since somebody last looked
        self.trips = array("H", [0] * _TRIPS)
        self._listened_ms = self.answered_ms = clock.ms()  # answered: when the last answer came
        self.requests = self.good = self.late = 0
        self.faults = {}  # kind of FrameError -> how often
        self.echo = False  # the transceiver hands our own bytes back
        self.silent_in_row = self.busy_in_row = 0
        self.line = None
        self._char_us = 11 * 1000000 // 9600
        if de:
            de(1 - de_active)

    def set_line(self, baud, parity="N", stop_bits=1):
        """Set speed and frame (parity "N", "E" or "O"), unless the line has them already."""
        if self.line != (baud, parity, stop_bits):
            code = None if parity == "N" else PARITIES.index(parity) - 1  # as machine.UART counts
            self.uart.init(baudrate=baud, bits=8, parity=code, stop=stop_bits)
            self.line = (baud, parity, stop_bits)
            self._char_us = (9 + (parity != "N") + stop_bits) * 1000000 // baud

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
            await self._clock.sleep_ms(_LOOK_MS)
        self._busy = True
        try:
            data = await self._answer(unit, function, address, count, timeout_ms, settle)
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
        refused = why.kind == "refused"
        self.busy_in_row = self.busy_in_row + 1 if refused and why.busy else 0
        self.silent_in_row = self.silent_in_row + 1 if why.kind in ("no answer", "line") else 0

    async def _answer(self, unit, function, address, count, timeout_ms, settle):
        request = await self._request(unit, function, address, count)
        while self.ledger and not 0 <= self._clock.since_ms(self.ledger[0][1]) < _FORGET_MS:
            self.ledger.pop(0)
        if settle and self._owed(request):
            heard = await self._silence()
            data = None
            if len(self.ledger) == 1:
                data = await self._late(request, count, heard)
            else:
                await self._note(heard)
            if data is not None:
                return data
            if self._owed(request):
                await self._settle(unit, function, address, count, timeout_ms)
        return await self._ask(request, count, timeout_ms)

    def _owed(self, request):
        """True if an answer of the same shape as this request's may still be on its way."""
        for other, _ in self.ledger:
            if other[5] == request[5] and other[0] == request[0] and other[1] == request[1]:
                return True
        return False

    async def _late(self, request, count, heard):
        """Wait for the answer to the only open question; its bytes where it is this one's too.

        heard: what came since the last question, when exactly is not known.
        """
        search = Search(self.ledger[0][0], count, self._buffer)
        left_ms = self._late_ms - self._clock.since_ms(self._listened_ms)
        self.answered_ms = self._listened_ms
        try:
            data = search.feed(heard)
            if data is None and left_ms > 0:
                data = await self._listen(search, left_ms, False)
                self.answered_ms = self._clock.ms()
        except Refused:
            self.ledger.clear()
            return None
        if data is None:
            await self._note(heard)
            return None
        fresh = self._clock.since_ms(self.answered_ms) <= 2 * self._late_ms
        same = fresh and self.ledger[0][0] == request
        self.ledger.clear()
        self.late += 1
        return data if same else None

    async def _note(self, heard):
        """What was not asked for settles what it answers late; the rest waits for who wonders."""
        if heard and self.ledger:
            async with Module("lib.rtuwords") as rtuwords:
                if rtuwords.settle(self.ledger, heard, len(heard)):
                    return
        self._keep_stray(heard)

    async def _settle(self, unit, function, address, count, timeout_ms):
        """Make sure that no answer to an earlier question can be taken for the next one's."""
        taken = [request[5] for request, _ in self.ledger]
        sizes = [n for n in range(1, _LARGEST_FENCE + 1) if n != count and n not in taken]
        if not sizes:
            await self._clock.sleep_ms(timeout_ms)
        else:
            # fewer words than are wanted are there for certain
            size = sizes[0]
            fence = await self._request(unit, function, address, size)
            try:
                await self._ask(fence, size, timeout_ms)
            except Refused:
                pass  # an answer as good as any: the slave has come this far
        if self._owed((unit, function, 0, 0, 0, count)):
            raise FrameError("no answer", "an older question is still unanswered")

    async def _request(self, unit, function, address, count):
        """The sealed question, kept for the next time."""
        head = struct.pack(">BBHH", unit, function, address, count)
        for known in self.known:
            if known[:6] == head:
                return known
        async with Module("umodbus.const"), Module("umodbus.functions") as functions:
            read = functions.read_input_registers
            if function == 3:
                read = functions.read_holding_registers
            request = sealed(unit, read(address, count))
        self.known.append(request)
        if len(self.known) > _KNOWN:
            self.known.pop(0)
        return request

    async def _ask(self, request, count, timeout_ms):
        """One question and the register bytes of its answer."""
        await self._note(await self._silence())
        self.requests += 1
        self.ledger.append((request, self._clock.ms()))
        await self._send(request)
        search = Search(request, count, self._buffer)
        start_ms = self._clock.ms()
        try:
            data = await self._listen(search, timeout_ms, True)
        except Refused:
            # it may be an older one that was refused: one answer less is owed, no more is proved
            for entry in self.ledger:
                if entry[0][1] == request[1] and entry[0][0] == request[0]:
                    self.ledger.remove(entry)
                    break
            raise
        finally:
            self._listened_ms = self._clock.ms()
            self.echo = search.echoed
        if data is None:
            if len(self.ledger) == 1 and (search.spoiled or search.begun):
                self.ledger.clear()  # that was the answer
            if not search.received:
                raise FrameError("no answer")
            await self._note(bytes(self._buffer[: search.have]))
            async with Module("lib.rtuwords") as rtuwords:
                raise rtuwords.complaint(search)
        self.ledger.clear()  # a slave answers in order: nothing older will come
        if search.have > search.whole:
            behind = search.at + search.whole
            self._keep_stray(self._buffer[: search.at] + self._buffer[behind : search.have])
        self.answered_ms = self._listened_ms
        self.trips[self.good % _TRIPS] = min(65535, self._clock.since_ms(start_ms))
        return data

    def _keep_stray(self, data):
        """What was not asked for waits for somebody who wants to know who else is there."""
        if data:
            self.stray = (self.stray + data)[-_STRAY_BYTES:]

    async def _silence(self):
        """What lies in the receiver, once the line was silent for 3.5 characters.

        The inverter also gets REST_MS since the last answer.
        """
        rest_ms = REST_MS - self._clock.since_ms(self._listened_ms)
        if 0 < rest_ms <= REST_MS:
            await self._clock.sleep_ms(rest_ms)
        silence_ms = max(2, (self._char_us * 7 // 2 + 999) // 1000)
        begin_ms = self._clock.ms()
        heard = b""
        while True:
            waiting = self.uart.any()
            if waiting:
                heard = (heard + (self.uart.read(waiting) or b""))[-_STRAY_BYTES:]
                if self._clock.since_ms(begin_ms) > _NEVER_SILENT_MS:
                    raise FrameError("line", "the line is never silent")
            await self._clock.sleep_ms(silence_ms)
            if not self.uart.any():
                break
        return heard

    async def _send(self, frame):
        """Put the frame on the line; the driver is released within a character of its end."""
        if self._de:
            self._de(self._de_active)
        try:
            self.uart.write(frame)
            # flush() blocks, so sleep through most of it: the last 3 ms are exact
            await self._clock.sleep_ms(max(0, len(frame) * self._char_us // 1000 - 3))
            self.uart.flush()
        finally:
            if self._de:
                self._de(1 - self._de_active)

    async def _listen(self, search, timeout_ms, give_up_early):
        """Feed the search until it has the reply (its bytes) or there is no more hope (None)."""
        start_ms = heard_ms = self._clock.ms()
        last_ms = timeout_ms + _GAP_MS + search.whole * self._char_us // 1000
        while True:
            waiting = self.uart.any()
            if waiting:
                data = search.feed(self.uart.read(waiting) or b"")
                if data is not None:
                    return data
                heard_ms = self._clock.ms()
            gap = self._clock.since_ms(heard_ms) > _GAP_MS
            if not waiting and give_up_early and search.received and gap:
                whole = search.received >= search.whole + 8 * search.echoed
                if search.spoiled or search.begun or whole:
                    return search.feed(b"", True)
            arriving = search.begun and not gap
            if self._clock.since_ms(start_ms) >= (last_ms if arriving else timeout_ms):
                return search.feed(b"", True)
            arriving_ms = search.missing * self._char_us // 1000 + 1 if search.begun else _LOOK_MS
            await self._clock.sleep_ms(min(3 * _LOOK_MS, arriving_ms))
