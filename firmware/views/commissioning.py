"""Calibration step by step, for page and console, and the record of it.

1. a test power is held; what the Zappi shows of it is given: `first` holds it at the test phase
2. what it shows then is given: `second` solves, puts in force, and holds the plain power again
3. what it shows in the end is given: `compare` keeps date, volts, watts and power factor, and
   calibrates the sense channel by it where one is fitted
`once` solves from the first reading alone where the power factor is good. `undo` goes back to what
was in force before. What was read is a dictionary of words or numbers: watts, and one of pf, va,
amps where the Zappi shows it. In memory while it works. Clock domain: *second*.
"""

import json

from lib.ondemand import Module

with Module("lib.atomicfile") as atomicfile:  # it goes when this module goes
    pass

FILE = "commissioning.json"
_OURS = ("gain_trim_pct", "lag_deg", "invert")
_BEFORE = _OURS + ("sense_trim_pct", "sense_trim_deg")
_STAGE = _OURS + ("stage", "full_scale_ma", "mains_scale")


def first(parts, tools, values):
    """Take the plain reading and hold the test phase; (watts, power factor or None) as meant."""
    calibrate = tools[0]
    held_w = _held(parts, calibrate)
    watts, pf = _reading(parts, tools, values)
    calibrate.check(held_w, watts, pf)
    _hold(parts, tools, held_w, calibrate.TEST_LEAD_DEG)
    return watts, pf


def second(parts, tools, values, lead_watts):
    """Solve and put in force; what was, what is, and what may be left, as a dictionary."""
    calibrate, numbers, _ = tools[:3]
    held_w = _held(parts, calibrate)
    if not parts.hold.lead_deg:
        raise calibrate.CalibrationError("First give what the Zappi shows of the plain power.")
    watts, pf = _reading(parts, tools, values)
    lead_watts = _number(numbers, calibrate, "lead_watts", lead_watts, -25000, 25000, "W")
    found = calibrate.solved(held_w, watts, lead_watts, pf)
    return _put_in_force(parts, tools, held_w, watts, found)


def once(parts, tools, values):
    """The same from one reading, where its power factor says that the phase is right already."""
    calibrate = tools[0]
    held_w = _held(parts, calibrate)
    if parts.hold.lead_deg:
        raise calibrate.CalibrationError("The test phase is held: give the second reading.")
    watts, pf = _reading(parts, tools, values)
    return _put_in_force(parts, tools, held_w, watts, calibrate.solved_once(held_w, watts, pf))


def _put_in_force(parts, tools, held_w, watts, found):
    calibrate, now, was = tools[0], parts.settings.now, record()
    was.pop("was", None)
    before = {name: getattr(now, name) for name in _BEFORE}
    trim, lag_deg, invert = calibrate.corrected(now.gain_trim_pct, now.lag_deg, now.invert, found)
    after = {"gain_trim_pct": trim, "lag_deg": lag_deg, "invert": invert}
    parts.settings.change(**after)
    _keep({"before": before, "stage": None, "was": was})
    parts.health.event("calibrated", factor=found[0], off_deg=found[1], swapped=found[2])
    _hold(parts, tools, held_w, 0)
    return {
        "before": {name: before[name] for name in _OURS},
        "after": after,
        "factor": found[0],
        "off_deg": found[1],
        "swapped": found[2],
        "expected_pct": calibrate.expected_error_pct(held_w, watts),
    }


def compare(parts, tools, values, date=""):
    """Keep what the Zappi shows of the held power as the record of commissioning."""
    calibrate = tools[0]
    held_w = _held(parts, calibrate)
    if parts.hold.lead_deg:
        raise calibrate.CalibrationError("The test phase is held. First finish the calibration.")
    watts, pf = _reading(parts, tools, values)
    calibrate.check(held_w, watts, pf)
    sense = _sense(parts, abs(watts - held_w) <= 0.02 * abs(held_w))
    now = parts.settings.now
    kept = record()
    kept.update(
        {
            "date": str(date)[:20],
            "volts": round(parts.mains.volts, 1),
            "held_w": held_w,
            "watts": watts,
            "pf": pf,
            "sense": sense,
            "stage": [getattr(now, name) for name in _STAGE],
        }
    )
    _keep(kept)
    parts.hold.release()
    parts.health.event("compared", held_w=held_w, watts=watts)
    return shown(parts)


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


def undo(parts, calibrate):
    """What was in force before the last calibration is in force again."""
    kept = record()
    before = kept.get("before")
    if not before:
        raise calibrate.CalibrationError("There is no calibration to take back.")
    parts.settings.change(**before)
    _keep(kept.get("was") or {})
    parts.hold.release()
    parts.health.event("calibration taken back")
    return {name: before[name] for name in _OURS}


def record():
    """What was kept; {} where there is nothing that can be read."""
    value, _ = atomicfile.load(FILE, _parse, atomicfile.Disk())
    return value or {}


def _same(kept, now):
    """Whether values are what the file keeps of them: its text loses a float's last digit."""
    for k in range(len(now)):
        if isinstance(now[k], float) and isinstance(kept[k], (int, float)):
            if abs(kept[k] - now[k]) > 1e-5 * max(1.0, abs(now[k])):
                return False
        elif kept[k] != now[k]:
            return False
    return True


def shown(parts):
    """The record as the page shows it; `changed`: settings are not those of that day any more."""
    kept = record()
    stage = kept.get("stage")
    now = parts.settings.now
    return {
        "compared": bool(stage),
        "changed": bool(stage) and not _same(stage, [getattr(now, name) for name in _STAGE]),
        "date": kept.get("date"),
        "volts": kept.get("volts"),
        "held_w": kept.get("held_w"),
        "watts": kept.get("watts"),
        "pf": kept.get("pf"),
        "sense": kept.get("sense") or "",
        "undo": "before" in kept,
    }


def _held(parts, calibrate):
    if not parts.hold.left_s(parts.clock.ms()):
        raise calibrate.CalibrationError("First hold a test power, for example 2000 W.")
    if abs(parts.hold.watts) < calibrate.LEAST_W:
        raise calibrate.CalibrationError("Hold at least %d W." % calibrate.LEAST_W)
    return parts.hold.watts


def _hold(parts, tools, watts, lead_deg):
    _, numbers, test_power = tools[:3]
    test_power.begin(parts, numbers, watts, 10, "calibration", lead_deg)


def _reading(parts, tools, values):
    """(watts, power factor or None) as meant; VA or A make a power factor, too."""
    calibrate, numbers = tools[:2]
    watts = _number(numbers, calibrate, "watts", values.get("watts", ""), -25000, 25000, "W")
    for name, most, unit in (("pf", 1, ""), ("va", 30000, "VA"), ("amps", 130, "A")):
        typed = values.get(name)
        if typed not in (None, ""):
            value = _number(numbers, calibrate, name, typed, -most, most, unit)
            if name != "pf":
                va = abs(value) * (parts.mains.volts if name == "amps" else 1)
                value = calibrate.apparent_pf(watts, va, name)
            return watts, value
    return watts, None


def _number(numbers, calibrate, field, typed, low, high, unit):
    try:
        return numbers.parse(typed, low, high, unit)
    except ValueError as why:
        raise calibrate.CalibrationError("%s%s." % (str(why)[0].upper(), str(why)[1:]), field)


def _parse(data):
    value = json.loads(data.decode())
    _check(value)
    if value.get("was"):
        _check(value["was"])
    return value


def _check(value):
    """ValueError unless it is a record as this firmware or the one before kept it."""
    if not isinstance(value, dict):
        raise ValueError("no record")
    stage, before = value.get("stage"), value.get("before")
    if stage and (not isinstance(stage, list) or len(stage) != len(_STAGE)):
        raise ValueError("no stage")
    if before and (not isinstance(before, dict) or set(before) not in (set(_OURS), set(_BEFORE))):
        raise ValueError("nothing to go back to")
    plain = [value[name] for name in value if name not in ("stage", "before", "was")]
    for part in plain + list(stage or ()) + list((before or {}).values()):
        if isinstance(part, (list, dict)):
            raise ValueError("no plain values")


def _keep(value):
    atomicfile.save(FILE, json.dumps(value).encode(), atomicfile.Disk())
