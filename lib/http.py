"""HTTP for strangers on a small board: bounded in clients, in bytes and in patience.

One request per connection, answered in pieces, closed. When all places are taken, whoever is
slowest to say what it wants makes room for a newcomer, then a client that holds more places than
the newcomer would; who can't be served is told so in words. Clock domain: *second*.
"""

import asyncio
import errno
import gc
from time import ticks_diff, ticks_ms

from micropython import const

from lib.ondemand import Module

# A TCP connection takes 5 to 6 kB of an ESP32's memory outside the heap, of which 20 kB must
# always stay free for WiFi: 45 kB are there when the product runs.
CONNECTIONS = 4
_WAITING = const(2)  # more, which are told that there are too many; beyond that nothing is said
_PIECE = const(512)
_DROPPED = const(64)  # pieces of what was too long
PATIENCE_MS = 8000  # for a piece of a request to come, and for each piece of an answer to be taken
_GRACE_MS = const(250)  # within which nobody is slow
_LOOK_MS = const(1000)
_RETRY_MS = const(50)
_ENOUGH = const(6_000)  # bytes free for whoever sends more; v1.26.1 leaves 10,000 at rest
# What was sent lies in the network's memory, twice, until the other side has said that it came.
_UNDER_WAY = const(2_500)  # bytes of that at a time; a connection would take 11,000 of the 20,000
_ARRIVES_MS = const(20)
_ARRIVES = const(15)  # times that: then the next piece, whatever else took the memory

links = []  # of this moment, oldest first
_watcher: list = []  # the task that gives up on the slow ones, while there are any


class Link:
    """One connection: `heading` until its request is there, `answered`, `why` it was given up."""

    def __init__(self, stream, heap=None):
        self.stream = stream
        self._heap = heap
        self.ip = (stream.get_extra_info("peername") or ("",))[0]
        self.task = asyncio.current_task()
        self.heading = True
        self.begun_ms = self.moved_ms = ticks_ms()
        self.why = ""
        self.answered = False
        self._free = 0  # of the network's memory when the answer began

    async def take(self, count):
        """Between 1 and `count` bytes; none at the end."""
        data = await self.stream.read(count)
        self.moved_ms = ticks_ms()
        return data or b""

    async def send(self, data):
        """Hand over bytes; where the network has no memory for them now, a little later."""
        if not self.answered:
            self._free = self._heap and self._heap()[0] or 0
        self.answered = True
        # A radio that gets nothing through, beside a stream that fills up, took all that there is.
        while self._heap and (self._heap()[0] or _ENOUGH) < _ENOUGH:
            await asyncio.sleep_ms(_RETRY_MS)
        while True:
            try:
                self.stream.write(data)
                break
            except OSError as why:
                if why.errno not in (errno.ENOMEM, errno.ENOBUFS):
                    raise
            await asyncio.sleep_ms(_RETRY_MS)
        await self.stream.drain()
        self.moved_ms = ticks_ms()
        for _ in range(_ARRIVES if self._free else 0):
            if (self._heap()[0] or 0) > self._free - _UNDER_WAY:
                break
            await asyncio.sleep_ms(_ARRIVES_MS)

    def gets_on(self):
        """Whether its answer is being made, or was taken until just now."""
        moved_ms = self.moved_ms
        return moved_ms is None or ticks_diff(ticks_ms(), moved_ms) < _GRACE_MS

    def give_up(self, why):
        """End it; its task closes it."""
        self.why = why
        self.task.cancel()

    async def close(self):
        """Close, whatever the other side does, unless somebody took it over."""
        try:
            if self.stream:
                self.stream.close()
                await self.stream.wait_closed()
        except OSError:  # it was faster
            pass


async def serve(stream, respond, health, held=(), heap=None):
    """Serve one connection from request to close; whatever the client does, raise nothing.

    respond(request): coroutine for (status, header lines, body, modules to leave after it).
    held: addresses of those whose connections were taken over and are still there. heap: a
    function for (bytes free for the network or None, …).
    """
    link = Link(stream, heap)
    try:
        place = admit(link, held)
        if place:
            await _serve(link, respond, health)
        elif place is False:
            health.count("web", "too many connections")
            await link.take(_PIECE)
            await _refuse(link, b"503", b"The device is busy with others. Try again.")
    except MemoryError:
        gc.collect()
        health.count("web", "out of memory for a client")
        if not link.answered:
            await _refuse(link, b"503", b"The device is short of memory. Try again.")
    except OSError as why:
        health.count("web", why)
    except asyncio.CancelledError:
        health.count("web", link.why)
    finally:
        if link in links:
            links.remove(link)
        if _watcher and not links:
            _watcher.pop().cancel()  # at once: it would keep this module in memory
        await link.close()


async def _serve(link, respond, health):
    request = await _request(link, health)
    if not request:  # a browser opened a connection in advance and did not need it
        return
    modules = ()
    try:
        link.moved_ms = None  # the client waits for us
        status, head, body, modules = await respond(request)
        link.moved_ms = ticks_ms()
        request = None
        if callable(body):
            await link.send(first_lines(status, head))
            body(link.stream, modules)
            link.stream, modules = None, ()
        else:
            async with Module("lib.http_answer") as http_answer:
                await http_answer.answer(link, first_lines(status, head), body)
    except (RuntimeError, TypeError, ValueError, LookupError, AttributeError, ImportError) as why:
        health.count("web", why)  # a fault of ours
        if not link.answered:
            await _refuse(link, b"500", b"The device could not do that.")
    finally:
        for module in modules:
            module.__exit__()


def first_lines(status, head):
    """An answer up to its body; head: header lines, each with its end."""
    return b"HTTP/1.1 %d -\r\nConnection: close\r\n%s\r\n" % (status, head.encode())


async def _hear_out(link):
    """Take what is still coming and drop it: closed at once, the other side loses the answer."""
    for _ in range(_DROPPED):
        if not await link.take(_PIECE):
            break


async def _request(link, health):
    """The Request, None where there was none that can be answered."""
    async with Module("lib.http_request") as http_request:
        try:
            return await http_request.receive(link)
        except http_request.TooMuchError:
            health.count("web", "request too long")
            await _refuse(link, b"413", b"That was too long.")
            await _hear_out(link)
        except (ValueError, IndexError) as why:
            health.count("web", why)
            await _refuse(link, b"400", b"That was not an HTTP request.")


async def _refuse(link, status, words):
    """A short answer that needs next to no memory."""
    try:
        await link.send(
            b"HTTP/1.1 %s -\r\nConnection: close\r\nContent-Type: application/json\r\n\r\n"
            b'{"error":"%s"}' % (status, words)
        )
    except (OSError, MemoryError):  # then without a word
        pass


def admit(link, held=()):
    """A place for a newcomer: True; False: none, say so; None: not even room for words."""
    now_ms = ticks_ms()
    places = {link.ip: 1}
    for ip in [other.ip for other in links] + list(held):
        places[ip] = places.get(ip, 0) + 1
    links.append(link)
    taken = len(links) + len(held)
    if taken <= CONNECTIONS:
        if len(links) == 1:
            _watcher.append(asyncio.create_task(_watch()))
        return True
    slowest = best = None
    for other in links[:-1]:
        slow = other.heading and ticks_diff(now_ms, other.begun_ms) >= _GRACE_MS
        rank = (slow, places[other.ip])
        if not other.why and (slow or rank[1] > places[link.ip]) and (not best or rank > best):
            slowest, best = other, rank
    if slowest:
        slowest.give_up("made room")
        return True
    return False if taken <= CONNECTIONS + _WAITING else None


async def _watch():
    """Give up on links that don't move, until the last one is gone."""
    while True:
        now_ms = ticks_ms()
        for link in links:
            late = link.begun_ms if link.heading else link.moved_ms
            if not link.why and late is not None and ticks_diff(now_ms, late) > PATIENCE_MS:
                link.give_up("too slow")
        await asyncio.sleep_ms(min(_LOOK_MS, PATIENCE_MS // 2))
