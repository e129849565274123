"""Calibration over the interface: the steps of commissioning.py. Clock domain: *second*."""

from firmware.views.web import RefusedError
from lib.ondemand import Module

_RECORD = "firmware.views.commissioning_record"
GET_NEEDS = "lib.atomicfile", _RECORD


MORE = 3000  # bytes, beside a change of settings: firmware/views/quietly.py


def saves(_name, _body):
    """Each step: the first loads what would hold the loop otherwise."""
    return True


def get_calibrate(parts, _request):
    """The record of commissioning."""
    with Module(_RECORD) as record:
        return record.shown(parts)


def post_calibrate(parts, body):
    """What was read: {"watts", and "pf", "va" or "amps"}, alone or with "lead_watts", "once" or
    "compare" and "date"; or {"undo": true}.
    """
    with Module("firmware.views.commissioning") as steps:
        try:
            return _step(parts, steps, body)
        except steps.StepError as why:
            raise RefusedError(409, str(why), why.field) from None
        except ValueError as why:
            raise RefusedError(409, why.args[0] + ".", "watts") from None


def _step(parts, steps, body):
    if body.get("undo"):
        return {"now": steps.undo(parts)}
    if body.get("compare"):
        return steps.compare(parts, body, body.get("date", ""))
    if body.get("once"):
        return steps.once(parts, body)
    if "lead_watts" in body:
        return steps.second(parts, body, body["lead_watts"])
    watts, pf, lead_deg = steps.first(parts, body)
    return {"watts": watts, "pf": pf, "lead_deg": lead_deg}
