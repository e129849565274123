"""Asyncio Modbus RTU master on a machine.UART: a question gets its own answer or a FrameError.

RTU has no sequence numbers: an answer that comes late looks exactly like the answer to the next
question of the same size. So after a question that stayed unanswered the line is in debt, and is
settled first:

1. listen for `late_ms` more: an owed answer that arrives now is thrown away and settles the debt;
2. else ask for a few words of a size never used otherwise. A slave answers in order, so its answer
   proves that nothing older is still on its way.

Clock domain: second (objects are fine). No call blocks longer than about 5 ms.
"""

import asyncio
import struct
from array import array

from micropython import const
from umodbus import functions

from lib.rtuframe import (  # noqa: F401, users of a Client find its faults here
    BadCrc,
    FrameError,
    Garbage,
    LineFault,
    NoAnswer,
    Refused,
    Search,
    Truncated,
    WrongCount,
    WrongFunction,
    WrongUnit,
    sealed,
)

PARITIES = {"N": None, "E": 0, "O": 1}  # as machine.UART counts them
# Two masters on one line, or a transceiver wired the wrong way round.
_NEVER_SILENT_MS = const(1000)
# No slave pauses that long inside a frame; polls and USB adapters do pause for 20.
_GAP_MS = const(100)
_BACKOFF_FIRST_MS = const(1000)
_BACKOFF_LAST_MS = const(30000)
REST_MS = 50  # between an answer and the next question; solis_modbus keeps as much
_TRIPS = const(32)  # round trips remembered for the statistics
_FENCE_WORDS = const(8)  # sizes tried for the settling question: 1..8 words


class Client:
    """The master of one line. Hand in a UART, a clock and, where there is one, the DE pin.

    de: called with `de_active` before and `1 - de_active` after sending (a machine.Pin will do).
    late_ms: how long an answer may still trickle in after its timeout.
    """

    def __init__(self, uart, clock, de=None, de_active=1, late_ms=1100):
        self._uart = uart
        self._clock = clock
        self._de = de
        self._de_active = de_active
        self._late_ms = late_ms
        self._lock = asyncio.Lock()
        self._buffer = bytearray(2 * 260)
        self._owed = None  # None | (frame, count) of a question that was never answered
        self._sizes = set()  # word counts that real questions use
        self._fence = 0
        self._trips = array("H", [0] * _TRIPS)
        self._listened_ms = clock.ms()
        self.requests = 0
        self.good = 0
        self.late = 0
        self.faults = {}  # kind of FrameError -> how often
        self.echo = False  # the transceiver hands our own bytes back
        self.silent_in_row = 0
        self.busy_in_row = 0
        self.line = None
        self._char_us = 11 * 1000000 // 9600
        if de:
            de(1 - de_active)

    def set_line(self, baud, parity="N", stop_bits=1):
        """Set speed and frame (parity "N", "E" or "O"), unless the line has them already."""
        if self.line == (baud, parity, stop_bits):
            return
        self._uart.init(baudrate=baud, bits=8, parity=PARITIES[parity], stop=stop_bits)
        self.line = (baud, parity, stop_bits)
        self._char_us = (9 + (parity != "N") + stop_bits) * 1000000 // baud
        self._sizes.clear()

    @property
    def backoff_ms(self):
        """How long a polite master waits now: 0 while answers come, else 1 to 30 s."""
        in_row = max(self.silent_in_row - 1, self.busy_in_row)
        if in_row < 1:
            return 0
        return min(_BACKOFF_LAST_MS, _BACKOFF_FIRST_MS << min(in_row - 1, 5))

    async def read(self, unit, function, address, count, timeout_ms=1000):
        """The `count` words at a wire address, as a tuple of unsigned ints. function: 3 or 4.

        Raises FrameError: NoAnswer, BadCrc, Truncated, WrongUnit, WrongFunction, WrongCount,
        Garbage, LineFault, or Refused with the exception's number in `code`.
        """
        async with self._lock:
            self._sizes.add(count)
            try:
                if self._owed is not None:
                    await self._settle(unit, function, address, count, timeout_ms)
                data = await self._ask(unit, function, address, count, timeout_ms)
            except FrameError as why:
                self._count_fault(why)
                raise
            except OSError as why:  # the port itself: unplugged adapter, closed PTY
                fault = LineFault("the port failed: %s" % why)
                self._count_fault(fault)
                raise fault
            self.good += 1
            self.silent_in_row = self.busy_in_row = 0
            return struct.unpack(">%dH" % count, data)

    async def probe(self, unit, function, address, count, timeout_ms=500):
        """One question of a search, where no answer is the usual case: words or FrameError.

        Nothing is settled beforehand, so on an uncertain line the answer may be an older one's:
        good enough to find who is there, never for a reading.
        """
        async with self._lock:
            try:
                data = await self._ask(unit, function, address, count, timeout_ms)
            except OSError as why:
                raise LineFault("the port failed: %s" % why)
            self.good += 1
            return struct.unpack(">%dH" % count, data)

    def status(self):
        """Statistics as numbers and words for page and console."""
        trips = sorted(self._trips[: min(self.good, _TRIPS)])
        return {
            "requests": self.requests,
            "good": self.good,
            "late": self.late,
            "faults": dict(self.faults),
            "trip_ms": [trips[0], trips[len(trips) // 2], trips[-1]] if trips else None,
            "echo": self.echo,
            "line": "%d 8%s%d" % self.line if self.line else None,
            "backoff_ms": self.backoff_ms,
        }

    def _count_fault(self, why):
        self.faults[why.kind] = self.faults.get(why.kind, 0) + 1
        self.busy_in_row = self.busy_in_row + 1 if isinstance(why, Refused) and why.busy else 0
        self.silent_in_row = self.silent_in_row + 1 if why.kind in ("no answer", "line") else 0

    async def _settle(self, unit, function, address, count, timeout_ms):
        """Make sure that no answer to an earlier question can be taken for the next one's."""
        owed = self._owed
        if await self._arrives_late(*owed):
            self.late += 1
            self._owed = None
            return
        sizes = [n for n in range(1, _FENCE_WORDS + 1) if n not in self._sizes]
        fits = [n for n in sizes if n < count] or sizes[:3]
        self._fence += 1
        try:
            await self._ask(unit, function, address, fits[self._fence % len(fits)], timeout_ms)
        except Refused:
            pass  # an answer as good as any: the slave has come this far
        finally:
            if self._owed is not None:
                self._owed = owed

    async def _arrives_late(self, request, count):
        """True if the owed answer, or a refusal in its place, comes within the grace time."""
        left_ms = self._late_ms - self._clock.since_ms(self._listened_ms)
        if left_ms <= 0:
            return False
        search = Search(request, count, self._buffer)
        try:
            return await self._listen(search, left_ms, False) is not None
        except Refused:
            return True

    async def _ask(self, unit, function, address, count, timeout_ms):
        """One question and the register bytes of its answer."""
        inputs, holdings = functions.read_input_registers, functions.read_holding_registers
        pdu = (inputs if function == 4 else holdings)(address, count)
        search = Search(sealed(unit, pdu), count, self._buffer)
        await self._silence()
        self.requests += 1
        self._owed = (search.request, count)
        await self._send(search.request)
        start_ms = self._clock.ms()
        try:
            data = await self._listen(search, timeout_ms, True)
        except Refused:
            self._owed = None
            raise
        finally:
            self._listened_ms = self._clock.ms()
            self.echo = search.echoed
        if data is None:
            why = search.complaint()
            if isinstance(why, (BadCrc, Truncated)):
                self._owed = None  # that was the answer
            raise why
        self._owed = None
        self._trips[self.good % _TRIPS] = min(65535, self._clock.since_ms(start_ms))
        return data

    async def _silence(self):
        """Throw away what lies in the receiver, until the line was silent for 3.5 characters.

        The inverter also gets REST_MS since the last answer.
        """
        rest_ms = REST_MS - self._clock.since_ms(self._listened_ms)
        if 0 < rest_ms <= REST_MS:
            await self._clock.sleep_ms(rest_ms)
        silence_ms = max(2, (self._char_us * 7 // 2 + 999) // 1000)
        begin_ms = quiet_ms = self._clock.ms()
        while self._clock.since_ms(quiet_ms) < silence_ms:
            if self._uart.any():
                self._uart.read(self._uart.any())
                quiet_ms = self._clock.ms()
                if self._clock.since_ms(begin_ms) > _NEVER_SILENT_MS:
                    raise LineFault("the line is never silent")
            await self._clock.sleep_ms(2)

    async def _send(self, frame):
        """Put the frame on the line; the driver is released within a character of its end."""
        if self._de:
            self._de(self._de_active)
        try:
            self._uart.write(frame)
            # flush() blocks, so sleep through most of it: the last 3 ms are exact
            await self._clock.sleep_ms(max(0, len(frame) * self._char_us // 1000 - 3))
            self._uart.flush()
        finally:
            if self._de:
                self._de(1 - self._de_active)

    async def _listen(self, search, timeout_ms, give_up_early):
        """Feed the search until it has the reply (its bytes) or there is no more hope (None)."""
        start_ms = heard_ms = self._clock.ms()
        last_ms = timeout_ms + _GAP_MS + (2 * search.count + 5) * self._char_us // 1000
        while True:
            waiting = self._uart.any()
            if waiting:
                data = search.feed(self._uart.read(waiting) or b"")
                if data is not None:
                    return data
                heard_ms = self._clock.ms()
            elif give_up_early and search.received:
                whole = search.received >= 2 * search.count + 5 + 8 * search.echoed
                hopeless = search.spoiled or search.begun or whole
                if hopeless and self._clock.since_ms(heard_ms) > _GAP_MS:
                    return None
            arriving = search.begun and self._clock.since_ms(heard_ms) <= _GAP_MS
            if self._clock.since_ms(start_ms) >= (last_ms if arriving else timeout_ms):
                return None
            arriving_ms = search.missing * self._char_us // 1000
            await self._clock.sleep_ms(min(20, max(2, arriving_ms)) if search.begun else 5)
