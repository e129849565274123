"""Find the inverter: start {}, {"more": true} for what was left out, {"cancel": true}, store
{"use": profile}; GET says how far."""

from firmware.views.web import RefusedError
from lib.ondemand import Module

NEEDS = ("firmware.inverter.scan",)


def saves(_name, body):
    """Whether what was found is stored."""
    return "use" in body


def get_scan(parts, _request):
    """How far the search is and what it found."""
    with Module(NEEDS[0]) as scan:
        return scan.status(parts.inverter)


def post_scan(parts, body):
    """Start, cancel, or take one of what was found."""
    with Module(NEEDS[0]) as scan:
        search = scan.of(parts.inverter)
    if not isinstance(body.get("use", ""), str):
        raise RefusedError(400, "use: give the name of a profile.", "use")
    if body.get("cancel"):
        search.cancel()
    elif "use" in body:
        try:
            search.accept(body["use"])
        except ValueError as why:
            raise RefusedError(409, str(why), "use") from None
    elif not search.start(bool(body.get("more"))):
        raise RefusedError(409, "A search is already running.")
    return search.status()
