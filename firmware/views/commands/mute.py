"""`mute`: keep the output at zero, or no longer."""

from firmware.views.words import CommandError

HELP = "mute [off]", "keep the output at zero, or no longer"


def saves(_words):
    """Always."""
    return True


def obey(parts, words):
    """On, unless "off" is said."""
    if words not in ([], ["on"], ["off"]):
        raise CommandError("Say mute, or mute off.")
    muted = words != ["off"]
    parts.settings.change(muted=muted)
    yield "Muted: the output stays at zero until mute off." if muted else "No longer muted."
