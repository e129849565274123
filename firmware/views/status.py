"""The one status object that page, live stream and console show.

Clock domain: *second*. About 1.4 kB as JSON; made when somebody looks, never kept.
"""

import gc
from time import ticks_us

from firmware.version import VERSION
from lib import jsontext

# What the inverter's part of it loads.
NEEDS = (
    "firmware.inverter.report",
    "lib.rtuwords",
    "firmware.inverter.witness_words",
    "firmware.inverter.plausible",
)


def status(parts):
    """Everything a person needs to answer "why does the charger see this?", as a dictionary.

    Numbers are rounded to what is meaningful; None where there is nothing to know.
    """
    return {name: make(parts) for name, make in _SECTIONS}


def pieces(parts):
    """The same as JSON, one section at a time, so that no long text is ever in one piece."""
    mark = "{"
    for name, make in _SECTIONS:
        values = make(parts)
        yield '%s"%s":' % (mark, name)  # half of the work is done: others may come between
        yield jsontext.dumps(values)
        mark = ","
    yield "}"


def text(parts):
    """The same as one line of JSON."""
    return "".join(pieces(parts))


def rounded(value, digits):
    """A number with so many decimals, whole numbers and words untouched, None for NaN."""
    if not isinstance(value, float):
        return value
    if value != value or abs(value) == float("inf"):
        return None
    return float("%.*f" % (digits, value))


def _uptime_s(parts):
    seconds, milliseconds = parts.health.uptime()
    return seconds + milliseconds // 100 / 10


def _inverter(parts):
    """The line's statistics and the latest reading with its age."""
    values = _rounded(parts.inverter.status())
    reading = parts.inverter.latest
    values["problem"] = parts.inverter.problem
    values["battery_w"] = rounded(reading.battery_w, 0) if reading else None
    values["soc_pct"] = rounded(reading.soc_pct, 1) if reading else None
    values["battery_v"] = rounded(reading.battery_v, 1) if reading else None
    values["battery_a"] = rounded(reading.battery_a, 1) if reading else None
    values["age_ms"] = parts.clock.since_ms(reading.at_ms) if reading else None
    return values


def mains(sensed):
    """What is known of the mains."""
    t = sensed.tracker
    return {
        "locked": sensed.lock is not None,
        "state": t.state,
        "volts": rounded(sensed.volts, 1),
        "hz": rounded(t.hz, 3),
        "hz_per_s": rounded(t.hz_per_s, 2),
        "phase_error_deg": rounded(t.error * 360 / (1 << 26), 2),
        "noise_pct": rounded(141.4 * sensed.noise / (4 * t.peak + 64), 1),
        "sample_hz": sensed.sample_hz,
    }


def ct(output):
    """What goes out, and how far ahead."""
    return {
        "commanded_w": output.watts,
        "ma": rounded(output.ma, 3),
        "queue_ms": output.ring.queued_us(ticks_us()) // 1000,
        "underruns": output.ring.underruns,
        "slips": output.ring.slips,
        "max_gap_ms": output.max_gap_us // 1000,
        "running": output.ring.synced,
    }


def _readback(parts):
    values = parts.readback.status() if parts.settings.now.readback else None
    return values and _rounded(values)


def _hold(parts):
    left_s = parts.hold.left_s(parts.clock.ms())
    if not left_s or left_s <= 0:
        return None
    return {"watts": rounded(parts.hold.watts, 0), "left_s": rounded(left_s, 1)}


def _offset_w(parts):
    """How much of what is shown is a margin that a setting adds to the battery's power."""
    follows = parts.inverter.latest and not parts.hold.left_s(parts.clock.ms()) and parts.ct.watts
    return parts.settings.now.offset_w if follows else 0


def _loop(parts):
    gauges = parts.health.gauges
    return {
        "late_ms": rounded(gauges.get("loop_late_ms"), 1),
        "late_max_ms": rounded(gauges.get("loop_late_max_ms"), 1),
    }


def _chip(parts):
    """What is left of the chip: Python's heap, the system's beside it, the core's time."""
    gauges = parts.health.gauges
    return {
        "heap_used": gc.mem_alloc(),
        "heap_free": gauges.get("heap_free"),
        "idf_free": gauges.get("idf_free"),
        "idf_largest": gauges.get("idf_largest"),
        "idf_least": gauges.get("idf_least"),
        "load_pct": gauges.get("load_pct"),
        "longest_stall_ms": gauges.get("longest_stall_ms"),
    }


def _rounded(values):
    """A copy of a part's own status with its floats cut to three decimals."""
    return {name: rounded(values[name], 3) for name in values}


_SECTIONS = (
    ("uptime_s", _uptime_s),
    ("because", lambda parts: parts.health.reason),
    ("muted", lambda parts: parts.settings.now.muted),
    ("inverter", _inverter),
    ("mains", lambda parts: mains(parts.mains)),
    ("ct", lambda parts: ct(parts.ct)),
    ("readback", _readback),
    ("hold", _hold),
    ("offset_w", _offset_w),
    ("limit_w", lambda parts: parts.settings.now.limit_w),
    ("stale_s", lambda parts: parts.settings.now.stale_s),
    ("loop", _loop),
    ("faults", lambda parts: parts.health.faults),
    ("counters", lambda parts: parts.health.counters),
    ("events", lambda parts: parts.health.events_written),
    ("chip", _chip),
    ("version", lambda parts: VERSION),
)
