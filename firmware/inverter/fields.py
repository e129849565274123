"""A profile's registers, and the fewest reads that fetch them. In memory with what uses them."""

from collections import namedtuple

LINE_WORDS = 110  # one read never asks for more: inverters allow 100 to 125

Field = namedtuple("Field", ("function", "address", "type", "scale", "extras"))
Direction = namedtuple("Direction", ("at", "charging", "discharging"))
Identify = namedtuple("Identify", ("at", "codes"))


class ProfileError(Exception):
    """A profile cannot be used; the words name the field and the reason."""


class Profile:
    """One inverter family; registers are attributes (`power`, `soc`, …), None if not there."""

    id: str
    name: str
    line: tuple  # (baud, parity, stop bits, unit)
    limit_w: int
    how: str  # "signed" | "magnitude" | "difference" | "product" | "sungrow"
    needs: tuple  # names of the registers that the watts come from
    more: tuple  # power registers of further batteries
    doubt: str
    experimental: bool
    gap: int  # words between two registers that are still read in one go
    sunspec: list  # None | [[model, usual address of its id], …]
    direction: Direction  # None where the power has a sign
    identify: Identify  # None where nothing tells the inverter from others


def width(field):
    """Registers that a field takes: 1 or 2."""
    return 1 if field.type in ("u16", "s16", "u16_sw") else 2


def blocks(fields, gap):
    """The fewest reads (function, address, count) that fetch all these fields."""
    spans = []
    for field in fields:
        spans.append((field.function, field.address, field.address + width(field)))
        if "sf" in field.extras:
            spans.append((field.function, field.extras["sf"], field.extras["sf"] + 1))
    reads = []
    for function, start, end in sorted(spans):
        if reads:
            last_function, last_start, last_end = reads[-1]
            near = function == last_function and start - last_end <= gap
            if near and max(end, last_end) - last_start <= LINE_WORDS:
                reads[-1] = (function, last_start, max(end, last_end))
                continue
        reads.append((function, start, end))
    return [(function, start, end - start) for function, start, end in reads]
