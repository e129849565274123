"""`calibrate`: make the charger read right, from what it shows of a held power."""

from firmware.views.words import CommandError, clock
from lib.ondemand import Module

HELP = "calibrate [W [W2]|once|compare|undo]", "make the charger read right; alone it says how"
_HOW = (
    "1  hold 2000            and read the charger: Installer settings, CT config, Readings",
    "2  calibrate WATTS      what it shows; then a test phase is held, it falls to about half",
    "3  calibrate WATTS W2   the same again and what it shows now: solved and in force",
    "4  calibrate compare W  what it shows in the end: kept as the record",
    "Where it shows more than watts, add pf=0.97, va=2150 or amps=9.3 to each of them.",
    "calibrate once W pf=1.00  instead of 2 and 3, where the power factor is 0.99 or better",
    "calibrate undo            what was before",
)


MORE = 3000  # bytes, beside a change of settings: firmware/views/quietly.py


def saves(words):
    """Each step."""
    return bool(words)


def obey(parts, words):
    """One step, or how it goes."""
    if not words:
        yield from _HOW
        return
    with Module("firmware.views.commissioning") as steps:
        try:
            yield from _step(parts, words, steps)
        except steps.StepError as why:
            raise CommandError(str(why)) from None
        except ValueError as why:
            raise CommandError(why.args[0] + ".") from None


def _step(parts, words, steps):
    values = {"watts": ""}
    numbers = []
    for word in words:
        name, equals, value = word.partition("=")
        if equals and name in ("pf", "va", "amps"):
            values[name] = value
        elif word not in ("once", "compare"):
            numbers.append(word)
    if numbers:
        values["watts"] = numbers[0]
    count = len(numbers)
    if words == ["undo"]:
        steps.undo(parts)
        yield "As it was before."
    elif words[0] == "compare" and count == 1:
        kept = steps.compare(parts, values, _today())
        yield "Kept: %d of %d W at %.1f V." % (kept["watts"], kept["held_w"], kept["volts"])
        if kept["sense"]:
            yield kept["sense"][0].upper() + kept["sense"][1:] + "."
    elif words[0] == "once" and count == 1:
        yield from _solved(steps.once(parts, values))
    elif count == 1 and words[0] == numbers[0]:
        steps.first(parts, values)
        yield "The test phase is held. Wait 10 s, then: calibrate %s WATTS" % " ".join(words)
    elif count == 2 and words[0] == numbers[0]:
        yield from _solved(steps.second(parts, values, numbers[1]))
    else:
        raise CommandError("Say calibrate alone: it says how.")


def _solved(found):
    yield "The charger read %.1f %% of what was held, %.1f degrees off%s. In force: %s" % (
        100 * found["factor"],
        found["off_deg"],
        ", the sign turned round" if found["swapped"] else "",
        ", ".join(["%s %s" % (name, found["after"][name]) for name in found["after"]]),
    )
    yield "Expected error %.2f %%, from the rounding of its display. Read again, then: %s" % (
        found["expected_pct"], "calibrate compare WATTS"
    )  # fmt: skip


def _today():
    """The date by the clock, where a phone has set it."""
    when = clock(0, 0)
    return "" if when[0] == "+" else when[:10]
