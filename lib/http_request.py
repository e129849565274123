"""Reads an HTTP request of a stranger, bounded in bytes; in memory while one arrives.

Clock domain: *second*.
"""

from micropython import const

_REQUEST_BYTES = const(4096)  # head; a phone's browser sends 500 to 1500
BODY_BYTES = 1536  # all settings as a file are 1200
_PIECE = const(512)
_KEPT = ("host", "origin", "content-type", "content-length", "if-none-match", "cookie")


class TooMuchError(Exception):
    """The other side sent more than it may."""


class Request:
    """What was asked: method, path, query, headers (of _KEPT, by lower-case name), body, ip.

    gets_on(): whether its answer is being made, and taken.
    """

    def __init__(self, line):
        self.method, target, version = line.split(" ")
        if target[0] != "/" or version[:7] != "HTTP/1.":
            raise ValueError("not HTTP")
        self.path, _, self.query = target.partition("?")
        self.headers = {}
        self.body = b""
        self.ip = ""
        self.gets_on = None


async def receive(link):
    """The Request, None where none came; ValueError, TooMuchError."""
    request, held, left = None, b"", _REQUEST_BYTES
    while True:
        end = held.find(b"\n")
        if end < 0:
            data = await link.take(min(_PIECE, left))
            if not data:
                if held or request:
                    raise ValueError("half a request")
                return None
            held += data
            left -= len(data)
            if left <= 0:
                raise TooMuchError
            continue
        line = held[:end].decode().rstrip("\r")
        held = held[end + 1 :]
        if request is None:
            request = Request(line)
        elif line:
            _keep(request.headers, line)
        else:
            break
    await _receive_body(link, request, held)
    link.heading = False
    request.ip, request.gets_on = link.ip, link.gets_on
    return request


def _keep(headers, line):
    name, colon, value = line.partition(":")
    if not colon:
        raise ValueError("no header")
    name = name.lower()
    if name in _KEPT:
        headers[name] = value.strip()


async def _receive_body(link, request, held):
    length = request.headers.get("content-length", "0")
    if not length.isdigit():
        raise ValueError("no length")
    left = int(length) if len(length) < 9 else BODY_BYTES + 1
    if left > BODY_BYTES:
        raise TooMuchError
    body = bytearray(held[:left])
    left -= len(body)
    while left > 0:
        data = await link.take(min(_PIECE, left))
        if not data:
            raise ValueError("half a body")
        body += data
        left -= len(data)
    request.body = body
