"""Inverter profiles: where an inverter keeps its battery power, as data. One is in RAM at a time.

The shipped ones are lines of profiles.jsonl beside this module (made by tools/make_profiles.py).
A profile of one's own is the file own_profile.json on the board; select it with the profile
setting "own".

    {"id": "solis_hybrid", "name": "Solis RHI, S5, S6",
     "line": [9600, "N", 1, 1], "limit_w": 20000,
     "how": "magnitude", "power": [4, 33149, "s32", 1],
     "direction": {"at": [4, 33135, "u16", 1], "charging": [0], "discharging": [1]},
     "soc": [4, 33139, "u16", 1]}

A register is [function, wire address, type, scale] and, where needed, a table of extras:
"mask" (bits that count), "offset" (added after scaling), "sf" (address of a power-of-ten
register),
"na" (the value that "not available" stands for). Types: u16 s16 u32 s32 f32, and u32_lo s32_lo
f32_lo with the low word first. The scale makes watts, + = discharging: a charging register has a
negative one.
"""

import json
from collections import namedtuple

OWN_ID = "own"
OWN_FILE = "own_profile.json"
TYPES = ("u16", "s16", "u32", "s32", "f32", "u32_lo", "s32_lo", "f32_lo")
PARITIES = ("N", "E", "O")
EXTRAS = ("mask", "offset", "sf", "na")
PIECE = 1024  # bytes of the file that are searched at a time
LINE_WORDS = 110  # one read never asks for more: inverters allow 100 to 125

# how the watts come about -> the registers it needs
# fmt: off
METHODS = {
    "signed": ("power",),
    "magnitude": ("power", "direction"),
    "difference": ("discharge", "charge"),
    "product": ("volts", "amps"),
    "sungrow": (
        "state", "bits", "magnitude", "volts", "amps", "soc", "temp", "active", "pv", "code",
    ),
}
REGISTERS = (
    "power", "discharge", "charge", "second", "soc", "volts", "amps", "temp", "counter",
    "state", "bits", "magnitude", "active", "pv", "code", "signed",  # Sungrow
)
WORDS = (
    "id", "name", "line", "limit_w", "how", "direction", "identify",
    "doubt", "experimental", "gap", "sunspec",
)
# fmt: on
NEEDED = ("id", "name", "line", "limit_w", "how")

Field = namedtuple("Field", ("function", "address", "type", "scale", "extras"))
Direction = namedtuple("Direction", ("at", "charging", "discharging"))
Identify = namedtuple("Identify", ("at", "codes"))


class ProfileError(Exception):
    """A profile cannot be used; the words name the field and the reason."""


class Profile:
    """One inverter family. Registers are attributes (`power`, `soc`, …), None where there is
    none."""

    def __init__(self, raw):
        _check(raw)
        self.id = raw["id"]
        self.name = raw["name"]
        self.baud, self.parity, self.stop_bits, self.unit = raw["line"]
        self.limit_w = raw["limit_w"]
        self.how = raw["how"]  # "signed" | "magnitude" | "difference" | "product" | "sungrow"
        self.doubt = raw.get("doubt", "")
        self.experimental = raw.get("experimental", False)
        self.gap = raw.get("gap", 12)  # words between two registers that are still read in one go
        self.sunspec = raw.get("sunspec")  # None | [[model, usual address of its id], …]
        for name in REGISTERS:
            setattr(self, name, _field(raw[name]) if name in raw else None)
        given = raw.get("direction")
        self.direction = given and Direction(
            _field(given["at"]), tuple(given["charging"]), tuple(given["discharging"])
        )
        given = raw.get("identify")
        self.identify = given and Identify(_field(given["at"]), tuple(given["codes"]))


def width(field):
    """Registers that a field takes: 1 or 2."""
    return 1 if field.type in ("u16", "s16") else 2


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


def load(profile_id):
    """The profile of that name; raises ProfileError with field and reason."""
    if profile_id == OWN_ID:
        return _load_own()
    start = ('{"id":"%s",' % profile_id).encode()
    with open(_shipped(), "rb") as file:
        # in large pieces: the board reads lines byte by byte, which would take 0.1 s for the last
        before, offset = b"", 0
        while True:
            piece = file.read(PIECE)
            if not piece:
                raise ProfileError("profile: there is no %s" % profile_id)
            at = (before + piece).find(start)
            if at >= 0:
                file.seek(offset - len(before) + at)
                return Profile(json.loads(file.readline()))
            before, offset = piece[-len(start) :], offset + len(piece)


def catalogue():
    """Yield (id, name, experimental, doubt) of every shipped profile, one in RAM at a time."""
    with open(_shipped()) as lines:
        for line in lines:
            raw = json.loads(line)
            yield raw["id"], raw["name"], raw.get("experimental", False), raw.get("doubt", "")


def each():
    """Yield every shipped Profile, one in RAM at a time."""
    with open(_shipped()) as lines:
        for line in lines:
            yield Profile(json.loads(line))


def _shipped():
    return __file__.rsplit("/", 1)[0] + "/profiles.jsonl"


def _load_own():
    try:
        with open(OWN_FILE) as file:
            text = file.read().strip()
        raw = json.loads(text)
    except OSError:
        raise ProfileError("%s: no such file on the board" % OWN_FILE)
    except ValueError:
        raise ProfileError("%s: not JSON" % OWN_FILE)
    # some versions of MicroPython take an object that breaks off for a whole one
    if not isinstance(raw, dict) or text[-1] != "}":
        raise ProfileError("%s: must be a whole object {…}" % OWN_FILE)
    raw["id"] = OWN_ID
    try:
        return Profile(raw)
    except ProfileError as why:
        raise ProfileError("%s: %s" % (OWN_FILE, why))


def _field(raw):
    return Field(raw[0], raw[1], raw[2], raw[3], raw[4] if len(raw) > 4 else {})


def _check(raw):
    """Refuse what is missing, unknown or impossible, with field and reason."""
    for name in raw:
        if name not in WORDS and name not in REGISTERS:
            raise ProfileError("%s: unknown field" % name)
    for name in NEEDED:
        if name not in raw:
            raise ProfileError("%s: missing" % name)
    for name in ("id", "name", "how"):
        if not isinstance(raw[name], str) or not raw[name]:
            raise ProfileError("%s: must be a text" % name)
    if raw["how"] not in METHODS:
        raise ProfileError("how: one of %s, not %s" % (", ".join(sorted(METHODS)), raw["how"]))
    for name in METHODS[raw["how"]]:
        if name not in raw:
            raise ProfileError('%s: missing, "how": "%s" needs it' % (name, raw["how"]))
    _check_values(raw)


def _check_values(raw):
    if not isinstance(raw.get("doubt", ""), str):
        raise ProfileError("doubt: must be a text")
    if not isinstance(raw.get("experimental", False), bool):
        raise ProfileError("experimental: true or false")
    _whole("limit_w", raw["limit_w"], 100, 1000000)
    _whole("gap", raw.get("gap", 12), 0, 100)
    _check_line(raw["line"])
    for name in REGISTERS:
        if name in raw:
            _check_field(name, raw[name])
    for name, lists in (("direction", ("charging", "discharging")), ("identify", ("codes",))):
        if name in raw:
            _check_choice(name, raw[name], lists)
    models = raw.get("sunspec", [])
    if not isinstance(models, list):
        raise ProfileError("sunspec: must be a list of [model, usual address]")
    for model in models:
        if not isinstance(model, list) or len(model) != 2:
            raise ProfileError("sunspec: must be a list of [model, usual address]")
        _whole("sunspec model", model[0], 1, 65534)
        _whole("sunspec address", model[1], 40002, 65535)


def _whole(name, value, low, high):
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise ProfileError("%s: a whole number %d..%d, not %s" % (name, low, high, value))


def _check_line(line):
    if not isinstance(line, list) or len(line) != 4:
        raise ProfileError("line: must be [baud, parity, stop bits, unit]")
    _whole("line baud", line[0], 1200, 115200)
    if line[1] not in PARITIES:
        raise ProfileError("line parity: N, E or O, not %s" % line[1])
    _whole("line stop bits", line[2], 1, 2)
    _whole("line unit", line[3], 1, 255)


def _check_field(name, raw):
    if not isinstance(raw, list) or len(raw) not in (4, 5):
        raise ProfileError("%s: must be [function, address, type, scale]" % name)
    _whole(name + " function", raw[0], 3, 4)
    _whole(name + " address", raw[1], 0, 65535)
    if raw[2] not in TYPES:
        raise ProfileError("%s type: one of %s, not %s" % (name, " ".join(TYPES), raw[2]))
    scale = raw[3]
    if (
        isinstance(scale, bool)
        or not isinstance(scale, (int, float))
        or not 0 < abs(scale) <= 10000
    ):
        raise ProfileError("%s scale: a number up to 10000 and not 0, not %s" % (name, scale))
    extras = raw[4] if len(raw) > 4 else {}
    if not isinstance(extras, dict):
        raise ProfileError("%s: extras must be an object {…}" % name)
    for key, value in extras.items():
        if key not in EXTRAS:
            raise ProfileError("%s: unknown extra %s" % (name, key))
        _whole("%s %s" % (name, key), value, -1000 if key == "offset" else 0, 65535)
    if "mask" in extras and raw[2] not in ("u16", "u32", "u32_lo"):
        raise ProfileError("%s mask: only of an unsigned register" % name)


def _check_choice(name, raw, lists):
    if not isinstance(raw, dict) or set(raw) != set(("at",) + lists):
        raise ProfileError("%s: must have %s" % (name, ", ".join(("at",) + lists)))
    _check_field(name + " at", raw["at"])
    for key in lists:
        if not isinstance(raw[key], list) or not raw[key]:
            raise ProfileError("%s %s: must be a list of values" % (name, key))
        for value in raw[key]:
            _whole("%s %s" % (name, key), value, 0, 65535)
