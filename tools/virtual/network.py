"""Stand-in for `network`: an access point that exists on the host's loopback."""

from memory import ACCESS_POINT, NETWORK, RADIO
from world import W

AUTH_OPEN = 0
AUTH_WPA2_PSK = 3
AUTH_WPA_WPA2_PSK = 4
AP_IF = 1
STA_IF = 0
_country = "XX"


def country(code=None):
    return _country


def hostname(name=None):
    return "virtual"


class WLAN:
    IF_STA = 0
    IF_AP = 1
    SEC_OPEN = 0
    SEC_WPA2 = 3
    PM_NONE = 0
    _taken = set()  # what the radio has of the chip's memory, for good

    def __init__(self, interface=0):
        self._take("radio", RADIO)
        self._active = False
        self._config = {"ssid": "", "channel": 1}
        self._ip = ("192.168.4.1", "255.255.255.0", "192.168.4.1", "8.8.8.8")

    def active(self, on=None):
        if on:
            self._take("access point", ACCESS_POINT)
        if on is not None:
            self._active = bool(on)
        return self._active

    def config(self, name=None, **values):
        if name is not None:
            return self._config.get(name)
        if "password" in values and values["password"] and len(values["password"]) < 8:
            raise OSError("WiFi Invalid Password")  # as the ESP32 says below 8 characters
        self._take("network", NETWORK)
        self._config.update(values)

    def _take(self, who, size):
        if W.memory and who not in WLAN._taken:
            WLAN._taken.add(who)
            W.memory.take_or_abort(size, who)

    def ifconfig(self, addresses=None):
        if addresses is not None:
            self._ip = tuple(addresses)
        return self._ip

    def ipconfig(self, name=None, **values):
        if "addr4" in values:
            self._ip = (values["addr4"].split("/")[0],) + self._ip[1:]
        if name == "addr4":
            return (self._ip[0], self._ip[1])

    def status(self, what=None):
        return [] if what == "stations" else 1

    def isconnected(self):
        return self._active
