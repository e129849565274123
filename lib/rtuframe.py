"""Modbus RTU frames as bytes: seal a request, find its reply in whatever arrives.

No I/O, no clock. A reply is judged by its expected length, never by pauses: unit, function, byte
count and CRC must all match the request. Anything else around it (noise, another unit's talk, our
own echo) is skipped. Source: MODBUS over Serial Line V1.02, MODBUS Application Protocol V1.1b3.
What was wrong with an answer, and what else was on the line, is read by lib/rtuwords.py.
"""

import micropython
from micropython import const

_ECHO_BYTES = const(8)  # a read request: unit, function, address, count, CRC
_OVERHEAD = const(5)  # unit, function, byte count and CRC around the words of a reply
_REFUSAL_BYTES = const(5)  # unit, function | 0x80, exception, CRC
_BUFFER_BYTES = const(264)  # the longest reply and an echo


class FrameError(Exception):
    """The reply to one request could not be had; the text says why.

    kind: "no answer" | "bad crc" | "truncated" | "wrong unit" | "wrong function" | "wrong count"
    | "garbage" | "line" (never silent, or the port failed) | "refused".
    unit: who answered, where another one did.
    """

    unit = code = 0
    final = busy = False

    def __init__(self, kind, words=""):
        super().__init__(words or kind)
        self.kind = kind


class Refused(FrameError):
    """The inverter answered with an exception; `code` is its number.

    busy: asking less often is what it wants. final: the same question will be refused again, there
    is no such function or register.
    """

    def __init__(self, code):
        super().__init__("refused", "refused (%d)" % code)
        self.code = code
        self.busy = code in (5, 6)
        self.final = code in (1, 2, 3)


@micropython.viper
def crc16(data, start: int, end: int) -> int:
    """CRC-16/MODBUS of data[start:end]; 0 where the last two bytes are its own good CRC."""
    pointer = ptr8(data)
    crc = 0xFFFF
    while start < end:
        crc ^= pointer[start]
        start += 1
        for _ in range(8):
            if crc & 1:
                crc = (crc >> 1) ^ 0xA001
            else:
                crc >>= 1
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

    def __init__(self, request=b"", count=0):
        self.buffer = bytearray(_BUFFER_BYTES)
        self.begin(request, count)

    def begin(self, request, count):
        """Hunt for the reply to that request from now on."""
        self.request = request
        self.whole = 2 * count + _OVERHEAD
        self.echoed = False
        self.spoiled = False  # a whole frame with our header, but a wrong CRC, was seen
        self.begun = False  # unit, function and byte count of our reply are there, its end is not
        self.received = 0
        self.have = 0
        self.at = 0  # every place before this one is known not to begin a reply

    @property
    def missing(self):
        """How many bytes of a whole reply have not arrived yet, at least 1."""
        return max(1, self.whole - self.have + self.at)

    def feed(self, data, last=False):
        """Add what arrived; the reply's register bytes, or None while it is not complete.

        last: nothing more will come, so that what is incomplete hides nothing behind it.
        """
        self.received += len(data)
        reply = None
        room = len(self.buffer) - self.have
        while reply is None and len(data) > room:
            self.buffer[self.have :] = data[:room]
            self.have += room
            data = data[room:]
            reply = self._scan(last)
            self._drop(self.at)
            room = len(self.buffer) - self.have
        if reply is None:
            self.buffer[self.have : self.have + len(data)] = data
            self.have += len(data)
            reply = self._scan(last)
        return reply

    def _scan(self, last):
        """Try every place where a reply could begin, from the first one not yet ruled out."""
        place = self.at
        keep_from = -1
        self.begun = False
        while place < self.have:
            length = self._length_at(place)
            if length == 0:
                place += 1
            elif place + length > self.have:
                if keep_from < 0:
                    keep_from = place
                if length == self.whole:
                    self.begun = True
                    if not last:  # its end comes before that of any reply behind it
                        break
                place += 1
            elif length == _ECHO_BYTES:
                self.echoed = True
                self._drop(place + _ECHO_BYTES)
                place, keep_from = self.at, -1
            elif crc16(self.buffer, place, place + length) == 0:
                self.at = place
                if self.buffer[place + 1] & 0x80:
                    raise Refused(self.buffer[place + 2])
                return self.buffer[place + 3 : place + length - 2]
            else:
                self.spoiled = True
                place += 1
        self.at = keep_from if keep_from >= 0 else self.have
        return None

    def _length_at(self, place):
        """Length of our echo, refusal or reply if its head is at this place, 0 if it is not."""
        buffer, request, have = self.buffer, self.request, self.have - place
        if buffer[place] != request[0]:
            return 0
        if have == 1:
            return _REFUSAL_BYTES
        function = buffer[place + 1]
        if function == request[1] | 0x80:
            return _REFUSAL_BYTES
        if function != request[1]:
            return 0
        end = min(have, _ECHO_BYTES)
        echo = not self.echoed and buffer[place : place + end] == request[:end]
        if have <= 2 or echo:
            return _ECHO_BYTES
        return self.whole if buffer[place + 2] + _OVERHEAD == self.whole else 0

    def _drop(self, count):
        self.buffer[: self.have - count] = self.buffer[count : self.have]
        self.have -= count
        self.at = max(0, self.at - count)
