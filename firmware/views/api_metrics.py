"""What a Prometheus scrapes: the device's numbers as plain text. Clock domain: *second*."""

import gc

from micropython import const

from firmware.version import VERSION

_HEAD = const(
    "Content-Type: text/plain; version=0.0.4; charset=UTF-8\r\nCache-Control: no-store\r\n"
)


def get(parts, _request):
    """All of them, one at a time."""
    return 200, _HEAD, _lines(parts)


def _lines(parts):
    inverter, mains, ct, health = parts.inverter, parts.mains, parts.ct, parts.health
    reading = inverter.latest
    yield 'battery_ct_info{version="%s"} 1\n' % VERSION
    if reading:
        yield _gauge("battery_watts", reading.battery_w)
        yield _gauge("charge_percent", reading.soc_pct)
        yield _gauge("reading_age_seconds", parts.clock.since_ms(reading.at_ms) / 1000)
    yield _gauge("ct_watts", ct.watts)
    yield _gauge("ct_milliamperes", ct.ma)
    yield _gauge("mains_locked", 1 if mains.lock else 0)
    yield _gauge("mains_volts", mains.volts)
    if mains.lock:
        yield _gauge("mains_hertz", mains.lock.hz)
    yield _gauge("uptime_seconds", health.uptime()[0])
    yield _gauge("faults", len(health.faults))
    yield _gauge("events_total", health.events_written)
    yield _gauge("heap_used_bytes", gc.mem_alloc())
    for name in ("idf_free", "load_pct", "longest_stall_ms"):
        yield _gauge(name, health.gauges.get(name))
    for name in sorted(health.counters):
        label = name.replace("\\", "").replace('"', "").replace("\n", "")
        yield 'battery_ct_count_total{what="%s"} %d\n' % (label, health.counters[name])


def _gauge(name, value):
    if value is None or value != value:
        return ""
    return "battery_ct_%s %.6g\n" % (name, value)
