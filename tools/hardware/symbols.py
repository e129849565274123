"""The symbols of the drawing: shapes and where their pins are, on a grid of half a centimetre.

A symbol is drawn around (0, 0) with y downwards; one unit is one step of the grid, `SIZE` pixels.
Two-pin symbols lie along x, pin 1 left. `Shape.pins`: {pin: (x, y)}.
"""

from typing import NamedTuple

SIZE = 12


class Shape(NamedTuple):
    """What a symbol looks like: SVG paths in grid units, pins, the room it takes, and words.

    box: left, top, right, bottom of what no wire may cross. texts: [(x, y, anchor, words)].
    """

    pins: dict
    paths: tuple
    box: tuple
    texts: tuple = ()


def _two(*paths):
    return Shape({"1": (-3, 0), "2": (3, 0)}, ("M-3 0H-2", "M2 0H3", *paths), (-2, -1, 2, 1))


def _diode(*bars):
    # Pin 1 is the cathode, on the left, as on the part.
    return _two("M-2 0H-1", "M1 0H2", "M1 -1V1L-1 0Z", *bars)


def box(left, right, wide, title):
    """A rectangle with named pins; left, right: [(pin, words or None for a gap)], top first."""
    high = max(len(left), len(right))
    pins, texts, paths = {}, [], [f"M{-wide} -1H{wide}V{2 * high - 1}H{-wide}Z"]
    for column, edge, anchor in ((left, -wide, "start"), (right, wide, "end")):
        out = -1 if edge < 0 else 1
        for row, entry in enumerate(column):
            if entry:
                pin, words = entry
                pins[pin] = (edge + 2 * out, 2 * row)
                paths.append(f"M{edge} {2 * row}h{2 * out}")
                texts.append((edge - 0.4 * out, 2 * row + 0.35, anchor, words))
                if pin != words:
                    texts.append((edge + 0.4 * out, 2 * row - 0.25, _away(anchor), pin))
    texts.append((0, 2 * high - 0.1, "middle", title))
    return Shape(pins, tuple(paths), (-wide - 1, -2, wide + 1, 2 * high), tuple(texts))


def _away(anchor):
    return "end" if anchor == "start" else "start"


OPAMP = (
    "M-3 -3V3L3 0Z",
    "M-4 -2H-3",
    "M-4 2H-3",
    "M3 0H4",
    "M-2.5 -2h1",
    "M-2.5 2h1",
    "M-2 1.5v1",
)
SHAPES = {
    "R": _two("M-2 -0.7H2V0.7H-2Z"),
    "C": _two("M-2 0H-0.4", "M0.4 0H2", "M-0.4 -1.2V1.2", "M0.4 -1.2V1.2"),
    "D": _diode("M-1 -1V1"),
    "TVS": _two("M-2 0H-1.2", "M1.2 0H2", "M-1.2 -0.9V0.9L0 0Z", "M1.2 -0.9V0.9L0 0Z",
                "M-0.4 -1.2L0 -0.9V0.9L0.4 1.2"),
    "FUSE": _two("M-2 -0.7H2V0.7H-2Z", "M-2 0H2"),
    "VARISTOR": _two("M-2 -0.7H2V0.7H-2Z", "M-1.6 1.3H-0.8L0.8 -1.3"),
    "JUMPER2": _two("M-1.2 0m-0.5 0a0.5 0.5 0 1 0 1 0a0.5 0.5 0 1 0 -1 0", "M-2 0H-1.7",
                    "M1.2 0m-0.5 0a0.5 0.5 0 1 0 1 0a0.5 0.5 0 1 0 -1 0", "M1.7 0H2"),
    "JUMPER3": Shape({"1": (-3, 0), "2": (0, 3), "3": (3, 0)},
                     ("M-3 0H-2", "M2 0H3", "M0 1V3", "M-2 -1H-0.9V1H-2Z", "M-0.6 -1H0.6V1H-0.6Z",
                      "M0.9 -1H2V1H0.9Z"), (-2, -1, 2, 2)),
    "BAT54S": Shape({"1": (-4, 0), "2": (4, 0), "3": (0, 3)},
                    ("M-4 0H-3", "M-3 -1V1L-1 0Z", "M-1 -1V1", "M-1 0H1", "M1 -1V1L3 0Z",
                     "M3 -1V1", "M3 0H4", "M0 0V3"), (-3, -1, 3, 2)),
    "PNP": Shape({"1": (-3, 0), "2": (2, -3), "3": (2, 3)},
                 ("M-3 0H-1", "M-1 -1.5V1.5", "M-1 -0.7L2 -2.2V-3", "M-1 0.7L2 2.2V3",
                  "M-0.4 -1L0.8 -1.1L0.2 -1.9Z"), (-2, -2, 2, 2)),
    "NJF": Shape({"3": (-3, 0), "1": (2, -3), "2": (2, 3)},
                 ("M-3 0H-1", "M-1 -1.8V1.8", "M-1 -1.3H2V-3", "M-1 1.3H2V3",
                  "M-1.1 0L-2 -0.5V0.5Z"), (-2, -2, 2, 2)),
    "TRANSFORMER": Shape(
        {"1": (-4, -2), "2": (-4, 2), "3": (4, -2), "4": (4, 2)},
        ("M-4 -2H-1.5V-1.8a0.6 0.6 0 0 1 0 1.2a0.6 0.6 0 0 1 0 1.2a0.6 0.6 0 0 1 0 1.2V2H-4",
         "M4 -2H1.5V-1.8a0.6 0.6 0 0 0 0 1.2a0.6 0.6 0 0 0 0 1.2a0.6 0.6 0 0 0 0 1.2V2H4",
         "M-0.25 -2V2", "M0.25 -2V2"), (-3, -3, 3, 3), ((-3, -2.4, "middle", "•"),
                                                       (3, -2.4, "middle", "•"))),
    "XOR": Shape({"1": (-4, -1), "2": (-4, 1), "4": (4, 0), "5": (0, -4), "3": (0, 4)},
                 ("M-2 -2Q0 -2 3 0Q0 2 -2 2Q-1 0 -2 -2", "M-2.6 -2Q-1.6 0 -2.6 2", "M-4 -1H-2",
                  "M-4 1H-2", "M3 0H4", "M0 -4V-1.8", "M0 4V1.8"), (-3, -3, 3, 3)),
    "TVS2": box([("1", "A"), ("2", "B")], [("3", "GND")], 2, ""),
    "TERMINAL2": box([("1", "1"), ("2", "2")], [], 1, ""),
    "TERMINAL3": box([("1", "1"), ("2", "2"), ("3", "3")], [], 1, ""),
    "REF": box([("1", "IN"), ("3", "GND")], [("2", "OUT")], 3, ""),
    "BUFFERS": box([("1", "1A"), ("3", "2A"), ("2", "GND")],
                   [("6", "1Y"), ("4", "2Y"), ("5", "VCC")], 3, ""),
    "ISO485": box([("1", "VCC1"), ("3", "R"), ("4", "RE"), ("5", "DE"), ("6", "D"), ("2", "GND1"),
                   ("8", "GND1")],
                  [("16", "VCC2"), None, ("12", "A"), ("13", "B"), None, ("9", "GND2"),
                   ("15", "GND2")], 4, ""),
    "DCDC": box([("22", "+ in"), ("2", "- in")], [("14", "+ out"), ("16", "- out")], 4, ""),
    "ACDC": box([("1", "L"), ("2", "N")], [("4", "+ out"), ("3", "- out")], 4, ""),
    "PUMP": box([("8", "V+"), ("2", "CAP+"), ("4", "CAP-"), ("3", "GND"), ("6", "LV")],
                [("5", "OUT"), None, None, ("1", "FC"), ("7", "OSC")], 4, ""),
    "HEADER5": box([("1", "3.3 V"), ("2", "GND"), ("3", "TX"), ("4", "RX"), ("5", "DE")], [], 3,
                   ""),
    "DEVKIT": box([("5V", "5V"), ("3V3", "3V3"), ("GND", "GND"), ("GPIO34", "GPIO34"),
                   ("GPIO35", "GPIO35")],
                  [("GPIO25", "GPIO25"), ("GPIO27", "GPIO27"), ("GPIO26", "GPIO26"),
                   ("GPIO17", "GPIO17"), ("GPIO16", "GPIO16"), ("GPIO4", "GPIO4")], 6, ""),
}  # fmt: skip
UNIT = {
    "DUALOP": {
        "a": Shape({"2": (-4, -2), "3": (-4, 2), "1": (4, 0), "8": (0, -4), "4": (0, 4)},
                   (*OPAMP, "M0 -4V-1.5", "M0 4V1.5"), (-3, -3, 3, 3)),
        "b": Shape({"6": (-4, -2), "5": (-4, 2), "7": (4, 0)}, OPAMP, (-3, -3, 3, 3)),
    }
}  # fmt: skip


def shape(part, unit=""):
    """The Shape of a part, or of one unit of it."""
    return UNIT[part.kind][unit] if unit else SHAPES[part.kind]


def turned(point, turn):
    """A point turned clockwise by quarter turns; "m" mirrors left and right first."""
    x, y = point
    if "m" in str(turn):
        x = -x
    for _ in range(int(str(turn).replace("m", "") or 0) // 90):
        x, y = -y, x
    return x, y
