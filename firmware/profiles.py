"""Inverter profiles: where an inverter keeps its battery power, as data. One is in RAM at a time.

The shipped ones are lines of profiles.jsonl beside this module (made by tools/make_profiles.py).
A profile of one's own is the file own_profile.json on the board; select it with the profile
setting "own".

    {"id": "solis_hybrid", "name": "Solis RHI, S5, S6",
     "line": [9600, "N", 1, 1], "limit_w": 20000,
     "how": "magnitude", "power": [4, 33149, "s32", 1],
     "direction": {"at": [4, 33135, "u16", 1], "charging": [0], "discharging": [1]},
     "soc": [4, 33139, "u16", 1]}

A register is [function, wire address, type, scale] and, where needed, a table of extras: "mask"
(bits that count), "offset" (added after scaling), "sf" (address of a power-of-ten register), "na"
(the value that "not available" stands for). Types: u16 s16 u32 s32 f32, and u32_lo s32_lo f32_lo
with the low word first. The scale makes watts, + = discharging: a charging register has a negative
one.
"""

import json
from collections import namedtuple

OWN_ID = "own"
SHIPPED = __file__.rsplit("/", 1)[0] + "/profiles.jsonl"
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
# fmt: on

Field = namedtuple("Field", ("function", "address", "type", "scale", "extras"))
Direction = namedtuple("Direction", ("at", "charging", "discharging"))
Identify = namedtuple("Identify", ("at", "codes"))


class ProfileError(Exception):
    """A profile cannot be used; the words name the field and the reason."""


class Profile:
    """One inverter family; registers are attributes (`power`, `soc`, …), None if not there."""

    def __init__(self, raw):
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
        from firmware import own_profile  # 6 kB of checks that few people need

        return own_profile.load()
    start = ('{"id":"%s",' % profile_id).encode()
    with open(SHIPPED, "rb") as file:
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
    with open(SHIPPED) as lines:
        for line in lines:
            raw = json.loads(line)
            yield raw["id"], raw["name"], raw.get("experimental", False), raw.get("doubt", "")


def each():
    """Yield every shipped Profile, one in RAM at a time."""
    with open(SHIPPED) as lines:
        for line in lines:
            yield Profile(json.loads(line))


def _field(raw):
    return Field(raw[0], raw[1], raw[2], raw[3], raw[4] if len(raw) > 4 else {})
