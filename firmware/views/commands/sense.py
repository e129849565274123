"""`sense`: calibrate the readback against a held power that the charger shows rightly."""

from firmware.views.words import CommandError

HELP = "sense", "calibrate the readback: while a power is held that the charger shows rightly"


def saves(_words):
    """Always."""
    return True


def obey(parts, words):
    """The settings of the sense channel, from what it reads of a current that is right."""
    try:
        found = parts.readback.calibration()
    except ValueError as why:
        raise CommandError(str(why)) from None
    parts.settings.change(**found)
    yield "The sense channel: %.2f %%, %+.2f deg. It is used from now on." % (
        found["sense_trim_pct"],
        found["sense_trim_deg"],
    )
