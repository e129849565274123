"""Footprints of the board, ours: pads in mm around the middle of the part, y downwards.

Numbers are those of the packages' usual land patterns. What differs between makers (transformers,
modules, converters) is marked in `CHECK`: hold the part in hand against the drawing first.
"""

from typing import NamedTuple


class Pad(NamedTuple):
    """One pad; drill 0 is a pad for soldering on the surface."""

    name: str
    x: float
    y: float
    wide: float
    high: float
    drill: float = 0.0


class Footprint(NamedTuple):
    """Pads, and the body: left, top, right, bottom, height above the board."""

    pads: tuple
    body: tuple
    tall: float = 1.0


CHECK = ("EI30", "ZMPT101B", "ACDC3W", "DIP24", "FUSE5X20", "DEVKIT38", "TERM2MAINS")
DEVKIT_LEFT = [
    "3V3", "EN", "GPIO36", "GPIO39", "GPIO34", "GPIO35", "GPIO32", "GPIO33", "GPIO25", "GPIO26",
    "GPIO27", "GPIO14", "GPIO12", "GND", "GPIO13", "GPIO9", "GPIO10", "GPIO11", "5V",
]  # fmt: skip
DEVKIT_RIGHT = [
    "GND", "GPIO23", "GPIO22", "GPIO1", "GPIO3", "GPIO21", "GND", "GPIO19", "GPIO18", "GPIO5",
    "GPIO17", "GPIO16", "GPIO4", "GPIO0", "GPIO2", "GPIO15", "GPIO8", "GPIO7", "GPIO6",
]  # fmt: skip


def _chip(apart, wide, high, body, tall):
    pads = (Pad("1", -apart, 0, wide, high), Pad("2", apart, 0, wide, high))
    return Footprint(pads, body, tall)


def _small(left, right, reach, high=0.6, wide=1.2):
    pads = [Pad(name, -reach, y, wide, high) for name, y in left]
    pads += [Pad(name, reach, y, wide, high) for name, y in right]
    return Footprint(tuple(pads), (-0.8, -1.45, 0.8, 1.45), 1.1)


def _dual(pins, reach, wide, body, high=0.6):
    half = pins // 2
    top = -(half - 1) * 1.27 / 2
    left = [Pad(str(i + 1), -reach, top + 1.27 * i, wide, high) for i in range(half)]
    right = [Pad(str(pins - i), reach, top + 1.27 * i, wide, high) for i in range(half)]
    return Footprint(tuple(left + right), body, 1.75)


def _holes(places, size, drill, body, tall):
    return Footprint(tuple(Pad(n, x, y, size, size, drill) for n, x, y in places), body, tall)


def _row(names, pitch, size, drill, body, tall):
    start = -(len(names) - 1) * pitch / 2
    places = [(name, start + pitch * i, 0) for i, name in enumerate(names)]
    return _holes(places, size, drill, body, tall)


FOOTPRINTS = {
    "0805": _chip(0.95, 1.0, 1.3, (-1, -0.65, 1, 0.65), 0.6),
    "1206": _chip(1.5, 1.15, 1.8, (-1.6, -0.8, 1.6, 0.8), 0.7),
    "SOD-123": _chip(1.65, 0.9, 1.2, (-1.4, -0.8, 1.4, 0.8), 1.1),
    "SMA": _chip(2.1, 1.8, 1.8, (-2.2, -1.3, 2.2, 1.3), 2.2),
    "JUMPER3": Footprint(tuple(Pad(str(i + 1), 1.3 * (i - 1), 0, 1.0, 1.5) for i in range(3)),
                         (-1.9, -0.9, 1.9, 0.9), 0.05),
    "SOT-23": _small([("1", -0.95), ("2", 0.95)], [("3", 0)], 0.95),
    "SOT-23-5": _small([("1", -0.95), ("2", 0), ("3", 0.95)], [("5", -0.95), ("4", 0.95)], 1.15),
    "SOT-23-6": _small([("1", -0.95), ("2", 0), ("3", 0.95)],
                       [("6", -0.95), ("5", 0), ("4", 0.95)], 1.15),
    "SOIC-8": _dual(8, 2.5, 1.9, (-1.95, -2.45, 1.95, 2.45)),
    # Short pads far out: 8.1 mm of creepage between the two rows.
    "SOIC-16W": _dual(16, 4.9, 1.65, (-3.75, -5.15, 3.75, 5.15)),
    "FILM5": _row("12", 5.0, 1.8, 0.9, (-3.6, -1.6, 3.6, 1.6), 6.5),
    "DISC7": _row("12", 7.5, 2.2, 1.0, (-6, -2.5, 6, 2.5), 12),
    "R0207": _row("12", 10.16, 2.0, 0.9, (-3.3, -1.3, 3.3, 1.3), 2.6),
    "ELKO": _row("12", 5.0, 2.0, 0.9, (-5.2, -5.2, 5.2, 5.2), 13),
    "HEADER2": _row("12", 2.54, 1.7, 1.0, (-2.54, -1.27, 2.54, 1.27), 8.5),
    "HEADER3": _row("123", 2.54, 1.7, 1.0, (-3.81, -1.27, 3.81, 1.27), 8.5),
    "HEADER5": _row("12345", 2.54, 1.7, 1.0, (-6.35, -1.27, 6.35, 1.27), 8.5),
    "TERM2": _row("12", 5.08, 2.6, 1.3, (-5.1, -4.5, 5.1, 4.5), 10),
    "TERM3": _row("123", 5.08, 2.6, 1.3, (-7.6, -4.5, 7.6, 4.5), 10),
    "TERM2MAINS": _row("12", 7.62, 2.8, 1.4, (-7.6, -5, 7.6, 5), 12),
    "FUSE5X20": _row("12", 22.6, 2.8, 1.4, (-13, -4.5, 13, 4.5), 11),
    "EI30": _holes([("1", -10, -10), ("2", -10, 10), ("3", 10, -5), ("4", 10, 5)], 2.4, 1.1,
                   (-13.8, -16.3, 13.8, 16.3), 22),
    # Counted around the body, as KiCad's ZMPT101K: 3 stands beside 2. Pins of 0.8 mm; small pads
    # leave 8.2 mm between the windings.
    "ZMPT101B": _holes([("1", -5, -6.35), ("2", -5, 6.35), ("3", 5, 6.35), ("4", 5, -6.35)], 1.8,
                       1.1, (-9.6, -8.8, 9.6, 8.8), 19),
    # Pins 1, 3, 16, 14 of IRM-03 and 1, 2, 5, 4 of RAC04; its fifth one is not connected.
    "ACDC3W": _holes([("1", -15.24, 8.89), ("2", -10.16, 8.89), ("4", 10.16, -8.89),
                      ("3", 15.24, -8.89), ("NC", 15.24, 8.89)], 2.4, 1.0,
                     (-18.5, -12, 18.5, 12), 15),
    # As THD 15WI and JTE: 2 and 3 are one net, 22 and 23 another; 9 and 11 are not connected.
    "DIP24": _holes([("2", -11.43, 7.62), ("2", -8.89, 7.62), ("22", -11.43, -7.62),
                     ("22", -8.89, -7.62), ("14", 11.43, -7.62), ("16", 6.35, -7.62),
                     ("9", 6.35, 7.62), ("11", 11.43, 7.62)], 2.0, 0.9,
                    (-16, -10.2, 16, 10.2), 10.2),
    "DEVKIT38": _holes(
        [(n, -12.7, 2.54 * i - 22.86) for i, n in enumerate(DEVKIT_LEFT)]
        + [(n, 12.7, 2.54 * i - 22.86) for i, n in enumerate(DEVKIT_RIGHT)],
        1.7, 1.0, (-14.2, -24.8, 14.2, 26.5), 8.5),
}  # fmt: skip


def turned(x, y, quarters):
    """A point turned clockwise (y downwards) by quarter turns."""
    for _ in range(quarters % 4):
        x, y = -y, x
    return x, y
