"""`direction`: a person says what the battery does."""

from firmware.device.settings import CHANGING
from firmware.views.words import CommandError

HELP = "direction charging", "answer what the battery does (or discharging)"
NEEDS = CHANGING


def obey(parts, words, *_changing):
    """Take the answer."""
    if words not in (["charging"], ["discharging"]):
        raise CommandError("Say what the battery does now: direction charging, or discharging.")
    yield parts.inverter.answer_direction(words == ["charging"])
