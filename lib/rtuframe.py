"""Modbus RTU frames as bytes: seal a request, find its reply in whatever arrives.

No I/O, no clock. A reply is judged by its expected length, never by pauses: unit, function, byte
count and CRC must all match the request. Anything else around it (noise, another unit's talk, our
own echo) is skipped. Source: MODBUS over Serial Line V1.02, MODBUS Application Protocol V1.1b3.
"""

from array import array

ECHO_BYTES = 8  # a read request: unit, function, address, count, CRC
OVERHEAD = 5  # unit, function, byte count and CRC around the words of a reply
REFUSAL_BYTES = 5  # unit, function | 0x80, exception, CRC

REFUSALS = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "server device failure",
    5: "acknowledge, still working",
    6: "server device busy",
    8: "memory parity error",
    10: "gateway path unavailable",
    11: "gateway target did not respond",
}


class FrameError(Exception):
    """The reply to one request could not be had; `kind` is the counter it belongs to."""

    kind = "frame"


class NoAnswer(FrameError):
    """Nothing that could be a reply arrived in time."""

    kind = "no answer"


class BadCrc(FrameError):
    """A frame of the right shape arrived damaged."""

    kind = "bad crc"


class Truncated(FrameError):
    """The reply began and broke off."""

    kind = "truncated"


class WrongUnit(FrameError):
    """Another unit answered; `unit` is its address."""

    kind = "wrong unit"

    def __init__(self, unit, asked):
        super().__init__("unit %d answered instead of %d" % (unit, asked))
        self.unit = unit


class WrongFunction(FrameError):
    """The answer belongs to another function."""

    kind = "wrong function"


class WrongCount(FrameError):
    """The answer has another number of words than were asked for."""

    kind = "wrong count"


class Garbage(FrameError):
    """Bytes arrived, but nothing like a frame."""

    kind = "garbage"


class LineFault(FrameError):
    """The line itself: never silent, or the port failed."""

    kind = "line"


class Refused(FrameError):
    """The inverter answered with an exception; `code` is its number."""

    kind = "refused"

    def __init__(self, code):
        super().__init__("refused: %s (%d)" % (REFUSALS.get(code, "unknown exception"), code))
        self.code = code

    @property
    def busy(self):
        """True where asking less often is what the inverter wants."""
        return self.code in (5, 6)

    @property
    def final(self):
        """True where the same question will never be answered: no such function or register."""
        return self.code in (1, 2, 3)


def _crc_table():
    table = array("H")
    for byte in range(256):
        for _ in range(8):
            byte = (byte >> 1) ^ 0xA001 if byte & 1 else byte >> 1
        table.append(byte)
    return table


_CRC_TABLE = _crc_table()


def crc16(data, start, end):
    """CRC-16/MODBUS of data[start:end]; 0 where the last two bytes are its own good CRC."""
    crc = 0xFFFF
    table = _CRC_TABLE
    for i in range(start, end):
        crc = (crc >> 8) ^ table[(crc ^ data[i]) & 0xFF]
    return crc


def sealed(unit, pdu):
    """The frame of a PDU for a unit: address before, CRC behind (low byte first)."""
    frame = bytearray(len(pdu) + 3)
    frame[0] = unit
    frame[1:-2] = pdu
    crc = crc16(frame, 0, len(frame) - 2)
    frame[-2] = crc & 0xFF
    frame[-1] = crc >> 8
    return frame


class Search:
    """Hunt for the reply to one read request in the bytes that arrive after it.

    `feed` returns the reply's register bytes as soon as they are complete and good, else None;
    it raises Refused for the inverter's exception. Feed it in any pieces, with anything around.
    """

    def __init__(self, request, count, buffer=None):
        self.request = request
        self.count = count
        self.echoed = False
        self.spoiled = False  # a whole frame with our header, but a wrong CRC, was seen
        self.begun = False  # unit, function and byte count of our reply are there, its end is not
        self.received = 0
        self._buffer = bytearray(2 * 260) if buffer is None else buffer
        self._have = 0
        self._from = 0  # every place before this one is known not to begin a reply

    @property
    def missing(self):
        """How many bytes of a whole reply have not arrived yet, at least 1."""
        return max(1, 2 * self.count + OVERHEAD - self._have)

    def feed(self, data):
        """Add what arrived; the reply's register bytes, or None while it is not complete."""
        view = memoryview(data)
        self.received += len(view)
        while len(view):
            taken = min(len(view), len(self._buffer) - self._have)
            self._buffer[self._have : self._have + taken] = view[:taken]
            self._have += taken
            view = view[taken:]
            reply = self._scan()
            if reply is not None:
                return reply
            if self._have == len(self._buffer):
                self._drop(self._have // 2)
        return None

    def _scan(self):
        """Try every place where a reply could begin, from the first one not yet ruled out."""
        whole = 2 * self.count + OVERHEAD
        place = self._from
        keep_from = -1
        self.begun = False
        while place < self._have:
            length = self._length_at(place)
            if length == 0:
                place += 1
            elif place + length > self._have:
                if keep_from < 0:
                    keep_from = place
                self.begun = self.begun or length == whole
                place += 1
            elif length == ECHO_BYTES:
                self.echoed = True
                self._drop(place + ECHO_BYTES)
                place, keep_from = self._from, -1
            elif crc16(self._buffer, place, place + length) == 0:
                return self._reply(place, length)
            else:
                self.spoiled = True
                place += 1
        self._from = keep_from if keep_from >= 0 else self._have
        return None

    def _length_at(self, place):
        """Length of our echo, refusal or reply if its head is at this place, 0 if it is not."""
        buffer, request, have = self._buffer, self.request, self._have - place
        if buffer[place] != request[0]:
            return 0
        if have == 1:
            return REFUSAL_BYTES
        function = buffer[place + 1]
        if function == request[1] | 0x80:
            return REFUSAL_BYTES
        if function != request[1]:
            return 0
        if have > 2 and buffer[place + 2] == 2 * self.count and not self._is_echo(place):
            return 2 * self.count + OVERHEAD
        if have <= 2 or self._is_echo(place):
            return ECHO_BYTES
        return 0

    def _is_echo(self, place):
        """True if what is there so far is our own request coming back."""
        end = min(self._have, place + ECHO_BYTES)
        return not self.echoed and self._buffer[place:end] == self.request[: end - place]

    def _reply(self, place, length):
        if self._buffer[place + 1] & 0x80:
            raise Refused(self._buffer[place + 2])
        return bytes(self._buffer[place + 3 : place + length - 2])

    def _drop(self, count):
        self._buffer[: self._have - count] = self._buffer[count : self._have]
        self._have -= count
        self._from = max(0, self._from - count)

    def complaint(self):
        """The FrameError that says best what was wrong with what arrived."""
        if self.received == 0:
            return NoAnswer("no answer")
        if self.spoiled:
            return BadCrc("a damaged answer (CRC)")
        stranger = self._stranger()
        if stranger:
            return stranger
        if self.begun:
            return Truncated("the answer broke off after %d bytes" % self._have)
        if self.echoed and self._have == 0:
            return NoAnswer("no answer, only the echo of the question")
        return Garbage("%d bytes of noise" % self.received)

    def _stranger(self):
        """The fault named after a good frame that is not the answer, or None."""
        buffer = self._buffer
        for place in range(self._have - REFUSAL_BYTES + 1):
            unit, function, count = buffer[place], buffer[place + 1], buffer[place + 2]
            if function & 0x7F not in (3, 4):
                continue  # nobody else's frames are worth the time on a noisy line
            length = REFUSAL_BYTES if function & 0x80 else count + OVERHEAD
            if place + length > self._have or crc16(buffer, place, place + length):
                continue
            if unit != self.request[0]:
                return WrongUnit(unit, self.request[0])
            if function & 0x7F != self.request[1]:
                return WrongFunction("an answer to function %d" % (function & 0x7F))
            return WrongCount("%d words instead of %d" % (count // 2, self.count))
        return None
