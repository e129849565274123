"""Hold, release, mute, and the one question about the direction."""

import asyncio

from micropython import const

from firmware.device.settings import CHANGING
from firmware.views import web
from firmware.views.web import RefusedError
from lib.ondemand import Module

NEEDS = ("firmware.views.test_power",) + CHANGING
_LAST_LIFE = const("firmware.device.last_life")


def post_hold(parts, body):
    """Show a test power: {"watts": 2000, "minutes": 5}."""
    try:
        with Module(NEEDS[0]) as test_power, Module("lib.numbers") as numbers:
            watts, minutes = test_power.begin(
                parts, numbers, body.get("watts"), body.get("minutes"), "page"
            )
    except ValueError as why:
        words, field = why.args
        raise RefusedError(400 if field else 409, words + ".", field) from None
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


def post_restart(parts, _body):
    """Silence, then a restart, when the answer is on its way."""
    if not web.restart:
        raise RefusedError(409, "This device cannot restart itself.")
    parts.health.event("restart", by="page")
    asyncio.create_task(_restart(parts.ct, web.restart))
    return {}


async def _restart(ct, restart):
    await asyncio.sleep(1)
    ct.stop()
    restart()


def _truth(body, name):
    value = body.get(name)
    if not isinstance(value, bool):
        raise RefusedError(400, "%s: give true or false." % name, name)
    return value
