"""A board's file that is the same, byte for byte, whenever the board is; for kicad.py."""

import re
import uuid


def steady(text):
    """The same bytes for the same board: items in order of their words, marks by count.

    KiCad marks each item with a random number and writes items in the order of these marks.
    """
    head, *blocks = re.split(r"\n+(?=  \()", text.rstrip()[:-1].rstrip())
    items = [block for block in blocks if "(tstamp " in block]
    rest = [block for block in blocks if "(tstamp " not in block]
    items = sorted(in_order(re.sub(r"\(tstamp [^)]*\)", "(tstamp)", item)) for item in items)
    count = iter(range(10**6))

    def mark(_match):
        return f"(tstamp {uuid.uuid5(uuid.NAMESPACE_OID, str(next(count)))})"

    return "\n".join([head, *rest, re.sub(r"\(tstamp\)", mark, "\n".join(items)), ")", ""])


def in_order(item):
    """A footprint with its pads in order; anything else as it is."""
    if not item.startswith("  (footprint"):
        return item
    head, *parts = re.split(r"\n(?=    \()", item.removesuffix("\n  )"))
    pads = sorted(part for part in parts if part.startswith("    (pad"))
    return "\n".join([head, *[part for part in parts if part not in pads], *pads, "  )"])
