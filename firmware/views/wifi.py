"""The device's own WiFi: an access point with a password that no other device has.

The name and the password are made once, stored in the settings and shown on the console, together
with the plain address of the page: phones open it by themselves only sometimes.
Clock domain: *second*.
"""

import asyncio

from micropython import const

from firmware.views.web import ADDRESS, URL
from lib.ondemand import Module

LETTERS = (
    "abcdefghkmnpqrstuvwxyz23456789"  # no i, j, l, o, 0, 1: read from a screen, typed on a phone
)
_PASSWORD_LETTERS = const(12)  # 30 letters: 58 bits
RETRY_S = 30


async def start(board, parts):
    """Bring the access point up.

    Without WiFi the device does its work all the same: a failure is a visible fault, tried again.
    """
    settings, health = parts.settings, parts.health
    identify(settings, board)
    while True:
        now = settings.now
        try:
            access_point = board.start_access_point(now.ssid, now.password, ADDRESS)
            break
        except (OSError, RuntimeError) as why:  # the driver raises both
            health.fault("wifi", "access point does not start: %s" % why)
            await asyncio.sleep(RETRY_S)
    health.clear("wifi")
    health.event("wifi", ssid=now.ssid, url=URL)
    with Module("firmware.views.home") as home:
        home.begin(board, parts, access_point)


def identify(settings, board):
    """Give the device a name and a password of its own if it has none yet."""
    changes = {}
    if not settings.now.ssid:
        changes["ssid"] = name_for(board.unique_id())
    if not settings.now.password:
        changes["password"] = password_from(board.random_bytes)
    if changes:
        settings.change(**changes)


def name_for(unique_id):
    """ "BatteryCT-1a2b" from the end of the chip's own number."""
    return "BatteryCT-%02x%02x" % (unique_id[-2], unique_id[-1])


def password_from(random_bytes):
    """Letters drawn evenly: bytes beyond the last whole alphabet are drawn anew."""
    letters = []
    even = 256 - 256 % len(LETTERS)
    while len(letters) < _PASSWORD_LETTERS:
        for byte in random_bytes(_PASSWORD_LETTERS):
            if byte < even and len(letters) < _PASSWORD_LETTERS:
                letters.append(LETTERS[byte % len(LETTERS)])
    return "".join(letters)


def for_a_camera(now):
    """Name and password as a phone's camera reads them from a QR code."""
    text = "WIFI:T:WPA;"
    for mark, value in (("S", now.ssid), ("P", now.password)):
        for special in '\\;,:"':
            value = value.replace(special, "\\" + special)
        text += "%s:%s;" % (mark, value)
    return text + ";"


def greeting(settings):
    """What a person at the console needs to reach the page."""
    now = settings.now
    return "WiFi %s  password %s  page %s" % (now.ssid, now.password, URL)
