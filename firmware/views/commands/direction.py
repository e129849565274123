"""`direction`: a person says what the battery does."""

from firmware.views.words import CommandError

HELP = "direction charging", "answer what the battery does (or discharging)"


def obey(parts, words):
    """Take the answer."""
    if words not in (["charging"], ["discharging"]):
        raise CommandError("Say what the battery does now: direction charging, or discharging.")
    yield parts.inverter.answer_direction(words == ["charging"])
