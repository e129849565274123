"""The later links of `why`: from the reading to the pin. In memory meanwhile."""

from time import ticks_us

from firmware import policy
from lib.ondemand import Module

_RECORD = "firmware.views.commissioning_record"


def rows(parts, age_s):
    """(link, words, age in seconds or None) of each; age_s: of the reading."""
    inverter, mains, ct, hold = parts.inverter, parts.mains, parts.ct, parts.hold
    now, lock = parts.settings.now, parts.mains.lock
    yield "Reading", _reading(inverter, inverter.latest), age_s
    yield "Decision", parts.health.reason, None
    yield "Limits", _limits(lock, now), None
    yield "Mains", _mains(mains, lock), 0.02 if lock else None
    yield "Correction", _correction(now, hold), None
    yield "Compared", _compared(parts), None
    yield "Current", _current(ct, now), None
    yield "Ring", _ring(ct.ring), None
    yield "Pin", _pin(parts, ct), None


def _reading(inverter, reading):
    if not reading:
        return inverter.problem or "none yet"
    words = "%d W" % reading.battery_w
    if reading.battery_v is not None and reading.battery_a is not None:
        words += ", beside it %.1f V x %.1f A" % (reading.battery_v, reading.battery_a)
    return words + (", under orders" if reading.forced else "")


def _limits(lock, now):
    words = "setting %d W" % now.limit_w
    if lock:
        words += ", output stage %d W at %.0f V" % (policy.capacity_w(lock, now), lock.volts)
    return words + (", %+d W added" % now.offset_w if now.offset_w else "")


def _mains(mains, lock):
    if not lock:
        return "not seen"
    return "%.1f V, %.3f Hz, phase within %.2f deg" % (
        lock.volts, lock.hz, abs(mains.tracker.error) * 360 / (1 << 26)
    )  # fmt: skip


def _correction(now, hold):
    words = "%.2f %%, %.2f deg ahead" % (now.gain_trim_pct, now.lag_deg)
    if hold.lead_deg:
        words += ", test phase %d deg" % hold.lead_deg
    return words + (", sign turned round" if now.invert else "")


def _compared(parts):
    with Module(_RECORD) as record:
        kept = record.shown(parts)
    if not kept["compared"]:
        return "never with the Zappi"
    words = "%s: the Zappi showed %d of %d W at %.0f V" % (
        kept["date"] or "once", kept["watts"], kept["held_w"], kept["volts"]
    )  # fmt: skip
    return words + (", settings changed since" if kept["changed"] else "")


def _current(ct, now):
    share = 100 * abs(ct.ma) / now.full_scale_ma
    return "%.3f mA for %d W, %.0f %% of full scale" % (ct.ma, ct.watts, share)


def _ring(ring):
    words = "%d ms ahead" % (ring.queued_us(ticks_us()) // 1000)
    if ring.underruns:
        words += ", %d gaps since the start" % ring.underruns
    return words


def _pin(parts, ct):
    measured = parts.readback.status() if parts.settings.now.readback else None
    if measured and measured.get("ma"):
        return "measured again: %.3f mA" % measured["ma"]
    return "pulses, %s" % ("with the current in them" if ct.watts else "at rest")
