"""`wifi`: what a person needs to reach the page."""

from lib.ondemand import Module

_BLOCKS = {"..": " ", "#.": "\u2580", ".#": "\u2584", "##": "\u2588"}
HELP = "wifi [qr]", "name, password and page address; qr: for a phone's camera"
NEEDS = ("firmware.views.wifi",)


def obey(parts, words, wifi):
    """One line of it."""
    if parts.health.gauges.get("radio") is False:
        yield "The radio is off (setting radio). Press the button for a second to have it once."
        return
    yield wifi.greeting(parts.settings)
    if words == ["qr"]:
        with Module("lib.qr") as qr:
            rows = yield from qr.rows(wifi.for_a_camera(parts.settings.now))
        yield from _drawn(rows)


def _drawn(rows):
    """Two rows to a line, on white whatever the terminal's colours are."""
    empty = "." * len(rows)
    rows = [empty, empty] + rows + [empty] * (2 + len(rows) % 2)
    for i in range(0, len(rows), 2):
        upper, lower = rows[i], rows[i + 1]
        line = "".join([_BLOCKS[upper[x] + lower[x]] for x in range(len(upper))])
        yield "\x1b[30;107m  %s  \x1b[0m" % line
