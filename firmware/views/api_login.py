"""The page's password, for who comes through the home's WiFi. Clock domain: *second*.

{"password": words} logs in, {"out": true} logs out; the session is a cookie that no script and no
other site can use.
"""

from firmware.views.web import RefusedError
from lib import jsontext
from lib.ondemand import Module

NEEDS = ("firmware.views.home", "firmware.views.login")
WAITS = True  # the answer is a coroutine
_COOKIE = "Set-Cookie: ct=%s; Path=/; HttpOnly; SameSite=Strict\r\n"
_JSON = "Content-Type: application/json; charset=UTF-8\r\nCache-Control: no-store\r\n"


async def post_login(parts, body):
    """The session's cookie, or 401, or 429 while wrong ones make it wait."""
    with Module(NEEDS[0]) as where, Module(NEEDS[1]) as login:
        home = where.carried()
        if home is None:
            raise RefusedError(409, where.NOT_HERE)
        if not isinstance(body.get("password", ""), str):
            raise RefusedError(400, "password: give it as text.", "password")
        if body.get("out"):
            home.sessions.end()
            return 200, _JSON + _COOKIE % "", "{}"
        kept = home.values.get("login")
        if not kept:
            raise RefusedError(409, "No page password is set: set one from the own WiFi.")
        wait_s = home.sessions.wait_s(parts.health.uptime()[0])
        if wait_s:
            raise RefusedError(429, "Too many wrong ones. Wait %d s." % wait_s, "password")
        # Counted as wrong before the hashing: many at the same time are many.
        home.sessions.tried(False, parts.health.uptime()[0])
        if not await login.fits(str(body.get("password", ""))[:64], kept):
            parts.health.count("home login", "wrong password")
            raise RefusedError(401, "That is not the page's password.", "password")
        home.sessions.tried(True, parts.health.uptime()[0])
        token = home.sessions.begin(home.board.random_bytes, parts.health.uptime()[0])
        parts.health.event("login", home=True)
        return 200, _JSON + _COOKIE % token, jsontext.dumps({"logged_in": True})
