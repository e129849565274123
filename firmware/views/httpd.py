"""Who is let in, and who answers: each topic of the interface is a module, loaded for its answer.

Errors are ``{"error": words, "field": name}`` with a 4xx or 5xx status. Clock domain: *second*.
"""

import asyncio
import gc
import json

from firmware.device.settings import SettingError
from firmware.views.web import ADDRESS, URL, RefusedError
from lib import jsontext
from lib.ondemand import Module

# The module firmware/views/api_….py whose function get_… or post_… answers /api/….
_TOPICS = {
    "status": "live",
    "stream": "live",
    "hold": "steer",
    "release": "steer",
    "mute": "steer",
    "direction": "steer",
    "scan": "scan",
    "settings": "settings",
    "settings/accept": "settings",
    "log": "log",
    "log.csv": "log",
}
_OURS = (ADDRESS, "localhost", "127.0.0.1")
JSON = "Content-Type: application/json; charset=UTF-8\r\nCache-Control: no-store\r\n"
# Nobody may frame the page, guess at types, or learn from where a link was followed.
_SAFE = (
    "X-Frame-Options: DENY\r\nContent-Security-Policy: frame-ancestors 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n"
)


async def handle(http, parts, stream):
    """Serve one connection from request to close; whatever the client does, raise nothing."""
    link = http.Link(stream)
    health = parts.health
    place = http.admit(link)
    try:
        if place:
            await _serve(http, parts, link)
        elif place is None:
            link.answered = True  # with silence: there is not even room for words
        else:
            health.count("web", "too many connections")
            await link.take(512)
            await _refuse(http, link, 503, "The device is busy with others. Try again.")
    except MemoryError:
        gc.collect()
        health.count("web", "out of memory for a client")
        if not link.answered:
            await _say_status(link, b"503")
    except OSError as why:
        link.answered = True  # nobody is there
        health.count("web", why)
    except asyncio.CancelledError:
        health.count("web", link.why)
        link.answered = True  # with nothing
    finally:
        http.links.remove(link)
        if not link.answered:  # a fault of ours is on its way to whoever counts those
            await _say_status(link, b"500")
        await link.close()


async def _say_status(link, status):
    """A short answer that needs next to no memory."""
    link.answered = True
    try:
        await link.send(b"HTTP/1.1 %s -\r\nConnection: close\r\n\r\n" % status)
    except (OSError, MemoryError):  # then without a word
        pass


async def _serve(http, parts, link):
    try:
        try:
            request = await http.receive(link)
        except (ValueError, IndexError) as why:
            parts.health.count("web", why)
            raise RefusedError(400, "That was not an HTTP request.") from None
        if request is None:  # a browser opened a connection in advance and did not need it
            link.answered = True
            return
        host = request.headers.get("host", ADDRESS).split(":")[0].lower()
        path = request.path
        if path[:5] == "/api/":
            if host not in _OURS:
                raise RefusedError(403, "This device is not %s." % host[:40])
            topic = _TOPICS.get(path[5:])
            if topic is None:
                raise RefusedError(404, "There is no %s here." % path[:40])
        elif host not in _OURS:
            topic = None  # a phone finds out whether there is an Internet
        else:
            topic = "page"
        if topic is None or (topic == "page" and request.method != "GET"):
            await http.answer(link, 302, "Location: %s\r\nContent-Length: 0\r\n" % URL, b"")
            return
        async with Module("firmware.views.api_" + topic) as module:
            needs = [Module(name) for name in getattr(module, "NEEDS", ())]
            try:
                for need in needs:
                    await need.__aenter__()
                status, head, body = _ask(module, parts, request, topic)
                await http.answer(link, status, _SAFE + head, body)
            finally:
                for need in needs:
                    await need.__aexit__()
    except RefusedError as why:
        await _refuse(http, link, why.status, str(why), why.field)
    except SettingError as why:
        await _refuse(http, link, 400, str(why), why.name)
    except http.TooMuchError:
        parts.health.count("web", "request too long")
        await _refuse(http, link, 413, "That was too long.")


async def _refuse(http, link, status, words, field=None):
    body = {"error": words}
    if field:
        body["field"] = field
    await http.answer(link, status, _SAFE + JSON, jsontext.dumps(body))


def _ask(module, parts, request, topic):
    """(status, header lines, body) from the function that the request is for."""
    if topic == "page":
        return module.get(parts, request)
    name = request.path[5:].replace(".", "_").replace("/", "_")
    act = getattr(module, request.method.lower() + "_" + name, None)
    if act is None:
        raise RefusedError(405, "%s is not for %s." % (request.path, request.method[:10]))
    if request.method == "GET":
        answer = act(parts, request)
    else:
        _same_site(request.headers)
        answer = act(parts, _body(request))
    if isinstance(answer, tuple):
        return answer
    return 200, JSON, jsontext.pieces(answer) if isinstance(answer, dict) else answer


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
        body = json.loads(request.body.decode() or "{}")
    except ValueError:
        raise RefusedError(400, "That is not JSON.") from None
    if not isinstance(body, dict):
        raise RefusedError(400, "Send a JSON object.")
    return body
