"""A profile of one's own: the file own_profile.json on the board, checked field by field.

Loaded only for those who have one: the shipped profiles are checked before they ship.
"""

import json

from firmware.inverter.fields import ProfileError
from firmware.inverter.profiles import METHODS, OWN_ID, REGISTERS, made

OWN_FILE = "own_profile.json"
LONGEST_BYTES = 4096
TYPES = ("u16", "s16", "u32", "s32", "f32", "u32_lo", "s32_lo", "f32_lo", "u16_sw")
PARITIES = ("N", "E", "O")
EXTRAS = ("mask", "offset", "sf", "na")
# fmt: off
WORDS = (
    "id", "name", "line", "limit_w", "how", "direction", "identify", "more",
    "doubt", "experimental", "gap", "sunspec",
)
# fmt: on
NEEDED = ("id", "name", "line", "limit_w", "how")


def load():
    """The Profile in the file on the board; raises ProfileError with field and reason."""
    try:
        with open(OWN_FILE, "rb") as file:
            text = file.read(LONGEST_BYTES + 1)
        if len(text) > LONGEST_BYTES:
            raise ProfileError("%s: longer than %d bytes" % (OWN_FILE, LONGEST_BYTES))
        text = text.decode().strip()
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
        check(raw)
    except ProfileError as why:
        raise ProfileError(("%s: %s" % (OWN_FILE, why))[:200])
    except RuntimeError:  # its brackets in brackets have words that no stack can hold
        raise ProfileError("%s: too deep" % OWN_FILE)
    return made(raw)


def check(raw):
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
    more = raw.get("more", [])
    if not isinstance(more, list) or len(more) > 3:
        raise ProfileError("more: must be a list of up to three registers")
    for field in more:
        _check_field("more", field)
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
