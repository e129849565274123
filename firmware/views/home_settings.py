"""What the device is to do in the home's WiFi: a file of its own, for the boards that carry it.

Its name begins as that of the settings, so that factory settings forget it too. The password of
the page is kept as salt and hash (login.py). In memory only while it works. Clock domain:
*second*.
"""

import json
from binascii import unhexlify

from firmware.device.settings import SettingError
from lib.ondemand import Module

with Module("lib.atomicfile") as atomicfile:  # it goes when this module goes
    pass

FILE = "settings.json.home"
# (name, default, least, most): words by the bytes they have, "" is always allowed.
FIELDS = (
    ("ssid", "", 1, 32),
    ("password", "", 8, 63),
    ("open", True, None, None),
    ("ap_minutes", 0, 0, 1440),
    ("broker", "", 7, 21),
    ("broker_user", "", 1, 64),
    ("broker_password", "", 1, 64),
)
SECRET = ("password", "broker_password")
_HELP = {
    "ssid": "give the name of your home WiFi, 1 to 32 characters",
    "password": "give its password, 8 to 63 characters, or nothing for a WiFi without one",
    "open": "give true or false",
    "ap_minutes": "give whole minutes from 0 (always on) to 1440",
    "broker": "give the broker's address in numbers, as 192.168.1.10 or 192.168.1.10:1883",
    "broker_user": "give up to 64 characters, or nothing",
    "broker_password": "give up to 64 characters, or nothing",
}


def load():
    """All values by name, and "login" where the page has a password; a damaged file is empty."""
    found, _ = atomicfile.load(FILE, _parse, atomicfile.Disk())
    values = {row[0]: row[1] for row in FIELDS}
    values.update(found or {})
    return values


def save(values):
    """Keep them; OSError where the flash refuses."""
    atomicfile.save(FILE, json.dumps(values).encode(), atomicfile.Disk())


def checked(given):
    """What was given, as it may be kept; SettingError with the field and what can be."""
    accepted = {}
    for name, default, least, most in FIELDS:
        if name not in given:
            continue
        value = given[name]
        if isinstance(default, bool):
            fits = isinstance(value, bool)
        elif isinstance(default, int):
            if isinstance(value, str) and 0 < len(value.strip()) < 6 and value.strip().isdigit():
                value = int(value)
            whole = isinstance(value, int) and not isinstance(value, bool)
            fits = whole and least <= value <= most
        else:
            fits = isinstance(value, str) and _fits(value, least, most)
            if fits and name == "broker" and value:
                fits = address(value) is not None
        if not fits:
            raise SettingError(name, _HELP[name])
        accepted[name] = value
    return accepted


def address(text):
    """(host, port) of "192.168.1.10" or "192.168.1.10:1883"; None where it is no address."""
    host, colon, port = text.partition(":")
    parts = host.split(".")
    if len(parts) != 4 or not all([_number(part, 255) for part in parts]):
        return None
    if colon and not (_number(port, 65535) and int(port)):
        return None
    return host, int(port) if colon else 1883


def _number(text, most):
    return 0 < len(text) < 6 and text.isdigit() and int(text) <= most


def _fits(text, least, most):
    if any([c < " " or c == "\x7f" for c in text]):
        return False
    return text == "" or least <= len(text.encode()) <= most


def _parse(data):
    """The values of the file's bytes; ValueError where they are not ours."""
    try:
        value = json.loads(data.decode())
        kept = checked(value)
        if value.get("login"):
            salt, rounds, key = value["login"]
            if len(unhexlify(salt)) < 8 or len(unhexlify(key)) != 32 or not 0 < rounds < 100_000:
                raise ValueError("no login")
            kept["login"] = [salt, rounds, key]
    except (SettingError, TypeError, AttributeError, RuntimeError) as why:
        raise ValueError(str(why)) from None
    return kept
