"""Who may do what through the home's WiFi: look, if the settings say so; change, after a login.

Whoever is on the device's own access point has its WPA2 password and needs no other. In memory
while somebody from the home asks. Clock domain: *second*.
"""

from firmware.views.web import RefusedError
from lib.ondemand import Module

_COOKIE = "ct="
_NEVER_OPEN = ("/api/wifi", "/api/home")  # they tell of passwords and of the home


def admit(parts, request):
    """ "" where the request goes on, else where it is to go; RefusedError where neither."""
    path, host = request.path, request.headers.get("host", "").lower()
    with Module("firmware.views.home") as where:
        home = where.carried()
    if home is None:
        raise RefusedError(403, "Only the device's own WiFi leads to this page.")
    told = path[:5] == "/api/" or path == "/metrics"
    if host.split(":")[0] not in (home.ip, home.name, home.name + ".local", "localhost"):
        if told or request.method != "GET":
            raise RefusedError(403, "This device is not %s." % host[:40])
        return "http://%s/" % home.ip
    looks = request.method == "GET" and home.values["open"] and path not in _NEVER_OPEN
    if not told or looks or path == "/api/login":
        return ""
    if not home.sessions.holds(token(request), parts.health.uptime()[0]):
        _refuse(home)
    return ""


def _refuse(home):
    if not home.values.get("login"):
        raise RefusedError(403, "First set a page password, from the device's own WiFi.")
    raise RefusedError(401, "Log in with the page's password.", "login")


def token(request):
    """What the browser's cookie says of an earlier login."""
    for part in request.headers.get("cookie", "").split(";"):
        if part.strip()[: len(_COOKIE)] == _COOKIE:
            return part.strip()[len(_COOKIE) :][:64]
    return ""
