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

_CALIBRATE = const("firmware.signal.calibrate")
_NUMBERS = const("lib.numbers")
_RECORD = const("firmware.views.commissioning_record")


class StepError(Exception):
    """A step that can't be done; words that help, and the field that they are about."""

    def __init__(self, words, field="watts"):
        super().__init__(words)
        self.field = field


def first(parts, values):
    """Take the plain reading, hold the test phase; (watts, power factor or None, test phase)."""

    def work(calibrate, numbers):
        held_w = _held(parts, calibrate)
        watts, pf = _reading(parts, calibrate, numbers, values)
        calibrate.check(held_w, watts, pf)
        return held_w, watts, pf, calibrate.TEST_LEAD_DEG

    held_w, watts, pf, lead_deg = _worked_out(work)
    _hold(parts, held_w, lead_deg)
    return watts, pf, lead_deg


def second(parts, values, lead_watts):
    """Solve and put in force; what was, what is, and what may be left, as a dictionary."""

    def work(calibrate, numbers):
        held_w = _held(parts, calibrate)
        if not parts.hold.lead_deg:
            raise StepError("First give what the Zappi shows of the plain power.")
        watts, pf = _reading(parts, calibrate, numbers, values)
        lead_w = _number(numbers, "lead_watts", lead_watts, -25000, 25000, "W")
        found = calibrate.solved(held_w, watts, lead_w, pf)
        return _correction(parts, calibrate, held_w, watts, found)

    return _put_in_force(parts, _worked_out(work))


def once(parts, values):
    """The same from one reading, where its power factor says that the phase is right already."""

    def work(calibrate, numbers):
        held_w = _held(parts, calibrate)
        if parts.hold.lead_deg:
            raise StepError("The test phase is held: give the second reading.")
        watts, pf = _reading(parts, calibrate, numbers, values)
        found = calibrate.solved_once(held_w, watts, pf)
        return _correction(parts, calibrate, held_w, watts, found)

    return _put_in_force(parts, _worked_out(work))


def _worked_out(work):
    """What `work(calibrate, numbers)` returns."""
    gc.collect()  # loaded amid garbage, it would make the heap grow (firmware/device/chip.py)
    with Module(_CALIBRATE) as calibrate, Module(_NUMBERS) as numbers:
        try:
            return work(calibrate, numbers)
        except calibrate.CalibrationError as why:
            raise StepError(str(why), why.field) from None


def _correction(parts, calibrate, held_w, watts, found):
    """(held watts, what was found, settings after it, expected error in %)."""
    now = parts.settings.now
    after = calibrate.corrected(now.gain_trim_pct, now.lag_deg, now.invert, found)
    return held_w, found, after, calibrate.expected_error_pct(held_w, watts)


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

    def work(calibrate, numbers):
        held_w = _held(parts, calibrate)
        if parts.hold.lead_deg:
            raise StepError("The test phase is held. First finish the calibration.")
        watts, pf = _reading(parts, calibrate, numbers, values)
        calibrate.check(held_w, watts, pf)
        return held_w, watts, pf

    held_w, watts, pf = _worked_out(work)
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


def _held(parts, calibrate):
    if not parts.hold.left_s(parts.clock.ms()):
        raise StepError("First hold a test power, for example 2000 W.")
    if abs(parts.hold.watts) < calibrate.LEAST_W:
        raise StepError("Hold at least %d W." % calibrate.LEAST_W)
    return parts.hold.watts


def _hold(parts, watts, lead_deg):
    with Module("firmware.views.test_power") as test_power, Module(_NUMBERS) as numbers:
        test_power.begin(parts, numbers, watts, 10, "calibration", lead_deg)


def _reading(parts, calibrate, numbers, values):
    """(watts, power factor or None) as meant; VA or A make a power factor, too."""
    watts = _number(numbers, "watts", values.get("watts", ""), -25000, 25000, "W")
    for name, most, unit in (("pf", 1, ""), ("va", 30000, "VA"), ("amps", 130, "A")):
        typed = values.get(name)
        if typed not in (None, ""):
            value = _number(numbers, name, typed, -most, most, unit)
            if name != "pf":
                va = abs(value) * (parts.mains.volts if name == "amps" else 1)
                value = calibrate.apparent_pf(watts, va, name)
            return watts, value
    return watts, None


def _number(numbers, field, typed, low, high, unit):
    try:
        return numbers.parse(typed, low, high, unit)
    except ValueError as why:
        raise StepError("%s%s." % (str(why)[0].upper(), str(why)[1:]), field) from None
