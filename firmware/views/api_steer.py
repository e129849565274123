"""Hold, release, mute, and the one question about the direction."""

from micropython import const

from firmware.views.web import RefusedError
from lib.ondemand import Module

_HOLD_MINUTES = const(5.0)
_LAST_LIFE = const("firmware.device.last_life")


def post_hold(parts, body):
    """Show a test power: {"watts": 2000, "minutes": 5}."""
    settings = parts.settings.now
    watts = _number(body, "watts", -settings.limit_w, settings.limit_w, "W")
    minutes = _number(body, "minutes", 0.1, 15, "minutes", _HOLD_MINUTES)
    if settings.muted:
        raise RefusedError(409, "The output is muted. Unmute it first.", "watts")
    parts.hold.start(watts, minutes, parts.clock.ms())
    parts.health.event("hold", watts=watts, minutes=minutes, by="page")
    return {"watts": watts, "minutes": minutes}


def post_release(parts, _body):
    """End the test power."""
    parts.hold.release()
    parts.health.event("release", by="page")
    return {}


def post_mute(parts, body):
    """{"muted": true}: zero until {"muted": false}."""
    return {"muted": parts.settings.change(muted=_truth(body, "muted")).muted}


def post_direction(parts, body):
    """{"charging": true}: what the battery does now."""
    return {"words": parts.inverter.answer_direction(_truth(body, "charging"))}


def post_seen(parts, _body):
    """What the last life left behind has been read."""
    with Module(_LAST_LIFE) as last_life:
        last_life.seen(parts.health)
    return {}


def _truth(body, name):
    value = body.get(name)
    if not isinstance(value, bool):
        raise RefusedError(400, "%s: give true or false." % name, name)
    return value


def _number(body, name, low, high, unit, default=None):
    """A number of the body within its range."""
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        words = "%s: give %g to %g %s." % (name, low, high, unit)
        raise RefusedError(400, words, name)
    return value
