"""`log`: what happened last."""

from micropython import const

from firmware.views.words import clock, number

HELP = "log [LINES]", "what happened last"
NEEDS = ("firmware.views.log_words",)
_LINES = const(20)


def obey(parts, words, say):
    """The last events, oldest first."""
    count = int(number(words[0], "lines", 1, 1000)) if words else _LINES
    health = parts.health
    for _, event in health.log(max(0, health.events_written - count)):
        yield "%9s  %s" % (clock(event["t_s"], health.uptime()[0]), say.sentence(event))
    if health.events_dropped:
        yield "%d older ones are forgotten." % health.events_dropped
