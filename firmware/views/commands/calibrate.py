"""`calibrate`: make the charger read right, from what it shows of a held power."""

from firmware.device.settings import CHANGING
from firmware.views.words import CommandError

HELP = "calibrate [W [W2]|compare W|undo]", "make the charger read right; alone it says how"
NEEDS = (
    "firmware.views.commissioning",
    "firmware.signal.calibrate",
    "lib.numbers",
    "firmware.views.test_power",
) + CHANGING
_HOW = (
    "1  hold 2000            and read the charger: Installer settings, CT config, Readings",
    "2  calibrate WATTS      what it shows; then a test phase is held, it falls to about half",
    "3  calibrate WATTS W2   the same again and what it shows now: solved and in force",
    "4  calibrate compare W  what it shows in the end: kept as the record",
    "calibrate undo          what was before",
)


def obey(parts, words, steps, calibrate, numbers, test_power, *_changing):
    """One step, or how it goes."""
    if not words:
        yield from _HOW
        return
    try:
        yield from _step(parts, words, steps, (calibrate, numbers, test_power))
    except calibrate.CalibrationError as why:
        raise CommandError(str(why)) from None
    except ValueError as why:
        raise CommandError(why.args[0] + ".") from None


def _step(parts, words, steps, tools):
    if words == ["undo"]:
        steps.undo(parts, tools[0])
        yield "As it was before."
    elif words[0] == "compare" and len(words) in (2, 3):
        kept = steps.compare(parts, tools, *words[1:])
        yield "Kept: %d of %d W at %.1f V." % (kept["watts"], kept["held_w"], kept["volts"])
    elif len(words) == 1:
        steps.first(parts, tools, words[0])
        yield "The test phase is held. Wait 10 s, then: calibrate %s WATTS" % words[0]
    elif len(words) == 2:
        found = steps.second(parts, tools, *words)
        yield "The charger read %.1f %% of what was held, %.1f degrees off. In force: %s" % (
            100 * found["factor"],
            found["off_deg"],
            ", ".join(["%s %s" % (name, found["after"][name]) for name in found["after"]]),
        )
        yield "Expected error %.2f %%. Read again, then: calibrate compare WATTS" % (
            found["expected_pct"],
        )
    else:
        raise CommandError("Say calibrate alone: it says how.")
