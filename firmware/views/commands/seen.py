"""`seen`: how the last life ended is known."""

from firmware.device.ending import SEEN_FILE

HELP = "seen", "you know how the last life ended: the fault goes"
NEEDS = ("firmware.device.last_life",)


def saves(_words):
    """Always: a file gets another name."""
    return True


def obey(parts, words, last_life):
    """The fault is over, the traceback stays."""
    last_life.seen(parts.health)
    yield "The traceback stays in %s." % SEEN_FILE
