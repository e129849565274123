"""The events since the start, as JSON and as a spreadsheet, in pieces. Clock domain: *second*."""

from lib import jsontext
from lib.ondemand import Module

_SAY = "firmware.views.log_words"
_WORDS = "firmware.views.words"
NEEDS = (_SAY, _WORDS)  # loaded before


def get_log(parts, request):
    """The events from number ?since= on."""
    name, _, since = request.query.partition("=")
    wanted = name == "since" and since.isdigit() and len(since) < 9
    return _log_json(parts.health, int(since) if wanted else 0)


def get_log_csv(parts, _request):
    """The same as a file for a spreadsheet."""
    head = (
        "Content-Type: text/csv; charset=UTF-8\r\nCache-Control: no-store\r\n"
        'Content-Disposition: attachment; filename="battery-ct-log.csv"\r\n'
    )
    return 200, head, _log_csv(parts.health)


def _log_json(health, number):
    """The events from `number` on."""
    yield '{"written":%d,"dropped":%d,"events":[' % (health.events_written, health.events_dropped)
    mark = ""
    for n, event in health.log(number):
        with Module(_SAY) as say:
            event["words"] = say.sentence(event)
        event["n"] = n
        yield mark + jsontext.dumps(event)
        mark = ","
    yield "]}"


def _log_csv(health):
    """All events still known, for a spreadsheet."""
    yield "number,time,seconds,event,what,details\r\n"
    for n, event in health.log():
        with Module(_SAY) as say, Module(_WORDS) as words:
            what = say.sentence(event)
            at = words.clock(event["t_s"], health.uptime()[0])
        t_s = jsontext.number(event.pop("t_s"))
        name = event.pop("event")
        details = "; ".join(["%s=%s" % (key, event[key]) for key in sorted(event)])
        cells = [text.replace('"', '""') for text in (name, what, details)]
        yield '%d,%s,%s,"%s","%s","%s"\r\n' % ((n, at, t_s) + tuple(cells))
