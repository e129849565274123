"""The one status object that page, live stream and console show.

Clock domain: *second*. About 1 kB as JSON; made when somebody looks, never kept.
"""

import gc
from collections import namedtuple

from firmware.version import VERSION
from lib import jsontext

# What the views may look at and steer; made once by the app.
Parts = namedtuple(
    "Parts", ("inverter", "mains", "ct", "hold", "settings", "health", "clock", "readback")
)


def status(parts):
    """Everything a person needs to answer "why does the charger see this?", as a dictionary.

    Numbers are rounded to what is meaningful; None where there is nothing to know.
    """
    health = parts.health
    gauges = health.gauges
    seconds, milliseconds = health.uptime()
    settings = parts.settings.now
    readback = parts.readback.status() if settings.readback else None
    return {
        "uptime_s": seconds + milliseconds // 100 / 10,
        "because": health.reason,
        "muted": settings.muted,
        "inverter": _inverter(parts),
        "mains": _rounded(parts.mains.status()),
        "ct": _rounded(parts.ct.status()),
        "readback": readback and _rounded(readback),
        "hold": _hold(parts),
        "limit_w": settings.limit_w,
        "stale_s": settings.stale_s,
        "loop": {
            "late_ms": rounded(gauges.get("loop_late_ms"), 1),
            "late_max_ms": rounded(gauges.get("loop_late_max_ms"), 1),
        },
        "faults": health.faults,
        "counters": health.counters,
        "events": health.events_written,
        "heap_free": gc.mem_free(),
        "version": VERSION,
    }


def text(parts):
    """The status as one line of JSON."""
    return jsontext.dumps(status(parts))


def rounded(value, digits):
    """A number with so many decimals, whole numbers and words untouched, None for NaN."""
    if not isinstance(value, float):
        return value
    if value != value or abs(value) == float("inf"):
        return None
    return float("%.*f" % (digits, value))


def _inverter(parts):
    """The line's statistics and the latest reading with its age."""
    told = _rounded(parts.inverter.status())
    reading = parts.inverter.latest
    told["problem"] = parts.inverter.problem
    told["battery_w"] = told["soc_pct"] = told["battery_v"] = told["battery_a"] = None
    told["age_ms"] = None
    if reading is not None:
        told["battery_w"] = rounded(reading.battery_w, 0)
        told["soc_pct"] = rounded(reading.soc_pct, 1)
        told["battery_v"] = rounded(reading.battery_v, 1)
        told["battery_a"] = rounded(reading.battery_a, 1)
        told["age_ms"] = parts.clock.since_ms(reading.at_ms)
    return told


def _hold(parts):
    left_s = parts.hold.left_s(parts.clock.ms())
    if not left_s or left_s <= 0:
        return None
    return {"watts": rounded(parts.hold.watts, 0), "left_s": rounded(left_s, 1)}


def _rounded(told):
    """A copy of a part's own status with its floats cut to three decimals."""
    return {name: rounded(told[name], 3) for name in told}
