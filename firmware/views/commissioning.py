"""Calibration step by step, for page and console.

1. a test power is held; what the Zappi shows of it is given: `first` holds it at the test phase
2. what it shows then is given: `second` solves, puts in force, and holds the plain power again
3. what it shows in the end is given: `compare` keeps date, volts, watts and power factor, and
   calibrates the sense channel by it where one is fitted
`once` solves from the first reading alone where the power factor is good. `undo` goes back to what
was in force before. What was read is a dictionary of words or numbers: watts, and one of pf, va,
amps where the Zappi shows it.

All of it is done by firmware/views/quietly.py, for the settings are changed. Each part is in
memory only while it works: a WROOM-32 has no room for all of them beside a live view.
Clock domain: *second*.
"""

import gc

from micropython import const

from lib.ondemand import Module

_READING = const("firmware.views.commissioning_reading")
_RECORD = const("firmware.views.commissioning_record")


class StepError(Exception):
    """A step that can't be done; words that help, and the field that they are about."""

    def __init__(self, words, field="watts"):
        super().__init__(words)
        self.field = field


def first(parts, values):
    """Take the plain reading, hold the test phase; (watts, power factor or None, test phase)."""
    with Module(_READING) as reading:
        held_w, watts, pf, lead_deg = reading.plain(parts, values)
    _hold(parts, held_w, lead_deg)
    return watts, pf, lead_deg


def second(parts, values, lead_watts):
    """Solve and put in force; what was, what is, and what may be left, as a dictionary."""
    with Module(_READING) as reading:
        solved = reading.solved(parts, values, lead_watts)
    reading = None  # its memory is needed
    return _put_in_force(parts, solved)


def once(parts, values):
    """The same from one reading, where its power factor says that the phase is right already."""
    with Module(_READING) as reading:
        solved = reading.solved_once(parts, values)
    reading = None
    return _put_in_force(parts, solved)


def _put_in_force(parts, solved):
    held_w, found, (gain_trim_pct, lag_deg, invert), expected_pct = solved
    now = parts.settings.now
    gc.collect()
    with Module(_RECORD) as record:
        was = record.record()
        was.pop("was", None)
        before = {name: getattr(now, name) for name in record.BEFORE}
        ours = {name: before[name] for name in record.OURS}
    record = None  # its memory is needed
    after = {"gain_trim_pct": gain_trim_pct, "lag_deg": lag_deg, "invert": invert}
    parts.settings.change(**after)
    gc.collect()
    with Module(_RECORD) as record:
        record.keep({"before": before, "stage": None, "was": was})
    parts.health.event("calibrated", factor=found[0], off_deg=found[1], swapped=found[2])
    _hold(parts, held_w, 0)
    return {
        "before": ours,
        "after": after,
        "factor": found[0],
        "off_deg": found[1],
        "swapped": found[2],
        "expected_pct": expected_pct,
    }


def compare(parts, values, date=""):
    """Keep what the Zappi shows of the held power as the record of commissioning."""
    with Module(_READING) as reading:
        held_w, watts, pf = reading.compared(parts, values)
    reading = None
    sense = _sense(parts, abs(watts - held_w) <= 0.02 * abs(held_w))
    now = parts.settings.now
    gc.collect()
    with Module(_RECORD) as record:
        kept = record.record()
        kept.update(
            {
                "date": str(date)[:20],
                "volts": round(parts.mains.volts, 1),
                "held_w": held_w,
                "watts": watts,
                "pf": pf,
                "sense": sense,
                "stage": [getattr(now, name) for name in record.STAGE],
            }
        )
        record.keep(kept)
        shown = record.shown(parts)
    parts.hold.release()
    parts.health.event("compared", held_w=held_w, watts=watts)
    return shown


def _sense(parts, right):
    """Make the sense channel agree with a current that the Zappi shows rightly; how that went."""
    if not parts.settings.now.readback:
        return ""
    if not right:
        return "sense channel left as it was: first the Zappi must be right within 2 %"
    try:
        found = parts.readback.calibration()
    except ValueError as why:
        return "sense channel left as it was: %s" % why
    parts.settings.change(**found)
    return "sense channel calibrated: %.2f %%, %+.2f deg" % (
        found["sense_trim_pct"], found["sense_trim_deg"]
    )  # fmt: skip


def undo(parts):
    """What was in force before the last calibration is in force again."""
    with Module(_RECORD) as record:
        kept = record.record()
        ours = record.OURS
    record = None  # its memory is needed
    before = kept.get("before")
    if not before:
        raise StepError("There is no calibration to take back.")
    parts.settings.change(**before)
    with Module(_RECORD) as record:
        record.keep(kept.get("was") or {})
    parts.hold.release()
    parts.health.event("calibration taken back")
    return {name: before[name] for name in ours}


def _hold(parts, watts, lead_deg):
    with Module("firmware.views.test_power") as test_power, Module("lib.numbers") as numbers:
        test_power.begin(parts, numbers, watts, 10, "calibration", lead_deg)
