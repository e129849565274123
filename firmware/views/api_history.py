"""The history as JSON and as a spreadsheet, oldest first, in pieces. Clock domain: *second*."""

from firmware.views import history
from lib.ondemand import Module

_WORDS = "firmware.views.words"
NEEDS = (_WORDS,)  # loaded before
_NAMES = ("battery_w", "ct_w", "volts")


def get_history(_parts, _request):
    """{"2": {"battery_w": […], "ct_w": […], "volts": […], "ago_s": 0}}: null is a gap.

    ago_s: how long ago the newest value's time ended.
    """
    mark = "{"
    for ring in history.rings:
        for channel in range(3):
            if channel == 0:
                yield '%s"%d":{' % (mark, ring[0])
            yield '%s"%s":[' % ("," if channel else "", _NAMES[channel])
            begin, end = _span(ring)
            for n in range(begin, end):
                value = _value(ring, channel, n)
                text = "null" if value is None else str(value)
                yield text if n == begin else "," + text
            yield "]"
        yield ',"ago_s":%d}' % _ago_s(ring)
        mark = ","
    yield "}" if mark == "," else "{}"


def get_history_csv(parts, _request):
    """The same for a spreadsheet, the day first where there is one."""
    head = (
        "Content-Type: text/csv; charset=UTF-8\r\nCache-Control: no-store\r\n"
        'Content-Disposition: attachment; filename="battery-ct-history.csv"\r\n'
    )
    return 200, head, _csv(parts)


def _csv(parts):
    yield "time,%s\r\n" % ",".join(_NAMES)
    up_s = parts.health.uptime()[0]
    for ring in reversed(history.rings):
        begin, end = _span(ring)
        for n in range(begin, end):
            at_s = up_s - _ago_s(ring) - ring[0] * (end - n)
            with Module(_WORDS) as words:
                cells = [words.clock(max(0, at_s), up_s)]
            for channel in range(3):
                value = _value(ring, channel, n)
                cells.append("" if value is None else str(value))
            yield ",".join(cells) + "\r\n"


def _span(ring):
    """First and last number of the values that are still there."""
    written = ring[3][0] * history.rings[0][0] // ring[0]
    return max(0, written - len(ring[2])), written


def _ago_s(ring):
    return ring[3][0] * history.rings[0][0] % ring[0]


def _value(ring, channel, n):
    """A watt or volt, None for a gap."""
    at = n % len(ring[2])
    if channel == 2:
        return ring[2][at] + 50 if ring[2][at] else None
    value = ring[1][2 * at + channel]
    return None if value == history.GAP else value
