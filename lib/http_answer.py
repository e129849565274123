"""The body of an answer, piece by piece; in memory while one is sent. Clock domain: *second*."""

import asyncio
from time import ticks_diff, ticks_ms

from micropython import const

from lib.ondemand import collected, uncollected

_PIECE = const(512)
_TURN_MS = const(6)  # of making an answer, then others have their turn


async def answer(link, head, body):
    """Send the first lines and the body: words, bytes, a file, or a generator of words and bytes.

    link: lib.http.Link.
    """
    try:
        if hasattr(body, "readinto"):
            await link.send(head)
            await _send_file(link, body)
        else:
            await _send_pieces(link, head, (body,) if isinstance(body, (str, bytes)) else body)
    finally:
        if hasattr(body, "close"):
            body.close()


async def _send_pieces(link, head, pieces):
    """Make it, collect what that left, send it: each in a turn of its own, for each takes some ms.

    The head goes along with the first piece: what fails before is still another answer. A piece
    may be None for no more than a chance to let others have their turn.
    """
    making = _Making(_after(head, pieces))
    more = True
    while more:
        with uncollected:
            while (more := making.go_on()) and making.filled < _PIECE:
                await asyncio.sleep(0)
            if more:
                await collected()
        if making.filled:
            await link.send(memoryview(making.buffer)[: making.filled])
            making.filled = 0
            await asyncio.sleep(0)


class _Making:
    """Fills `buffer` with an answer, again and again."""

    def __init__(self, pieces):
        self.buffer = bytearray(_PIECE)
        self.filled = 0
        self._pieces = pieces
        self._piece, self._taken = b"", 0  # of it, bytes that were put into the buffer

    def go_on(self):
        """Until it is full, or a turn's time over; False when all is made."""
        begun_ms = ticks_ms()
        while True:
            piece, at = self._piece, self._taken
            count = min(len(piece) - at, _PIECE - self.filled)
            self.buffer[self.filled : self.filled + count] = piece[at : at + count]
            self.filled += count
            self._taken += count
            if self.filled == _PIECE or ticks_diff(ticks_ms(), begun_ms) >= _TURN_MS:
                return True
            try:
                piece = next(self._pieces) or b""
            except StopIteration:
                return False
            self._piece = piece if isinstance(piece, bytes) else piece.encode()
            self._taken = 0


def _after(head, pieces):
    yield head
    yield from pieces


async def _send_file(link, file):
    buffer = memoryview(bytearray(_PIECE))
    while True:
        count = file.readinto(buffer)
        if not count:
            break
        await link.send(buffer[:count])
