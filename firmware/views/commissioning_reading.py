"""What a person reads on the Zappi at each step of a calibration, and what follows from it.

Nothing is changed here: commissioning.py does that, when this has left memory. Clock domain:
*second*.
"""

import gc

from micropython import const

from firmware.views.commissioning import StepError
from lib.ondemand import Module

_CALIBRATE = const("firmware.signal.calibrate")
_NUMBERS = const("lib.numbers")


def plain(parts, values):
    """(held watts, watts, power factor or None, test phase) from the first reading."""

    def work(calibrate, numbers):
        held_w = _held(parts, calibrate)
        watts, pf = _reading(parts, calibrate, numbers, values)
        calibrate.check(held_w, watts, pf)
        return held_w, watts, pf, calibrate.TEST_LEAD_DEG

    return _worked_out(work)


def solved(parts, values, lead_watts):
    """(held watts, what was found, settings after it, expected error in %) from two readings."""

    def work(calibrate, numbers):
        held_w = _held(parts, calibrate)
        if not parts.hold.lead_deg:
            raise StepError("First give what the Zappi shows of the plain power.")
        watts, pf = _reading(parts, calibrate, numbers, values)
        lead_w = _number(numbers, "lead_watts", lead_watts, -25000, 25000, "W")
        found = calibrate.solved(held_w, watts, lead_w, pf)
        return _correction(parts, calibrate, held_w, watts, found)

    return _worked_out(work)


def solved_once(parts, values):
    """The same from the first alone."""

    def work(calibrate, numbers):
        held_w = _held(parts, calibrate)
        if parts.hold.lead_deg:
            raise StepError("The test phase is held: give the second reading.")
        watts, pf = _reading(parts, calibrate, numbers, values)
        found = calibrate.solved_once(held_w, watts, pf)
        return _correction(parts, calibrate, held_w, watts, found)

    return _worked_out(work)


def compared(parts, values):
    """(held watts, watts, power factor or None) of the last reading."""
    if parts.hold.left_s(parts.clock.ms()) and parts.hold.lead_deg:
        raise StepError("The test phase is held. First finish the calibration.")
    return plain(parts, values)[:3]


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


def _held(parts, calibrate):
    if not parts.hold.left_s(parts.clock.ms()):
        raise StepError("First hold a test power, for example 2000 W.")
    if abs(parts.hold.watts) < calibrate.LEAST_W:
        raise StepError("Hold at least %d W." % calibrate.LEAST_W)
    return parts.hold.watts


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
