"""Everything the device knows, once, in pieces. Clock domain: *second*."""

from lib.ondemand import Module

NEEDS = ("firmware.views.status",)  # loaded before


def get_status(parts, _request):
    """The status of status.py."""
    with Module(NEEDS[0]) as status:
        return status.pieces(parts)
