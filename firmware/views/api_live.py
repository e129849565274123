"""The status: all of it once, or what a live view shows, once per second. Clock domain: *second*.

The live view has no other module in memory, and its text is made once for all who look.
"""

from time import ticks_diff, ticks_ms

from micropython import const

from firmware import policy
from firmware.version import VERSION
from firmware.views.web import RefusedError
from lib import jsontext

STREAMS = 2  # live views at the same time: half of the connections stay free for questions
_SHARED_MS = const(500)
_HOLD = const('{"watts":%d,"left_s":%d,"lead_deg":%d}')
_HEAD = const("Content-Type: text/event-stream\r\nCache-Control: no-store\r\n")

_streams = 0
_made: list = [0, None]  # when, and the text


def get_stream(parts, _request):
    """Server-sent events: the newest values now and each second; who is slow misses some."""
    if _streams >= STREAMS:
        parts.health.count("web", "too many live views")
        raise RefusedError(503, "%d live views are open; close one first." % STREAMS)
    return 200, _HEAD, _events(parts)


def get_live(parts, _request):
    """The same once."""
    return _text(parts)


def _events(parts):
    global _streams  # noqa: PLW0603 - one number of one server
    _streams += 1
    try:
        while True:
            now_ms = ticks_ms()
            if _made[1] is None or not 0 <= ticks_diff(now_ms, _made[0]) < _SHARED_MS:
                _made[0], _made[1] = now_ms, "data: %s\n\n" % _text(parts)
            yield _made[1]
            yield None
    finally:
        _streams -= 1


def _text(parts):
    """A subset of the status as JSON, by one format: no dictionary is built for it."""
    inverter, mains, ct, health = parts.inverter, parts.mains, parts.ct, parts.health
    now, hold, reading = parts.settings.now, parts.hold, inverter.latest
    left_s = hold.left_s(parts.clock.ms())
    return (
        '{"uptime_s":%d,"because":%s,"muted":%s,"inverter":{"battery_w":%s,"soc_pct":%s,'
        '"age_ms":%s,"question":%s,"problem":%s},"mains":{"locked":%s,"volts":%s,"hz":%s},'
        '"ct":{"commanded_w":%s,"ma":%s},"readback_ma":%s,"hold":%s,"range_w":%s,'
        '"offset_w":%d,"limit_w":%d,"stale_s":%s,"faults":%s,'
        '"events":%d,"version":"%s"}'
    ) % (
        health.uptime()[0],
        jsontext.dumps(health.reason),
        _truth(now.muted),
        _number("%.0f", reading and reading.battery_w),
        _number("%.0f", reading and reading.soc_pct),
        _number("%d", reading and parts.clock.since_ms(reading.at_ms)),
        _truth(inverter.asks_direction),
        jsontext.dumps(inverter.problem),
        _truth(mains.lock),
        _number("%.1f", mains.volts),
        _number("%.2f", mains.lock and mains.lock.hz),
        _number("%d", ct.watts),
        _number("%.3f", ct.ma),
        _number("%.3f", now.readback and (parts.readback.status() or {}).get("ma") or None),
        _HOLD % (hold.watts, left_s, hold.lead_deg) if left_s > 0 else "null",
        _range_w(inverter.latest, mains.lock, now),
        now.offset_w if reading and left_s <= 0 else 0,
        now.limit_w,
        jsontext.number(now.stale_s),
        jsontext.dumps(health.faults),
        health.events_written,
        VERSION,
    )


def _range_w(reading, lock, now):
    """The largest test power that can be shown now, either way."""
    if policy.obstacle(reading, lock, now):
        return "null"
    return str(min(now.limit_w, policy.capacity_w(lock, now)))


def _truth(value):
    return "true" if value else "false"


def _number(form, value):
    return "null" if value is None or value != value else form % value
