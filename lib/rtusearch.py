"""Find a reply among noise, another unit's talk and our own echo; loaded where it comes disturbed.

`Search` knows no I/O and no clock. In memory together with lib/rtuwords.py.
"""

from micropython import const

from lib.rtuframe import FrameError, Refused, crc16
from lib.rtuwords import frames

# No slave pauses that long inside a frame; polls and USB adapters do pause for 20.
_GAP_MS = const(100)
_LOOK_MS = const(20)  # between two looks into the receiver, which holds more than that
_LONGEST_LOOK_MS = const(80)  # while an answer is arriving whose end is known
_ECHO_BYTES = const(8)  # a read request: unit, function, address, count, CRC
_OVERHEAD = const(5)  # unit, function, byte count and CRC around the words of a reply
_REFUSAL_BYTES = const(5)  # unit, function | 0x80, exception, CRC
_BUFFER_BYTES = const(264)  # the longest reply and an echo


async def hunt(client, request, heard, start_ms, heard_ms, timeout_ms, asked):
    """Go on listening: the reply's register bytes, else None; FrameError says what is wrong.

    heard: what has come so far, the last of it at heard_ms. asked: the question went out at
    start_ms; else an old answer is waited for, and nothing is said if it does not come.
    """
    search = Search(request, request[5])
    try:
        if client.echo:
            search.feed(request)
        data = search.feed(heard)
        if data is None:
            data = await _listen(client, search, start_ms, heard_ms, timeout_ms, asked)
    finally:
        client.echo = search.echoed
    if not asked:
        return data
    if data is None:
        if len(client.ledger) == 1 and (search.spoiled or search.begun):
            client.ledger.clear()  # that was the answer
        await client.note(bytes(search.buffer[: search.have]))
        raise complaint(search)
    if search.have > search.whole:
        behind = search.at + search.whole
        client.keep(search.buffer[: search.at] + search.buffer[behind : search.have])
    return data


async def _listen(client, search, start_ms, heard_ms, timeout_ms, give_up_early):
    clock, uart = client.clock, client.uart
    last_ms = timeout_ms + _GAP_MS + search.whole * client.char_us // 1000
    while True:
        waiting = uart.any()
        if waiting:
            data = search.feed(uart.read(waiting) or b"")
            if data is not None:
                return data
            heard_ms = clock.ms()
        gap = clock.since_ms(heard_ms) > _GAP_MS
        if not waiting and give_up_early and search.received and gap:
            whole = search.received >= search.whole + 8 * search.echoed
            if search.spoiled or search.begun or whole:
                return search.feed(b"", True)
        arriving = search.begun and not gap
        if clock.since_ms(start_ms) >= (last_ms if arriving else timeout_ms):
            return search.feed(b"", True)
        arriving_ms = search.missing * client.char_us // 1000 + 1 if search.begun else _LOOK_MS
        await clock.sleep_ms(min(_LONGEST_LOOK_MS, arriving_ms))


def complaint(search):
    """The FrameError that says best what was wrong with what a search was fed."""
    if search.received == 0:
        return FrameError("no answer")
    if search.spoiled:
        return FrameError("bad crc", "a damaged answer (CRC)")
    unit, function = search.request[0], search.request[1]
    for frame in frames(search.buffer, search.have):
        if len(frame) == 8:
            continue  # a question: not an answer at all
        if frame[0] != unit:
            why = FrameError("wrong unit", "unit %d answered instead of %d" % (frame[0], unit))
            why.unit = frame[0]
            return why
        if frame[1] & 0x7F != function:
            return FrameError("wrong function", "an answer to function %d" % (frame[1] & 0x7F))
        return FrameError("wrong count", "%d words instead of %d"
                          % (frame[2] // 2, (search.whole - 5) // 2))  # fmt: skip
    if search.begun:
        return FrameError("truncated", "the answer broke off after %d bytes" % search.have)
    if search.echoed and search.have == 0:
        return FrameError("no answer", "no answer, only the echo of the question")
    return FrameError("garbage", "%d bytes of noise" % search.received)


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
