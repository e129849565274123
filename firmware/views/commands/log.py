"""`log`: what happened last."""

from micropython import const

from firmware.views.words import number, span

HELP = "log [LINES]", "what happened last"
_LINES = const(20)


def obey(parts, words):
    """The last events, oldest first."""
    count = int(number(words[0], "lines", 1, 1000)) if words else _LINES
    health = parts.health
    for _, event in health.log(max(0, health.events_written - count)):
        t_s, name = event.pop("t_s"), event.pop("event")
        details = ["%s %s" % (key, event[key]) for key in sorted(event)]
        yield "%9s  %s  %s" % (span(t_s), name, ", ".join(details))
    if health.events_dropped:
        yield "%d older ones are forgotten." % health.events_dropped
