"""What a freshly flashed board says of its WiFi: name, password, page, and a QR code of them."""

import io
import re
import time
from typing import NamedTuple

import segno
import serial

BAUD = 115200
PATIENCE_S = 40  # a board of USB comes back as another port, and makes its password at first
ASK_AGAIN_S = 8  # a board that is just starting hears nothing, and then all of it
_SAYS = re.compile(rb"WiFi (.+?)  password (\S+)  page (\S+)")


class Wifi(NamedTuple):
    """How a phone gets in."""

    ssid: str
    password: str
    page: str

    def for_a_camera(self) -> str:
        """As phones read it from a QR code."""
        ssid, password = (re.sub(r'([\\;,:"])', r"\\\1", text) for text in self[:2])
        return f"WIFI:T:WPA;S:{ssid};P:{password};;"


def ask(port: str, patience_s: float = PATIENCE_S) -> Wifi | None:
    """Ask the console for it until it answers; None where it does not."""
    until = time.monotonic() + patience_s
    heard = b""
    while time.monotonic() < until:
        try:
            line = serial.Serial()
            line.port, line.baudrate, line.timeout = port, BAUD, 0.5
            line.dtr = line.rts = False  # on many boards these are reset and boot
            with line:  # which opens it
                asked = -ASK_AGAIN_S
                while time.monotonic() < until:
                    heard = (heard + line.read(4096))[-8192:]
                    found = _SAYS.search(heard)
                    if found:
                        return Wifi(*(part.decode(errors="replace") for part in found.groups()))
                    if time.monotonic() - asked >= ASK_AGAIN_S:  # each is answered, late too
                        line.write(b"wifi\r")
                        asked = time.monotonic()
        except (OSError, serial.SerialException):  # it is just coming back
            time.sleep(0.5)
    return None


def words(wifi: Wifi | None) -> str:
    """The last lines of make flash."""
    if wifi is None:
        return "flash: type wifi on its console for the name and password of its WiFi"
    code = io.StringIO()
    segno.make(wifi.for_a_camera(), error="l", micro=False).terminal(code, border=2, compact=True)
    return (
        f"{code.getvalue()}\nIts WiFi: {wifi.ssid}\nPassword: {wifi.password}\n"
        f"The page: {wifi.page}   (a phone's camera reads the code above)"
    )
