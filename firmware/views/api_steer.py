"""Hold, release, mute, restart, the clock, and the one question about the direction."""

import asyncio

from micropython import const

from firmware.views.web import RefusedError
from lib.ondemand import Module

POST_NEEDS = "firmware.views.test_power", "lib.numbers"  # for hold, while current flows
_LAST_LIFE = const("firmware.device.last_life")


def saves(name, _body):
    """Which of them write to the flash."""
    return name in ("mute", "seen")


def post_hold(parts, body):
    """Show a test power: {"watts": 2000, "minutes": 5}."""
    try:
        with Module(POST_NEEDS[0]) as test_power, Module(POST_NEEDS[1]) as numbers:
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
    if not parts.board:
        raise RefusedError(409, "This device cannot restart itself.")
    parts.health.event("restart", by="page")
    asyncio.create_task(_restart(parts.ct, parts.board.reset))
    return {}


async def _restart(ct, restart):
    await asyncio.sleep(1)
    ct.stop()
    restart()


def post_clock(parts, body):
    """{"now": "2026-11-23T14:03:12"}: what the phone's clock says; kept through soft resets."""
    words = str(body.get("now", ""))
    numbers = [words[a:b] for a, b in ((0, 4), (5, 7), (8, 10), (11, 13), (14, 16), (17, 19))]
    if not all(number.isdigit() for number in numbers):
        raise RefusedError(400, "now: give a time as 2026-11-23T14:03:12.", "now")
    year, month, day, hour, minute, second = [int(number) for number in numbers]
    low, high = (2024, 1, 1, 0, 0, 0), (2099, 12, 31, 23, 59, 59)
    moment = (year, month, day, hour, minute, second)
    if not all(low[i] <= moment[i] <= high[i] for i in range(6)):
        raise RefusedError(400, "now: %s is no time." % words[:19], "now")
    if parts.board:
        parts.board.set_clock(moment)
    return {"now": words[:19]}


def _truth(body, name):
    value = body.get(name)
    if not isinstance(value, bool):
        raise RefusedError(400, "%s: give true or false." % name, name)
    return value
