"""The one netlist of the board: what ngspice simulates, the drawing shows, the parts list orders.

`python -m tools.hardware.netlist` prints what the electrical rules find.
"""

from collections import defaultdict

from tools.hardware import terminals
from tools.hardware.blocks import mains, output, rs485, supply

BLOCKS = (*output.BLOCKS, *mains.BLOCKS, *rs485.BLOCKS, *supply.BLOCKS)
PARTS = tuple(part for block in BLOCKS for part in block.parts)
BY_REF = {part.ref: part for part in PARTS}

# Nets that are not at the logic side's potential. The CT terminals are: U1, the mains filter and
# the CT output share one ground, and nothing else does.
MAINS = frozenset(("L", "LF", "N", "Z1", "ZP"))
RS485 = frozenset(("GNDI", "VISO", "BUSA", "BUSB", "A", "B", "TERM", "BIASA", "BIASB", "SHIELD"))
BATTERY = frozenset(("BATP", "BATF", "BATD", "BATI", "BATN"))
BARRIERS = ("T1", "T2", "U7", "U8", "U11", "U12")  # the only parts that see two sides
POWER = frozenset(("GND", "V5", "VM5", "V33", "VREF", "VB", "GNDI", "VISO"))


def side(net):
    """Which side of the insulation a net is on: mains, rs485, battery or logic."""
    for name, nets in (("mains", MAINS), ("rs485", RS485), ("battery", BATTERY)):
        if net in nets:
            return name
    return "logic"


def nets(parts=PARTS):
    """{net: [(ref, pin), …]} of the parts, in the order of the netlist."""
    found = defaultdict(list)
    for part in parts:
        for pin, net in part.pins.items():
            found[net].append((part.ref, pin))
    return dict(found)


def fitted(*variants):
    """The parts of a board built with these variants ("transformer", "discrete", …)."""
    return [part for part in PARTS if not part.fit or part.fit in variants]


def complaints():
    """What the electrical rules object to, in words; an empty list is a clean board."""
    found = []
    if len(BY_REF) != len(PARTS):
        found.append("a reference is used twice")
    for net, ends in nets().items():
        if len(ends) < 2 and not net.startswith("NC"):
            found.append(f"net {net} ends at {ends[0][0]} pin {ends[0][1]}")
    for part in PARTS:
        sides = {side(net) for net in part.pins.values()}
        if len(sides) > 1 and part.ref not in BARRIERS:
            found.append(f"{part.ref} bridges {' and '.join(sorted(sides))}")
        if not (part.why and part.package):
            found.append(f"{part.ref} has no reason or no package")
    for one, two in (("V5", "GND"), ("VM5", "GND"), ("V33", "GND"), ("VISO", "GNDI")):
        if not any({one, two} == set(p.pins.values()) and p.kind == "C" for p in PARTS):
            found.append(f"{one} has no capacitor to {two}")
    return found + terminals.complaints(PARTS, nets())


def main():
    """Print what is wrong with the netlist."""
    found = complaints()
    print("\n".join(found) or f"{len(PARTS)} parts, {len(nets())} nets: nothing to object to")
    raise SystemExit(bool(found))


if __name__ == "__main__":
    main()
