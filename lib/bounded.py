"""A connection whose other side is a stranger: bytes in and patience out are limited.

`Reader` and `Writer` wrap an asyncio stream and have the methods that a microdot application uses.
Clock domain: *second*.
"""

import asyncio

from micropython import const

_CHUNK = const(256)  # bytes taken from the socket at a time


class TooMuchError(Exception):
    """The other side sent more than it may."""


class Reader:
    """What the other side sends, at most `limit` bytes of it in all."""

    def __init__(self, stream, limit):
        self._stream = stream
        self._left = limit
        self._held = b""

    async def readline(self):
        """The bytes up to and including the next newline, or all that is left before the end."""
        while True:
            end = self._held.find(b"\n") + 1
            if end or not await self._more():
                break
        return self._take(end or len(self._held))

    async def readexactly(self, count):
        """So many bytes; EOFError when the other side ends before."""
        while len(self._held) < count:
            if not await self._more():
                raise EOFError
        return self._take(max(0, count))

    async def read(self, count):
        """At least one and at most `count` bytes; none at the end."""
        if not self._held:
            await self._more()
        return self._take(min(count, len(self._held)))

    def _take(self, count):
        taken = self._held[:count]
        self._held = self._held[count:]
        return taken

    async def _more(self):
        if self._left <= 0:
            raise TooMuchError
        data = await self._stream.read(min(_CHUNK, self._left))
        if not data:
            return False
        self._left -= len(data)
        self._held += data
        return True


class Writer:
    """What goes to the other side, which must take each piece within `patience_s` seconds.

    The head of an HTTP answer, which microdot writes line by line, is held back until its empty
    line, to go out as one packet instead of a dozen.
    """

    def __init__(self, stream, patience_s):
        self._stream = stream
        self._patience_s = patience_s
        self._head = b""
        self._in_head = True

    async def awrite(self, data):
        """Send; OSError (connection reset) when the other side is too slow."""
        if self._in_head:
            self._head += data
            if data != b"\r\n":
                return
            data = self._head
            self._in_head = False
            self._head = b""
        self._stream.write(data)
        try:
            await asyncio.wait_for(self._stream.drain(), self._patience_s)
        except asyncio.TimeoutError:
            raise OSError(104) from None  # ECONNRESET, what microdot takes for a lost client

    async def aclose(self):
        """Close the connection."""
        self._stream.close()
        await self._stream.wait_closed()
