"""Where the parts stand on the board, and which side of the insulation owns which area; in mm.

Big parts, terminals and all that crosses a barrier stand where PLACED says. The many small parts
of the logic side share a raster of places; a short annealing (own dice, same result every time)
gives each the place that makes the nets short.
"""

import math
import random

from tools.hardware import netlist
from tools.hardware.board.footprints import FOOTPRINTS, turned

WIDE, HIGH = 170.0, 112.0
# Areas that belong to one side, left, top, right, bottom. Between two of them nothing lies.
# The last ones of mains and logic reach T2's pins.
AREAS = {
    "mains": [(2, 2, 36, 110), (30, 81, 37.9, 99)],
    "logic": [(48, 2, 122, 110), (118, 54, 125, 110), (46.1, 81, 54, 99)],
    "battery": [(131, 2, 168, 45)],
    "rs485": [(133.05, 56, 168, 110)],
}
GAP = 8.0  # mm between copper of two sides

# Reference: x, y, quarter turns clockwise.
PLACED = {
    "J2": (12, 8, 0), "F1": (8, 35, 1), "RV1": (22, 30, 1),
    "J7": (53, 43.5, 0), "T1": (43, 24, 0), "U11": (40, 58, 0), "T2": (42, 90, 0),
    "R24": (20, 76, 0), "R25": (27, 92, 1),
    "U1": (76, 81, 2), "J1": (98, 104, 0), "J3": (112, 104, 0),
    "U12": (124.5, 18, 2), "J5": (160, 8, 0), "F2": (152, 38, 0), "D11": (163, 20, 1),
    "R61": (156, 22, 1), "D12": (148, 22, 1), "C61": (147.5, 9, 0),
    "U7": (129, 88, 0), "U8": (130.5, 66, 0), "J4": (157, 104, 0),
    "C51": (104, 76, 0), "J6": (106, 92, 0), "C4": (97, 58, 0),
}  # fmt: skip
LINE_SIDE = ((140.5, 164.5, 79, 97), (7.9, 4.5))  # raster of the RS485 side: area and pitch
LOGIC_SIDE = ((61.5, 105, 5, 50), (7.2, 5.0))


def everything():
    """{reference: (x, y, quarter turns)} of the whole board."""
    places = dict(PLACED)
    loose = {"logic": [], "rs485": []}
    for part in netlist.PARTS:
        if part.ref not in places:
            sides = {netlist.side(net) for net in part.pins.values()}
            loose["rs485" if sides == {"rs485"} else "mains" if sides == {"mains"} else "logic"] \
                .append(part)  # fmt: skip
    for parts, (area, pitch) in ((loose["logic"], LOGIC_SIDE), (loose["rs485"], LINE_SIDE)):
        places.update(_annealed(parts, _raster(area, pitch), places))
    return places


def _raster(area, pitch):
    left, right, top, bottom = area
    columns = int((right - left) / pitch[0]) + 1
    rows = int((bottom - top) / pitch[1]) + 1
    return [
        (round((left + pitch[0] * i) * 4) / 4, round((top + pitch[1] * j) * 4) / 4, 0)
        for j in range(rows)
        for i in range(columns)
    ]


def _annealed(parts, spots, fixed):
    if len(parts) > len(spots):
        raise ValueError(f"{len(parts)} parts for {len(spots)} places")
    dice = random.Random(7)
    seats = [part.ref for part in parts] + [None] * (len(spots) - len(parts))
    at = dict(fixed)
    at.update(zip(seats, spots, strict=True))
    nets = {n: ends for n, ends in netlist.nets().items() if n not in ("GND", "GNDI")}
    of = {p.ref: [n for n in p.pins.values() if n in nets] for p in netlist.PARTS}

    def length(names):
        total = 0.0
        for name in names:
            ends = [at[ref] for ref, _ in nets[name] if ref in at]
            if len(ends) > 1:
                total += max(e[0] for e in ends) - min(e[0] for e in ends)
                total += max(e[1] for e in ends) - min(e[1] for e in ends)
        return total

    heat, steps = 12.0, 40_000
    for _step in range(steps):
        i, j = dice.randrange(len(seats)), dice.randrange(len(seats))
        one, two = seats[i], seats[j]
        if i == j or (one is None and two is None):
            continue
        names = {n for ref in (one, two) if ref for n in of[ref]}
        before = length(names)
        _seat(at, one, spots[j], two, spots[i])
        worse = length(names) - before
        if worse > 0 and dice.random() > math.exp(-worse / heat):
            _seat(at, one, spots[i], two, spots[j])
        else:
            seats[i], seats[j] = two, one
        heat *= 0.9998
    return {part.ref: at[part.ref] for part in parts}


def _seat(at, one, spot_of_one, two, spot_of_two):
    if one:
        at[one] = spot_of_one
    if two:
        at[two] = spot_of_two


def pads(places):
    """[(reference, pin name, net or "", x, y, width, height, drill)] of all pads of the board."""
    found = []
    for part in netlist.PARTS:
        x, y, quarters = places[part.ref]
        for pad in FOOTPRINTS[part.package].pads:
            dx, dy = turned(pad.x, pad.y, quarters)
            size = (pad.wide, pad.high) if quarters % 2 == 0 else (pad.high, pad.wide)
            net = part.pins.get(pad.name, "")
            found.append((part.ref, pad.name, net, x + dx, y + dy, *size, pad.drill))
    return found
