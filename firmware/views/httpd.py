"""Who is let in, and who answers: each topic of the interface is a module, loaded for its answer.

Errors are ``{"error": words, "field": name}`` with a 4xx or 5xx status. Clock domain: *second*.
"""

from micropython import const

from firmware.device.settings import SettingError
from firmware.views.web import ADDRESS, URL, RefusedError
from lib import jsontext
from lib.ondemand import Module, collected, file_bytes, uncollected

# The module firmware/views/api_….py whose function get_… or post_… answers /api/….
_TOPICS = {
    "status": "status",
    "live": "live",
    "stream": "live",
    "hold": "steer",
    "release": "steer",
    "mute": "steer",
    "restart": "steer",
    "clock": "steer",
    "calibrate": "calibrate",
    "seen": "steer",
    "direction": "steer",
    "scan": "scan",
    "settings": "settings",
    "settings/accept": "settings",
    "history": "history",
    "history.csv": "history",
    "log": "log",
    "log.csv": "log",
    "why": "why",
    "wifi": "wifi",
    "home": "home",
    "login": "login",
}
_OURS = (ADDRESS, "localhost", "127.0.0.1")
_NEAR = (ADDRESS[:-1], "127.0.0.")  # how addresses on the own access point begin
_CHANGE = const("firmware.views.httpd_change")
_LIVE = const("firmware.views.api_live")
_SPARE = const(4000)  # for the answer itself, and for holes that nothing fits in
_TIMES = const(3)  # a module takes up to twice its file's bytes, and the file until it is made
JSON = "Content-Type: application/json; charset=UTF-8\r\nCache-Control: no-store\r\n"
# Nobody may frame the page, guess at types, or learn from where a link was followed.
_SAFE = (
    "X-Frame-Options: DENY\r\nContent-Security-Policy: frame-ancestors 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n"
)


async def respond(parts, request):
    """(status, header lines, body, modules that make the body: to be left when it is sent)."""
    modules = []
    try:
        far, other = _far(request.ip), ""
        if far:
            gate = await _load("firmware.views.home_gate", modules, parts)
            other = gate.admit(parts, request)
        topic = None if other else _topic(request, far)
        if topic is None:
            head = "Location: %s\r\nContent-Length: 0\r\n" % (other or URL)
            return 302, head, b"", modules
        post = request.method == "POST"
        if post:
            await _load(_CHANGE, modules, parts)
        module = await _load("firmware.views.api_" + topic, modules, parts)
        for needed in getattr(module, "POST_NEEDS" if post else "GET_NEEDS", ()):
            await _load(needed, modules, parts)
        status, head, body = await _ask(module, parts, request, topic)
        kept, modules = modules, []
        return status, _SAFE + head, body, kept
    except RefusedError as why:
        return _refusal(why.status, str(why), why.field)
    except SettingError as why:
        return _refusal(400, str(why), why.name)
    finally:
        for module in modules:
            module.__exit__()


async def _load(name, modules, parts):
    """Each only where there is room: together they may want more than one look can promise."""
    wanted = _SPARE + _TIMES * file_bytes(name)
    async with Module("firmware.views.room") as room:
        await room.make(parts, wanted, name == _LIVE)  # views do not drive each other away
    room = None  # or it stays
    module = Module(name)
    loaded = await module.__aenter__()
    modules.append(module)
    for needed in getattr(loaded, "NEEDS", ()):
        await _load(needed, modules, parts)
    return loaded


def _refusal(status, words, field):
    body = {"error": words}
    if field:
        body["field"] = field
    return status, _SAFE + JSON, jsontext.dumps(body), ()


def _far(ip):
    """Whether a request does not come from the own access point, but from the home's WiFi."""
    if not ip or not isinstance(ip, str):
        return False
    return not (ip.startswith(_NEAR[0]) or ip.startswith(_NEAR[1]))


def _topic(request, far):
    """Which module answers; None: the device's own address does. far: the host is known."""
    path = request.path
    ours = far or request.headers.get("host", ADDRESS).split(":")[0].lower() in _OURS
    if path == "/metrics" and ours:
        return "metrics"
    if path[:5] != "/api/":
        return "page" if ours and request.method == "GET" else None
    if not ours:
        raise RefusedError(403, "This device is not %s." % request.headers["host"][:40])
    if path[5:] not in _TOPICS:
        raise RefusedError(404, "There is no %s here." % path[:40])
    return _TOPICS[path[5:]]


async def _ask(module, parts, request, topic):
    """(status, header lines, body) from the function that the request is for."""
    method = request.method
    if topic == "page" or topic == "metrics" and method == "GET":
        return module.get(parts, request)
    name = request.path[5:].replace(".", "_").replace("/", "_")
    act = method == "GET" and getattr(module, "get_" + name, None)
    if not act:
        async with Module(_CHANGE) as change:
            return _said(await change.answer(module, parts, request, name, JSON))
    with uncollected:
        said = act(parts, request)
        said = _said(await said if hasattr(module, "COLLECTS") else said)
        await collected()
    return said


def _said(answer):
    """(status, header lines, body) of what a topic's function returned."""
    if isinstance(answer, tuple):
        return answer
    return 200, JSON, jsontext.dumps(answer) if isinstance(answer, dict) else answer
