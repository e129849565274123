"""A microdot application that strangers cannot exhaust: bounded clients, bytes and patience.

The board has about 100 kB of heap and ten sockets, and a phone that falls asleep says no goodbye.
Clock domain: *second*; nothing here runs longer than a millisecond between two awaits.
"""

import asyncio

from microdot.microdot import Microdot, Request, Response
from micropython import const

from lib import bounded

CONNECTIONS = 7  # of lwIP's ten sockets: one listens, one is the DNS, one is spare
_STREAMS = const(4)  # live views at the same time
_REQUEST_BYTES = const(4096)  # head and body; a phone's browser sends 500 to 1500
_BODY_BYTES = const(1024)  # the whole settings form is 700
PATIENCE_S = 8  # for a request to arrive, and for each piece of an answer to be taken


class LiveStream:
    """An endless body of server-sent events: the newest text now and each `period_ms`.

    A client that takes long simply misses some; nothing queues up for it.
    """

    def __init__(self, clock, newest, period_ms=1000):
        self._clock = clock
        self._newest = newest  # callable: bytes of one event
        self._period_ms = period_ms
        self._first = True

    def __aiter__(self):
        return self

    async def __anext__(self):
        if not self._first:
            await self._clock.sleep_ms(self._period_ms)
        self._first = False
        return self._newest()


class App(Microdot):
    """The application; `health` counts what was refused and why."""

    def __init__(self, health):
        super().__init__()
        self._health = health
        self.connections = 0
        self.streams = 0
        Request.max_content_length = _BODY_BYTES
        Request.max_body_length = _BODY_BYTES

    async def handle_request(self, reader, writer):
        """Serve one connection from request to close; whatever the client does, raise nothing."""
        link = bounded.Writer(writer, PATIENCE_S)
        self.connections += 1
        try:
            if self.connections > CONNECTIONS:
                self._health.count("web", "too many connections")
            else:
                response = await self._answer(bounded.Reader(reader, _REQUEST_BYTES), writer)
                if response:
                    await self._send(response, link)
        except (OSError, EOFError, asyncio.TimeoutError) as why:
            self._health.count("web", why)
        except MemoryError:
            self._health.count("web", "out of memory for a client")
        finally:
            self.connections -= 1
            try:
                await link.aclose()
            except OSError:  # the client was faster
                pass

    async def _answer(self, reader, writer):
        """The response to the request that arrives, None if none does."""
        peer = writer.get_extra_info("peername")
        try:
            request = await asyncio.wait_for(
                Request.create(self, reader, writer, peer), PATIENCE_S
            )
        except bounded.TooMuchError:
            self._health.count("web", "request too long")
            return refusal(413, "That was more than %d bytes." % _REQUEST_BYTES)
        except (ValueError, IndexError) as why:  # microdot splits without looking
            self._health.count("web", why)
            return refusal(400, "That was not an HTTP request.")
        if request is None:  # a browser opened a connection in advance and did not need it
            return None
        return await self.dispatch_request(request)

    async def _send(self, response, link):
        if not isinstance(response.body, LiveStream):
            await response.write(link)
            return
        if self.streams >= _STREAMS:
            self._health.count("web", "too many live views")
            response = refusal(503, "%d live views are open; close one first." % _STREAMS)
            await response.write(link)
            return
        self.streams += 1
        try:
            await response.write(link)
        finally:
            self.streams -= 1


def refusal(status_code, words, field=None):
    """An answer that says in words why not, and for which field of a form."""
    body = {"error": words}
    if field:
        body["field"] = field
    return Response(body, status_code, {"Cache-Control": "no-store"})
