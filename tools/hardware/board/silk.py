"""What is printed on the board beside the references: pin 1, terminals, barriers, warnings."""

from tools.hardware import netlist
from tools.hardware.board import placing

DOT, SPARE = 0.3, 0.25  # mm: radius of the dot at pin 1, distance from pads and words
TERMINALS = {
    "J1": {"1": "CT+", "2": "CT-"},
    "J2": {"1": "L", "2": "N"},
    "J3": {"1": "+5V", "2": "GND"},
    "J4": {"1": "A", "2": "B", "3": "SH"},
    "J5": {"1": "+", "2": "-"},
}
SOCKET = {"3V3": "3V3", "5V": "5V", "GPIO23": "23", "GPIO6": "CLK"}  # its corners
# Words: text, middle, height.
WORDS = [
    ("DANGER", 11, 62, 2.0), ("230 V AC", 11, 66, 2.0), ("ANTENNA", 76, 103.5, 1.2),
    ("USB", 76, 59, 1.2),
    ("48 V DC", 145, 31, 1.5), ("RS485", 157, 60, 1.5),
    ("Battery CT", 92, 2.2, 1.5),
]  # fmt: skip
# Along the barriers, with gaps for two references: 4 mm on either side no copper.
BARRIERS = [
    (42, 2, 42, 79), (42, 82, 42, 110), (128, 2, 128, 50.5), (128, 50.5, 158, 50.5),
    (129, 50.5, 129, 81), (129, 83.2, 129, 110),
]  # fmt: skip
NEITHER_WAY = {"R", "C", "FUSE", "VARISTOR", "JUMPER2", "TERMINAL2", "TERMINAL3", "DEVKIT"}


def has_a_way(part):
    """Whether a person can solder the part in the wrong way round."""
    if part.kind == "C":
        return part.package == "ELKO"
    if part.package in ("HEADER3", "HEADER5"):
        return True
    return part.kind not in NEITHER_WAY and not part.value.endswith("CA")


def labels(parts):
    """[(left, top, right, bottom)] of the references' words; parts: those of the description."""
    return [_box(part["ref"], *part["label"], 0.8) for part in parts]


def _box(text, x, y, high):
    wide = 0.5 * high * len(text)
    return x - wide, y - 0.75 * high, x + wide, y + 0.75 * high


def dots(parts):
    """[(reference, x, y)] of the dots at pin 1, clear of pads, words and each other."""
    by_ref = {part.ref: part for part in netlist.PARTS}
    taken = [
        (p["x"] - p["wide"] / 2, p["y"] - p["high"] / 2, p["x"] + p["wide"] / 2,
         p["y"] + p["high"] / 2)
        for part in parts for p in part["pads"]
    ] + labels(parts)  # fmt: skip
    found = []
    for part in parts:
        first = next((p for p in part["pads"] if p["name"] == _first(by_ref[part["ref"]])), None)
        if not first or not has_a_way(by_ref[part["ref"]]):
            continue
        for x, y in _beside(first, part):
            if all(_clear(x, y, box) for box in taken):
                found.append((part["ref"], x, y))
                taken.append((x - DOT, y - DOT, x + DOT, y + DOT))
                break
        else:
            raise ValueError(f"no room for a dot at pin 1 of {part['ref']}")
    return found


def _first(part):
    """Converters have no pin 1: 22 is where the plus comes in."""
    return "1" if "1" in part.pins else "22"


def _beside(pad, part):
    """Places beside a pad, those farthest from the part's middle first."""
    away = DOT + SPARE + 0.05
    across, along = pad["wide"] / 2 + away, pad["high"] / 2 + away
    around = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j]
    places = [(pad["x"] + i * across, pad["y"] + j * along) for i, j in around]
    return sorted(places, key=lambda p: -((p[0] - part["x"]) ** 2 + (p[1] - part["y"]) ** 2))


def _clear(x, y, box):
    dx = max(box[0] - x, 0, x - box[2])
    dy = max(box[1] - y, 0, y - box[3])
    inside = DOT < x < placing.WIDE - DOT and DOT < y < placing.HIGH - DOT
    return inside and dx * dx + dy * dy >= (DOT + SPARE) ** 2


def words(parts):
    """[(text, x, y, height)]: names of terminals and of the socket's corners, and the warnings."""
    found = list(WORDS)
    for part in parts:
        for pad in part["pads"]:
            name = TERMINALS.get(part["ref"], {}).get(pad["name"])
            if name:
                found.append((name, pad["x"], pad["y"] + pad["high"] / 2 + 1.1, 1.0))
            if part["ref"] == "U1" and pad["name"] in SOCKET:
                out = 2.4 if pad["x"] > part["x"] else -2.4
                found.append((SOCKET[pad["name"]], pad["x"] + out, pad["y"], 0.8))
    return found


def everything(parts):
    """What kicad.py prints on the silk screen, as plain data."""
    return {"dots": [d[1:] for d in dots(parts)], "radius": DOT, "words": words(parts),
            "lines": BARRIERS}  # fmt: skip
