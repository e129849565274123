"""The door of the page: at rest only a listener is in memory.

With the first client come lib/http.py (the protocol), httpd.py (who may ask what) and for each
answer the module of its topic, api_….py; with the last they go. Clock domain: *second*.
"""

import asyncio

from micropython import const

from firmware.views import history
from lib import captive
from lib.ondemand import Module, folder

ADDRESS = "4.3.2.1"  # Android shows a captive page only on an address that looks public
URL = "http://%s/" % ADDRESS
_NAMES_AGAIN_S = const(30)
FOLDER = folder("firmware.views") + "/page/"

restart = None  # what a person's Restart now calls; None where nothing can


class RefusedError(Exception):
    """A request that can't be granted: status code, words, and the field they are about."""

    def __init__(self, status, words, field=None):
        super().__init__(words)
        self.status = status
        self.field = field


async def connected(parts, stream):
    """Serve one connection."""
    async with Module("lib.http") as http:
        await http.serve(stream, lambda request: _respond(parts, request), parts.health)


async def _respond(parts, request):
    async with Module("firmware.views.httpd") as httpd:
        return await httpd.respond(parts, request)


async def listen(parts, host="0.0.0.0", port=80):
    """Serve whoever comes."""
    return await asyncio.start_server(lambda stream, _: connected(parts, stream), host, port)


async def serve(board, parts):
    """The access point, its name server and the page."""
    global restart  # noqa: PLW0603 - one board
    restart = board.reset
    async with Module("firmware.views.wifi") as wifi:
        await wifi.start(board, parts)
    asyncio.create_task(_names(parts.health))
    asyncio.create_task(history.run(parts))
    await (await listen(parts)).wait_closed()


async def _names(health):
    """The name server, restarted when the network below it goes away."""
    while True:
        try:
            await captive.serve(ADDRESS, health)
        except OSError as why:
            health.count("dns", why)
        await asyncio.sleep(_NAMES_AGAIN_S)
