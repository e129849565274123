"""`release`: end the hold."""

HELP = "release", "end the hold"


def obey(parts, words):
    """The inverter's value counts again."""
    parts.hold.release()
    parts.health.event("release", by="console")
    yield "Following the inverter again."
