"""`why`: why the charger sees what it sees."""

HELP = "why", "why the charger sees this: from the register to the pin"
NEEDS = ("firmware.views.why",)
COLLECTS = True


async def obey(parts, words, why):
    """A line for each link of the chain."""
    return [
        "%-11s %s%s" % (link, value, "" if age_s is None else "  (%.1f s old)" % age_s)
        for link, value, age_s in await why.rows(parts)
    ]
