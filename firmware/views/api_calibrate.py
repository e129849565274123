"""Calibration over the interface: the steps of commissioning.py. Clock domain: *second*."""

from firmware.device.settings import CHANGING
from firmware.views.web import RefusedError
from lib.ondemand import Module

_STEPS = "firmware.views.commissioning"
NEEDS = (
    _STEPS,
    "firmware.signal.calibrate",
    "lib.numbers",
    "firmware.views.test_power",
) + CHANGING


def get_calibrate(parts, _request):
    """The record of commissioning."""
    with Module(_STEPS) as steps:
        return steps.shown(parts)


def post_calibrate(parts, body):
    """What was read: {"watts", and "pf", "va" or "amps"}, alone or with "lead_watts", "once" or
    "compare" and "date"; or {"undo": true}.
    """
    a, b, c, d = [Module(name) for name in NEEDS[:4]]
    with a as steps, b as calibrate, c as numbers, d as test_power:
        try:
            return _step(parts, steps, (calibrate, numbers, test_power), body)
        except calibrate.CalibrationError as why:
            raise RefusedError(409, str(why), why.field) from None
        except ValueError as why:
            raise RefusedError(409, why.args[0] + ".", "watts") from None


def _step(parts, steps, tools, body):
    if body.get("undo"):
        return {"now": steps.undo(parts, tools[0])}
    if body.get("compare"):
        return steps.compare(parts, tools, body, body.get("date", ""))
    if body.get("once"):
        return steps.once(parts, tools, body)
    if "lead_watts" in body:
        return steps.second(parts, tools, body, body["lead_watts"])
    watts, pf = steps.first(parts, tools, body)
    return {"watts": watts, "pf": pf, "lead_deg": tools[0].TEST_LEAD_DEG}
