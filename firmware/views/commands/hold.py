"""`hold`: show the charger a test power for some minutes."""

from firmware.views.words import CommandError

HELP = "hold WATTS [MINUTES]", "show the charger a test power, 5 minutes or 0.1 to 15"
NEEDS = "firmware.views.test_power", "lib.numbers"


def obey(parts, words, test_power, numbers):
    """Begin, or say what to give, or why it can't act."""
    if not 1 <= len(words) <= 2:
        raise CommandError("Give watts, and minutes if not 5. For example: hold 2000 3")
    minutes = words[1] if words[1:] else None
    try:
        watts, minutes = test_power.begin(parts, numbers, words[0], minutes, "console")
    except ValueError as why:
        raise CommandError(why.args[0] + ".") from None
    yield "Holding %g W for %g minutes. release ends it before." % (watts, minutes)
