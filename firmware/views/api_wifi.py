"""Name and password of the device's own WiFi, for another phone: whoever asks is in it already.

Clock domain: *second*.
"""

from firmware.views.web import URL
from lib import jsontext
from lib.ondemand import Module

NEEDS = ("firmware.views.wifi", "lib.qr")


def get_wifi(parts, _request):
    """{"ssid", "password", "url", "qr": rows of # and .}; no rows where it is too long for one."""
    now = parts.settings.now
    with Module(NEEDS[0]) as wifi, Module(NEEDS[1]) as qr:
        rows = yield from qr.rows(wifi.for_a_camera(now))
    yield jsontext.dumps({"ssid": now.ssid, "password": now.password, "url": URL})[:-1]
    mark = ',"qr":["'
    for row in rows:  # one at a time: together they would be 8 kB
        yield mark + row
        mark = '","'
    yield '"]}' if rows else ',"qr":[]}'
