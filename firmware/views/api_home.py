"""The home's WiFi: how it stands, and what a person wants of it. Clock domain: *second*.

POST {"scan": true} listens for networks; fields of home_settings.FIELDS and "login", a new
password of the page (with "old_login" where there is one), are changed all or none.
"""

from firmware.device.settings import SettingError
from lib.ondemand import Module

NEEDS = ("firmware.views.home", "firmware.views.home_settings", "firmware.views.login")
WAITS = True  # a post's answer is a coroutine
_LONGEST = 64


def get_home(_parts, _request):
    """Whether the board carries it, and all but the passwords."""
    with Module(NEEDS[0]) as where, Module(NEEDS[1]) as settings:
        home = where.carried()
        if home is None:
            return {"possible": False, "words": where.NOT_HERE}
        shown = {
            "possible": True,
            "state": home.state,
            "words": home.words,
            "ip": home.ip,
            "name": home.name,
            "login_set": bool(home.values.get("login")),
            "mqtt": home.mqtt,
            "scanning": home.scanning,
            "networks": home.networks,
        }
        for row in settings.FIELDS:
            if row[0] in settings.SECRET:
                shown[row[0] + "_set"] = bool(home.values[row[0]])
            else:
                shown[row[0]] = home.values[row[0]]
        return shown


async def post_home(parts, body):
    """Scan, or change; the answer is how it stands then."""
    with Module(NEEDS[0]) as where, Module(NEEDS[1]) as settings, Module(NEEDS[2]) as login:
        home = where.carried()
        if home is None:
            raise SettingError("ssid", where.NOT_HERE)
        scan = body.pop("scan", False)
        if body:
            await _change(parts, home, settings, login, body)
        if scan:
            home.look()
    return get_home(parts, None)


async def _change(parts, home, settings, login, body):
    new = body.pop("login", "")
    old = body.pop("old_login", "")
    known = [row[0] for row in settings.FIELDS]
    for name in body:
        if name not in known:
            raise SettingError(name, "there is no such setting")
    values = dict(home.values)
    values.update(settings.checked(body))
    for name, text in (("login", new), ("old_login", old)):
        if not isinstance(text, str):
            raise SettingError(name, "give it as text")
    if new:
        if not login.SHORTEST <= len(new) <= _LONGEST:
            raise SettingError("login", "give 8 to 64 characters")
        if values.get("login"):
            await _old(parts, home, login, old[:_LONGEST], values["login"])
        values["login"] = await login.made(new, home.board.random_bytes(16))
    try:
        async with Module("firmware.views.quietly") as quietly:
            await quietly.quietly(parts, 0, settings.save, values)
    except OSError as why:
        raise SettingError("ssid", "not saved: %s" % why) from None
    if new:
        home.sessions.end()
    parts.health.event("setting", about="home WiFi", value=values["ssid"] or "none")
    home.change()


async def _old(parts, home, login, old, kept):
    """A new password of the page wants the old one, tried as rarely as a login."""
    now_s = parts.health.uptime()[0]
    if home.sessions.wait_s(now_s):
        raise SettingError("old_login", "wait %d s" % home.sessions.wait_s(now_s))
    home.sessions.tried(False, now_s)
    if not await login.fits(old, kept):
        raise SettingError("old_login", "give the page password in force for a new one")
    home.sessions.tried(True, now_s)
