"""The door of the page: at rest only a listener is in memory.

With the first client come lib/http.py (the protocol), httpd.py (who may ask what) and for each
answer the module of its topic, api_….py; with the last they go. Live views are api_live.py's
alone. Clock domain: *second*.
"""

import asyncio

from micropython import const

from lib.ondemand import Module
from lib.several import Modules

ADDRESS = "4.3.2.1"  # Android shows a captive page only on an address that looks public
URL = "http://%s/" % ADDRESS
_NAMES_AGAIN_S = const(30)
_CAPTIVE = const("lib.captive")

at_work: list = []  # a Place (room.py) for each answer that is asked for, oldest first
viewers: list = []  # [stream, its address, when it took something, ms] of each live view


class RefusedError(Exception):
    """A request that can't be granted: status code, words, and the field they are about."""

    def __init__(self, status, words, field=None):
        super().__init__(words)
        self.status = status
        self.field = field


async def connected(parts, stream):
    """Serve one connection."""
    async with Module("lib.http") as http:
        held = [viewer[1] for viewer in viewers]
        heap = parts.board and parts.board.system_heap
        await http.serve(
            stream, lambda request: _respond(parts, request), parts.health, held, heap
        )


async def _respond(parts, request):
    place = await take_place(parts, request.gets_on)
    try:
        async with Modules("lib.jsontext", "firmware.views.httpd") as (_, httpd):
            status, head, body, modules = await httpd.respond(parts, request)
    except BaseException:
        place.__exit__()
        raise
    if callable(body):  # a live view, which is there for long
        place.__exit__()
        return status, head, body, modules
    return status, head, body, list(modules) + [place]


async def take_place(parts, gets_on=None):
    """A place among those who are answered, when its turn has come and there is room for it.

    gets_on(): whether the answer is being made, and taken. For a `with` block. MemoryError.
    """
    module = Module("firmware.views.room")
    place = (await module.__aenter__()).Place(module, gets_on)
    try:
        await place.turn(parts)
    except BaseException:
        place.__exit__()
        raise
    return place


async def listen(parts, host="0.0.0.0", port=80):
    """Serve whoever comes."""
    return await asyncio.start_server(lambda stream, _: connected(parts, stream), host, port)


async def serve(hardware, parts):
    """The access point, its name server and the page."""
    async with Module("firmware.views.wifi") as wifi:
        await wifi.start(hardware, parts)
    with Module("firmware.views.history_rings") as history_rings:
        history_rings.begin()
    wifi = history_rings = None  # or they stay
    asyncio.create_task(_names(parts.health))
    await (await listen(parts)).wait_closed()


async def answer_names(health, host="0.0.0.0", port=53):
    """The name server: of itself only a socket at rest; OSError where the port can't be had."""
    async with Module(_CAPTIVE) as captive:
        sock = captive.open_socket(host, port)
    captive = None
    try:
        while True:
            await _readable(sock)
            try:
                async with Module(_CAPTIVE) as captive:
                    captive.answer(sock, ADDRESS, health)
            except MemoryError:
                health.count("dns", "out of memory")
                await asyncio.sleep(1)
            captive = None
    finally:
        sock.close()


def _readable(sock):
    """Wait as asyncio's own streams do, which have no way to tell a datagram's sender."""
    yield asyncio.core._io_queue.queue_read(sock)  # type: ignore[attr-defined]


async def _names(health):
    """The name server, restarted when the network below it goes away."""
    while True:
        try:
            await answer_names(health)
        except (OSError, MemoryError) as why:
            health.count("dns", why)
        await asyncio.sleep(_NAMES_AGAIN_S)
