"""Where the drawing's symbols stand: the only thing about the drawing that is not the netlist.

A sheet has blocks, places {reference: (x, y, turn)} in steps of the grid, and tags {net: places}
where a net leaves the sheet. Turn 90 puts pin 1 of a two-pin part on top, 270 at the bottom.
"""

from typing import NamedTuple


class Sheet(NamedTuple):
    """One drawing; tags in the left half look to the left, those in `turned` the other way."""

    title: str
    blocks: tuple
    places: dict
    tags: dict
    turned: tuple = ()

    def tags_look(self, point):
        """Whether a tag's point is to the left or to the right of its wire."""
        middle = max(x for x, _, _ in self.places.values()) / 2
        return "left" if (point[0] < middle) != (point in self.turned) else "right"


LOWPASS = ((0, 0, 0), (5, 6, 90), (10, 0, 0), (18, -8, 0), (20, 0, 0), (26, 6, 90), (33, -2, 0))

STAGE = Sheet(
    "Filter, coupling, voltage to current, CT protection, readback",
    ("stage",),
    {
        **dict(zip(("R1", "C1", "R2", "C2", "R3", "C3", "U2.a"), LOWPASS, strict=True)),
        "C4": (43, -2, 0), "R4": (49, 4, 90), "R19": (55, -2, 0), "U2.b": (68, -4, 0),
        "C5": (68, -12, 180), "R7": (71, 4, 180), "R8": (78, -4, 0), "R5": (79, 12, 90),
        "R10": (88, 0, 90), "C6": (88, 8, 90), "D1": (97, 2, 90), "J1": (111, -4, 0),
        "R11": (89, 20, 0), "R12": (97, 15, 270), "R13": (97, 25, 90), "C10": (104, 25, 90),
        "C14": (42, 18, 90), "C15": (50, 18, 90),
    },
    {"PULSE": [(-7, 0)], "INP": [(62, 5)], "SENSE": [(110, 20)]},
)  # fmt: skip

GATE = Sheet(
    "Gate: zeros are half duty. Mute: no word clock is silence. Reference",
    ("gate",),
    {
        "R6": (7, 5, 90), "R9": (7, 19, 90), "JP1": (18, 14, 0), "U3": (32, 2, 0),
        "U4": (58, 0, 0), "C7": (49, 5, 90), "C8": (68, 5, 90),
        "C11": (14, 30, 0), "D2": (24, 27, 0), "C12": (33, 33, 90), "R14": (39, 33, 90),
        "U5": (55, 28, 0), "R15": (67, 22, 0), "D3": (67, 16, 0), "C13": (74, 28, 90),
        "R16": (70, 36, 0), "Q1": (80, 36, 0), "R17": (92, 39, 0), "R18": (99, 44, 90),
        "Q2": (108, 39, 0),
    },
    {"DATA": [(0, 1)], "WORD": [(0, 14)], "PULSE": [(40, 2)], "INP": [(115, 34)]},
    turned=((40, 2),),
)  # fmt: skip

INLET = Sheet(
    "Mains inlet; build T1, or T2, or a module on J7",
    ("inlet",),
    {
        "J2": (0, 0, "m"), "F1": (10, 0, 0), "RV1": (17, 7, 90), "T1": (36, 2, 0),
        "R21": (46, 0, 0), "R22": (56, 0, 0), "R23": (63, 6, 90),
        "R24": (25, 18, 0), "R25": (34, 18, 0), "T2": (46, 20, 0), "R26": (55, 22, 90),
        "C37": (72, 12, 270), "J7": (84, 16, 0),
    },
    {"LF": [(24, -6)], "N": [(24, 26)], "TAP": [(78, 0)]},
)  # fmt: skip

FILTER = Sheet(
    "Anti-alias filter and bias of the mains channel",
    ("filter",),
    {
        **dict(zip(("R31", "C31", "R32", "C32", "R33", "C33", "U6.a"), LOWPASS, strict=True)),
        "R34": (45, -2, 0), "C34": (52, 4, 90),
        "R35": (8, 20, 90), "R36": (8, 30, 90), "C35": (16, 30, 90), "U6.b": (28, 23, 0),
        "C36": (44, 26, 90),
    },
    {"TAP": [(-7, 0)], "MAINS": [(58, -2)]},
)  # fmt: skip

RS485 = Sheet(
    "Isolated RS485; U7 and U8, or a module on J6",
    ("rs485",),
    {
        "U7": (22, 0, 0), "R47": (7, 15, 90), "U8": (22, 24, 0), "C43": (5, 27, 90),
        "C44": (36, 27, 90), "C41": (43, 27, 90), "C42": (50, 27, 90),
        "R41": (36, 3, 0), "R42": (36, 8, 0), "D41": (48, 16, 0), "JP2": (57, 7, 90),
        "R43": (57, 14, 90), "R44": (66, -9, 90), "JP3": (66, -2, 90), "JP4": (66, 14, 270),
        "R45": (66, 21, 90), "J4": (88, 3, 0), "R46": (76, 14, 90), "C45": (84, 14, 90),
        "J6": (64, 32, "m"),
    },
    {"RX": [(3, 2), (74, 38)], "DE": [(3, 5), (74, 41)], "TX": [(3, 8), (74, 35)]},
)  # fmt: skip

SUPPLY = Sheet(
    "5 V from the mains, and from a 48 V battery",
    ("acdc", "battery"),
    {
        "U11": (16, 0, 0), "J5": (0, 16, "m"), "F2": (11, 16, 0), "D11": (21, 16, 180),
        "R61": (31, 16, 0), "D12": (38, 23, 90), "C61": (46, 23, 90), "U12": (60, 16, 0),
    },
    {"LF": [(2, 0)], "N": [(2, 2)], "VMAINS": [(28, 0)], "VBATT": [(72, 16)]},
    turned=((28, 0),),
)  # fmt: skip

RAILS = Sheet(
    "Rails, and the socket of the ESP32 board",
    ("rails",),
    {
        "J3": (0, 0, "m"), "D13": (14, 0, 180), "D14": (14, 8, 180), "D15": (14, 16, 180),
        "C51": (25, 6, 90), "U9": (44, 0, 0), "C52": (33, 14, 90), "C53": (55, 5, 90),
        "U1": (78, 0, 0),
    },
    {"VMAINS": [(5, 8)], "VBATT": [(5, 16)], "MAINS": [(62, 6)], "SENSE": [(62, 8)],
     "DATA": [(93, 0)], "WORD": [(93, 2)], "TX": [(93, 6)], "RX": [(93, 8)], "DE": [(93, 10)]},
    turned=((62, 6), (62, 8)),
)  # fmt: skip

SHEETS = {
    "gate": GATE, "stage": STAGE, "inlet": INLET, "filter": FILTER, "rs485": RS485,
    "supply": SUPPLY, "rails": RAILS,
}  # fmt: skip
