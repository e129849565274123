"""The chain from register to pin, link by link. Clock domain: *second*."""

from lib import jsontext
from lib.ondemand import Module

_WHY = "firmware.views.why"
NEEDS = (
    _WHY,
    "firmware.inverter.chain",
    "firmware.inverter.report",
    "firmware.inverter.witness_words",
    "firmware.views.commissioning_record",
)


def get_why(parts, _request):
    """{"rows": [[link, words, age in seconds or null], …]} from the register to the pin."""
    mark = '{"rows":['
    with Module(_WHY) as why:
        rows = why.rows(parts)
    for row in rows:
        yield mark + jsontext.dumps(row)
        mark = ","
    yield "]}"
