"""`why`: why the charger sees what it sees."""

HELP = "why", "why the charger sees this: from the register to the pin"
NEEDS = (
    "firmware.views.why",
    "firmware.inverter.chain",
    "firmware.inverter.report",
    "firmware.views.commissioning_record",
)


def obey(parts, words, why, *_needed):
    """A line for each link of the chain."""
    for link, value, age_s in why.rows(parts):
        yield "%-11s %s%s" % (link, value, "" if age_s is None else "  (%.1f s old)" % age_s)
