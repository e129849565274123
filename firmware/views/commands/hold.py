"""`hold`: show the charger a test power for some minutes."""

from micropython import const

from firmware.views.words import CommandError, number

HELP = "hold WATTS [MINUTES]", "show the charger a test power, 5 minutes or 0.1 to 15"
_MINUTES = const(5.0)


def obey(parts, words, _needed):
    """Begin, or say what to give."""
    if not 1 <= len(words) <= 2:
        raise CommandError("Give watts, and minutes if not 5. For example: hold 2000 3")
    limit_w = parts.settings.now.limit_w
    watts = number(words[0], "watts", -limit_w, limit_w)
    minutes = number(words[1], "minutes", 0.1, 15) if words[1:] else _MINUTES
    if parts.settings.now.muted:
        raise CommandError("The output is muted. First: mute off")
    parts.hold.start(watts, minutes, parts.clock.ms())
    parts.health.event("hold", watts=watts, minutes=minutes, by="console")
    yield "Holding %g W for %g minutes. release ends it before." % (watts, minutes)
