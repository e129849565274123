"""Who may change something, and what they may send: requests that are no GET, and odd ones.

Beside httpd.py, in memory only for those. Clock domain: *second*.
"""

import json

from micropython import const

from firmware.views.web import RefusedError
from lib import jsontext
from lib.ondemand import Module

_SWITCHES = ("more", "cancel", "once", "compare", "undo", "scan", "out")
_QUIETLY = const("firmware.views.quietly")


async def answer(module, parts, request, name, json_head):
    """What the topic's function post_… returned, or (status, header lines, body).

    name: of that function, behind its post_. json_head: header lines of an answer in JSON.
    RefusedError: words for who may not, or sent what can't be taken.
    """
    act = request.method == "POST" and getattr(module, "post_" + name, None)
    if not act:
        return _not_for(module, request, name, json_head)
    _same_site(request.headers)
    body = _body(request)
    if hasattr(module, "saves") and module.saves(name, body):
        async with Module(_QUIETLY) as quietly:
            more = getattr(module, "MORE", 0)
            return await quietly.quietly(parts, more, act, parts, body)
    answer = act(parts, body)
    return await answer if hasattr(module, "WAITS") else answer


def _not_for(module, request, name, json_head):
    allowed = [m for m in ("GET", "POST") if hasattr(module, m.lower() + "_" + name)]
    words = "%s is not for %s." % (request.path, request.method[:10])
    head = json_head + "Allow: %s\r\n" % (", ".join(allowed) or "GET")
    return 405, head, jsontext.dumps({"error": words})


def _same_site(headers):
    """Only a page of ours steers: others can't send JSON without asking, and name themselves."""
    origin = headers.get("origin")
    if origin and origin.split("://")[-1] != headers.get("host"):
        raise RefusedError(403, "Only the device's own page may change anything.")
    if headers.get("content-type", "").split(";")[0].strip() != "application/json":
        raise RefusedError(415, "Send JSON, as Content-Type: application/json.")


def _body(request):
    """The request's JSON object."""
    try:
        if b"\\ud" in request.body or b"\\uD" in request.body:  # halves of letters: none of ours
            raise ValueError
        body = json.loads(request.body.decode() or "{}")
    except ValueError:
        raise RefusedError(400, "That is not JSON.") from None
    if not isinstance(body, dict):
        raise RefusedError(400, "Send a JSON object.")
    for value in body.values():
        if isinstance(value, (list, dict)):  # nested deep enough, their words break the stack
            raise RefusedError(400, "Send plain values.")
    for name in _SWITCHES:
        if not isinstance(body.get(name, True), bool):
            raise RefusedError(400, "%s: give true or false." % name, name)
    return body
