"""What a live view shows, once or once per second. Clock domain: *second*.

A live view has no more in memory than this module and its connection, which is taken over from
lib/http.py: one task tells all who look, with a text that is made once.
"""

import asyncio
import errno
import json
from time import ticks_diff, ticks_ms

from micropython import const

from firmware import policy
from firmware.version import VERSION
from firmware.views.web import RefusedError, viewers

STREAMS = 2  # live views at the same time: half of the connections stay free for questions
PERIOD_MS = 1000
PATIENCE_MS = 8000  # for who takes nothing
_HOLD = const('{"watts":%d,"left_s":%d,"lead_deg":%d}')
_HEAD = const("Content-Type: text/event-stream\r\nCache-Control: no-store\r\n")
_telling: list = []  # not empty while the task is there, which may outlive the last view a little


def get_stream(parts, request):
    """Server-sent events: the newest values now and each second; who is slow misses some."""
    if len(viewers) >= STREAMS:
        parts.health.count("web", "too many live views")
        raise RefusedError(503, "%d live views are open; close one first." % STREAMS)
    ip = request.ip
    return 200, _HEAD, lambda stream, modules: _begin(parts, ip, stream, modules)


def get_live(parts, _request):
    """The same once."""
    return _text(parts)


def _begin(parts, ip, stream, modules):
    """A view takes its connection over: the newest at once; the first starts the task."""
    viewer = [stream, ip, ticks_ms()]
    _say(viewer, _event(parts))
    if _telling:
        for module in modules:  # the task holds them
            module.__exit__()
    else:
        asyncio.create_task(_tell(parts, modules))  # first: without it a view would stand still
        _telling.append(True)
    viewers.append(viewer)


async def _tell(parts, modules):
    """Tell all who look, until nobody does."""
    try:
        while viewers:
            await asyncio.sleep_ms(PERIOD_MS)
            try:
                event = _event(parts)
            except MemoryError:
                parts.health.count("web", "out of memory for a live view")
                continue
            for viewer in viewers[:]:
                why = viewer in viewers and _say(viewer, event)  # else room.py ended it
                if why:
                    parts.health.count("web", why)
                    viewers.remove(viewer)
                    await _close(viewer[0])
    finally:
        while viewers:
            await _close(viewers.pop()[0])
        _telling.clear()
        for module in modules:
            module.__exit__()


def _say(viewer, event):
    """Hand the event over if it took the one before; what is wrong with it, if anything."""
    stream, _, moved_ms = viewer
    now_ms = ticks_ms()
    held, stream.out_buf = stream.out_buf, b""
    try:
        if held:
            stream.write(held)
        if not stream.out_buf:
            held = b""
            stream.write(event)
            viewer[2] = now_ms
    except OSError as why:
        if why.errno not in (errno.ENOMEM, errno.ENOBUFS):  # the network has no memory now
            return why
        stream.out_buf = held
    return "too slow" if ticks_diff(now_ms, moved_ms) > PATIENCE_MS else ""


async def _close(stream):
    try:
        stream.close()
        await stream.wait_closed()
    except OSError:  # it was faster
        pass


def _event(parts):
    return ("data: %s\n\n" % _text(parts)).encode()


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
        json.dumps(health.reason),
        _truth(now.muted),
        _number("%.0f", reading and reading.battery_w),
        _number("%.0f", reading and reading.soc_pct),
        _number("%d", reading and parts.clock.since_ms(reading.at_ms)),
        _truth(inverter.asks_direction),
        json.dumps(inverter.problem),
        _truth(mains.lock),
        _number("%.1f", mains.volts),
        _number("%.2f", mains.lock and mains.lock.hz),
        _number("%d", ct.watts),
        _number("%.3f", ct.ma),
        _number("%.3f", now.readback and (parts.readback.status() or {}).get("ma") or None),
        _HOLD % (hold.watts, left_s, hold.lead_deg) if left_s > 0 else "null",
        _range_w(inverter.latest, mains.lock, now),
        now.offset_w if reading and left_s <= 0 and ct.watts else 0,
        now.limit_w,
        _number("%g", now.stale_s),
        json.dumps(health.faults),
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
