"""The status, once or once per second."""

from time import ticks_diff, ticks_ms

from micropython import const

from firmware.views.web import RefusedError
from lib.ondemand import Module

STREAMS = 2  # live views at the same time: half of the connections stay free for questions
_SHARED_MS = const(500)  # views that look within this time get the same pieces, made once
NEEDS = ("firmware.views.status",)  # loaded before

_streams = 0
_made = [0, None]  # when, and the pieces


def get_status(parts, _request):
    """Everything there is to know."""
    with Module(NEEDS[0]) as status:
        return status.pieces(parts)


def get_stream(parts, _request):
    """Server-sent events: the newest status now and each second; who is slow misses some."""
    if _streams >= STREAMS:
        parts.health.count("web", "too many live views")
        raise RefusedError(503, "%d live views are open; close one first." % STREAMS)
    return 200, "Content-Type: text/event-stream\r\nCache-Control: no-store\r\n", _events(parts)


def _events(parts):
    global _streams  # noqa: PLW0603 - one number of one server
    _streams += 1
    try:
        while True:
            yield "data: "
            yield from _newest(parts)
            yield "\n\n"
            yield None
    finally:
        _streams -= 1


def _newest(parts):
    now_ms = ticks_ms()
    if _made[1] is None or not 0 <= ticks_diff(now_ms, _made[0]) < _SHARED_MS:
        with Module(NEEDS[0]) as status:
            _made[0], _made[1] = now_ms, list(status.pieces(parts))
    return _made[1]
