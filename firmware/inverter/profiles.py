"""Inverter profiles: where an inverter keeps its battery power, as data. One is in RAM at a time.

Loaded while a profile is chosen: what is then used of it is in fields.py.

The shipped ones are lines of profiles.jsonl beside this module, made by
tools/profiles/make_profiles.py.
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

from firmware.inverter.catalogue import OWN_ID, SHIPPED
from firmware.inverter.fields import Direction, Field, Identify, Profile, ProfileError
from lib.ondemand import Module

PIECE = 1024  # bytes of the file that are searched at a time

# how the watts come about -> the registers it needs
# fmt: off
METHODS = {
    "signed": ("power",),
    "magnitude": ("power", "direction"),
    "difference": ("discharge", "charge"),
    "product": ("volts", "amps"),
    "net_product": ("volts", "discharge", "charge"),
    "sungrow": (),
}
REGISTERS = (
    "power", "discharge", "charge", "soc", "volts", "amps", "temp", "counter", "signed",
)
# fmt: on


def made(raw):
    """The Profile of one line of the file, or of a person's own."""
    p = Profile()
    p.id = raw["id"]
    p.name = raw["name"]
    p.line = tuple(raw["line"])
    p.limit_w = raw["limit_w"]
    p.how = raw["how"]
    p.needs = METHODS[p.how]
    p.doubt = raw.get("doubt", "")
    p.experimental = raw.get("experimental", False)
    p.gap = raw.get("gap", 12)
    p.sunspec = raw.get("sunspec")
    for name in REGISTERS:
        setattr(p, name, _field(raw[name]) if name in raw else None)
    p.more = tuple([_field(field) for field in raw.get("more", ())])
    way = raw.get("direction")
    p.direction = way and Direction(
        _field(way["at"]), tuple(way["charging"]), tuple(way["discharging"])
    )
    who = raw.get("identify")
    p.identify = who and Identify(_field(who["at"]), tuple(who["codes"]))
    return p


def load(profile_id):
    """The profile of that name; raises ProfileError with field and reason."""
    if profile_id == OWN_ID:
        with Module("firmware.inverter.own_profile") as own_profile:
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
                return made(json.loads(file.readline()))
            before, offset = piece[-len(start) :], offset + len(piece)


def each():
    """Yield every shipped Profile, one in RAM at a time."""
    with open(SHIPPED) as lines:
        for line in lines:
            yield made(json.loads(line))


def _field(raw):
    return Field(raw[0], raw[1], raw[2], raw[3], raw[4] if len(raw) > 4 else {})
