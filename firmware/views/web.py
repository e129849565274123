"""The page and its JSON interface.

Handlers parse, ask the parts, and answer; they keep no state and edit no live object.
Errors are ``{"error": words, "field": name}`` with a 4xx status. Clock domain: *second*.
"""

import json

from microdot.microdot import Response
from micropython import const

from firmware.device import settings as table
from firmware.views import status, wifi
from firmware.views.httpd import App, LiveStream, refusal
from lib import jsontext
from lib.ondemand import Module

PAGE = (
    __file__.rsplit("/", 1)[0] + "/page/index.html.gz" if "/" in __file__ else "page/index.html.gz"
)
_FORM_AND_LOG = const("firmware.views.form_and_log")
_SHARED_MS = const(500)  # live views that look within this time get the same text, made once
_HOLD_MINUTES = const(5.0)
_HTTP_PORT = const(80)

JSON_HEADERS = {"Content-Type": "application/json; charset=UTF-8", "Cache-Control": "no-store"}


class RefusedError(Exception):
    """A request that can't be granted: status code, words, and the field they are about."""

    def __init__(self, status_code, words, field=None):
        super().__init__(words)
        self.status_code = status_code
        self.field = field


def make_app(parts, url=wifi.URL, page=PAGE):
    """The application; `url` is where captive-portal probes are sent, `page` a gzipped file."""
    app = App(parts.health)
    app.get("/")(lambda request: _page(request, page))
    _add_live(app, parts)
    _add_steering(app, parts)
    _add_search(app, parts)
    _add_settings(app, parts)
    _add_log(app, parts)

    def to_the_page(request):
        host = request.headers.get("Host") or ""
        near = host.split(":")[0] in ("localhost", "127.0.0.1")
        return Response.redirect("/" if near else url)

    @app.errorhandler(404)
    def not_found(request):
        # Whatever a phone asks for to find out whether there is an Internet leads to the page.
        if request.path.startswith("/api/"):
            return refusal(404, "There is no %s here." % request.path)
        return to_the_page(request)

    @app.errorhandler(405)
    def not_so(request):
        return refusal(405, "%s is not for %s." % (request.path, request.method))

    @app.errorhandler(413)
    def too_long(request):
        return refusal(413, "That body is too long.")

    @app.errorhandler(500)
    def broken(request):
        parts.health.count("web", "a handler failed")
        return refusal(500, "The device could not do that.")

    return app


def _page(request, path):
    """The gzipped page; a browser that has this very one already is told so."""
    try:
        file = open(path, "rb")
    except OSError:
        return refusal(500, "The page %s is not on this device; flash it again." % path)
    file.seek(-8, 2)  # a gzip file ends with the check sum and the length of what is in it
    tag = '"%s"' % file.read(8).hex()
    headers = {
        "Content-Type": "text/html; charset=UTF-8",
        "Content-Encoding": "gzip",
        "Cache-Control": "no-cache",
        "ETag": tag,
    }
    if request.headers.get("If-None-Match") == tag:
        file.close()
        return Response(b"", 304, headers)
    headers["Content-Length"] = str(file.tell())
    file.seek(0)
    return Response(file, 200, headers)


def _add_live(app, parts):
    """The status, once or once per second."""
    made = [None, b""]  # when, and the event that is shared by all who look at that time

    def event():
        now_ms = parts.clock.ms()
        if made[0] is None or not 0 <= parts.clock.since_ms(made[0]) < _SHARED_MS:
            made[0] = now_ms
            made[1] = b"data: " + status.text(parts).encode() + b"\n\n"
        return made[1]

    @app.get("/api/status")
    def now(request):
        return status.text(parts), 200, JSON_HEADERS

    @app.get("/api/stream")
    def stream(request):
        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        return LiveStream(parts.clock, event), 200, headers


def _add_steering(app, parts):
    """Hold, release, mute, and the one question about the direction."""

    def hold(body):
        settings = parts.settings.now
        watts = _number(body, "watts", -settings.limit_w, settings.limit_w, "W")
        minutes = _number(body, "minutes", 0.1, 15, "minutes", _HOLD_MINUTES)
        if settings.muted:
            raise RefusedError(409, "The output is muted. Unmute it first.", "watts")
        parts.hold.start(watts, minutes, parts.clock.ms())
        parts.health.event("hold", watts=watts, minutes=minutes, by="page")
        return {"watts": watts, "minutes": minutes}

    def release(body):
        parts.hold.release()
        parts.health.event("release", by="page")
        return {}

    def mute(body):
        muted = body.get("muted")
        if not isinstance(muted, bool):
            raise RefusedError(400, "muted: give true or false.", "muted")
        return {"muted": parts.settings.change(muted=muted).muted}

    def direction(body):
        charging = body.get("charging")
        if not isinstance(charging, bool):
            raise RefusedError(400, "charging: give true or false.", "charging")
        return {"words": parts.inverter.answer_direction(charging)}

    def seen(body):
        with Module("firmware.device.last_life") as last_life:
            last_life.seen(parts.health)
        return {}

    app.post("/api/seen")(_api(seen))
    app.post("/api/direction")(_api(direction))
    app.post("/api/hold")(_api(hold))
    app.post("/api/release")(_api(release, body_needed=False))
    app.post("/api/mute")(_api(mute))


def _add_search(app, parts):
    """Find the inverter: start {}, {"cancel": true}, store {"use": profile}; GET tells how far."""

    def scan(body):
        search = parts.inverter.scan
        if body.get("cancel"):
            search.cancel()
        elif "use" in body:
            try:
                search.accept(body["use"])
            except ValueError as why:
                raise RefusedError(409, str(why), "use") from None
        elif not search.start():
            raise RefusedError(409, "A search is already running.")
        return search.status()

    @app.get("/api/scan")
    def scan_status(request):
        return jsontext.dumps(parts.inverter.scan.status()), 200, JSON_HEADERS

    app.post("/api/scan")(_api(scan))


def _add_settings(app, parts):
    """The form and what comes back from it."""

    @app.get("/api/settings")
    def form(request):
        with Module(_FORM_AND_LOG) as form_and_log:  # the answer keeps it until it is sent
            return form_and_log.form(parts.settings.now), 200, JSON_HEADERS

    def change(body):
        table.check(body)  # also for names that no call could have, as "self"
        accepted = parts.settings.change(**body)
        values = {name: getattr(accepted, name) for name in body if name not in table.SECRET}
        saved = "settings file" not in parts.health.faults
        return {"accepted": values, "saved": saved}

    def accept(body):
        parts.settings.accept()
        return {}

    app.post("/api/settings")(_api(change))
    app.post("/api/settings/accept")(_api(accept))


def _add_log(app, parts):
    """The events since the start, as JSON and as a spreadsheet."""
    health = parts.health

    @app.get("/api/log")
    def log(request):
        since = request.args.get("since", "0")
        number = int(since) if since.isdigit() and len(since) < 9 else 0
        with Module(_FORM_AND_LOG) as form_and_log:
            return form_and_log.log_json(health, number), 200, JSON_HEADERS

    @app.get("/api/log.csv")
    def log_csv(request):
        headers = {
            "Content-Type": "text/csv; charset=UTF-8",
            "Content-Disposition": 'attachment; filename="battery-ct-log.csv"',
            "Cache-Control": "no-store",
        }
        with Module(_FORM_AND_LOG) as form_and_log:
            return form_and_log.log_csv(health), 200, headers


def _api(act, body_needed=True):
    """A handler that hands the JSON body to `act` and turns refusals into answers.

    Requiring the JSON content type keeps other sites' forms from steering the device.
    """

    def handler(request):
        try:
            return jsontext.dumps(act(_body(request) if body_needed else {})), 200, JSON_HEADERS
        except RefusedError as why:
            return refusal(why.status_code, str(why), why.field)
        except table.SettingError as why:
            return refusal(400, str(why), why.name)

    return handler


def _body(request):
    """The request's JSON object."""
    kind = (request.content_type or "").split(";")[0].strip()
    if kind != "application/json":
        raise RefusedError(415, "Send JSON, as Content-Type: application/json.")
    try:
        body = json.loads(request.body.decode())
    except ValueError:
        raise RefusedError(400, "That is not JSON.") from None
    if not isinstance(body, dict):
        raise RefusedError(400, "Send a JSON object.")
    return body


def _number(body, name, low, high, unit, default=None):
    """A number of the body within its range."""
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        words = "%s: give %g to %g %s." % (name, low, high, unit)
        raise RefusedError(400, words, name)
    return value


async def serve(board, parts):
    """The access point, its name server and the page."""
    await wifi.start(board, parts)
    await make_app(parts, wifi.URL).start_server(port=_HTTP_PORT)
