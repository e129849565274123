"""What a part of the board is, and how its value reads.

A part is data: reference, kind, value, pin -> net, and the words of the parts list. The same tuple
becomes a line of an ngspice deck (spice.py), a symbol of the drawing (draw.py), a row of the parts
list (bom.py) and a footprint of the board.
"""

import re
from typing import NamedTuple

PREFIXES = {"p": 1e-12, "n": 1e-9, "u": 1e-6, "m": 1e-3, "": 1.0, "k": 1e3, "M": 1e6}
UNITS = {"R": "Ω", "C": "F", "L": "H"}


class Part(NamedTuple):
    """One part of the board.

    kind: R, C, D, … the symbol it is drawn with. pins: {pin: net}. generic: what to order, in
    words that several makers understand. fit: "" always, else the variant that it belongs to.
    """

    ref: str
    kind: str
    value: str
    pins: dict
    block: str
    tolerance: str = ""
    generic: str = ""
    why: str = ""
    other: str = ""
    package: str = ""
    fit: str = ""

    @property
    def number(self):
        """The value in ohm, farad or henry; ValueError for parts without one."""
        return quantity(self.value)

    @property
    def shown(self):
        """The value as people write it: 15 kΩ, 2.2 nF, TS922."""
        unit = UNITS.get(self.kind)
        if not unit:
            return self.value
        digits, prefix = re.fullmatch(r"([\d.]+)([pnumkM]?)", self.value).groups()
        return f"{digits} {prefix.replace('u', 'µ')}{unit}"


def quantity(text):
    """The number that "15k", "2.2n" or "51" stands for."""
    found = re.fullmatch(r"([\d.]+)([pnumkM]?)", text)
    if not found:
        raise ValueError(f"{text!r} is no value")
    return float(found[1]) * PREFIXES[found[2]]


class Block:
    """Collects the parts of one block of the board, in few words per part."""

    def __init__(self, name, domain, title):
        self.name = name
        self.domain = domain
        self.title = title
        self.parts = []

    def resistor(self, ref, value, one, two, why, **words):
        """Add a resistor between two nets; thick film 0805, 1 %, unless said."""
        plain = {"tolerance": "1 %", "generic": "thick film, 100 ppm/K", "package": "0805"}
        self._add(ref, "R", value, {"1": one, "2": two}, why, {**plain, **words})

    def capacitor(self, ref, value, one, two, why, **words):
        """Add a capacitor between two nets; X7R 0805, 10 %, 16 V or more, unless said."""
        plain = {"tolerance": "10 %", "generic": "ceramic X7R, ≥ 16 V", "package": "0805"}
        self._add(ref, "C", value, {"1": one, "2": two}, why, {**plain, **words})

    def part(self, ref, kind, value, nets, why, **words):
        """Add any other part; nets: {pin: net}, or a string of nets for pins 1, 2, 3, …"""
        if isinstance(nets, str):
            nets = {str(i): net for i, net in enumerate(nets.split(), 1)}
        self._add(ref, kind, value, nets, why, words)

    def _add(self, ref, kind, value, pins, why, words):
        self.parts.append(Part(ref, kind, value, pins, self.name, why=why, **words))
