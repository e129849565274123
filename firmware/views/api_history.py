"""The history as JSON, oldest first, in pieces. Clock domain: *second*."""

from firmware.views import history


def get_history(_parts, _request):
    """{"2": {"battery_w": […], "ct_w": […]}}: by seconds between two values; null is a gap."""
    mark = "{"
    for period_s, values, written in history.rings:
        count = len(values) // 2
        size = min(written[0], count)
        begin = written[0] - size
        for channel, name in ((0, "battery_w"), (1, "ct_w")):
            if channel == 0:
                yield '%s"%d":{' % (mark, period_s)
            yield '%s"%s":[' % ("," if channel else "", name)
            for n in range(size):
                value = values[2 * ((begin + n) % count) + channel]
                text = "null" if value == history.GAP else str(value)
                yield text if n == 0 else "," + text
            yield "]"
        yield "}"
        mark = ","
    yield "}" if mark == "," else "{}"
