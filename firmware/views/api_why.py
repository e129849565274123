"""The chain from register to pin, link by link. Clock domain: *second*."""

from lib import jsontext
from lib.ondemand import Module

_WHY = "firmware.views.why"
NEEDS = (_WHY,)
COLLECTS = True


async def get_why(parts, _request):
    """{"rows": [[link, words, age in seconds or null], …]} from the register to the pin."""
    with Module(_WHY) as why:
        return _told(await why.rows(parts))


def _told(rows):
    mark = '{"rows":['
    for row in rows:
        yield mark + jsontext.dumps(row)
        mark = ","
    yield "]}"
