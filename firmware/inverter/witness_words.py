"""What the witnesses of a direction are called, and what they say, in words. Loaded on demand."""

NAMES = (
    "register 5213",
    "sign of the power",
    "sign of the current",
    "energy balance",
    "running state",
    "charge level",
    "your answer",
)
WAYS = ("nothing", "discharging", "charging")  # of 0, 1, -1


def votes(ways):
    """The votes as words: "register 5213 says charging, running state says discharging"."""
    words = ["%s says %s" % (NAMES[i], WAYS[way]) for i, way in enumerate(ways) if way is not None]
    return ", ".join(words) or "nothing says the direction"


def contradiction(ways):
    """Why a power has no direction though there are witnesses."""
    return "witnesses contradict each other: " + votes(ways)


def name(witness):
    """A witness by its number; "zero" where there is no direction."""
    return "zero" if witness is None else NAMES[witness]


def answered(charging, before, ways):
    """What a person's answer changed; `given`: what the witnesses had said, `before`: the way."""
    words = "Taken: %s" % WAYS[-1 if charging else 1]
    words += ", before it was %s. " % (WAYS[before] if before else "unknown")
    against = [
        NAMES[i] for i, way in enumerate(ways[:-1]) if way and way != (-1 if charging else 1)
    ]
    if against:
        words += "Against it: %s. " % ", ".join(against)
    return words + "It holds until the power passes zero or another witness speaks against it."
