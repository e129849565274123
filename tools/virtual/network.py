"""Stand-in for `network`: an access point that exists on the host's loopback, a home beside it.

The home is `"home"` of the board's config: ``{"networks": [{"ssid": …, "password": …, "dbm": -60,
"there_s": [[0, 30]]}], "ip": "192.168.1.77"}``, each network there at those times (always without
them). The station joins as an ESP32's does: a try takes seconds, its status is a number, and what
fails is tried again for ever unless `reconnects` bounds it (0: not again).
"""

from memory import ACCESS_POINT, NETWORK, RADIO
from world import W, Source

AUTH_OPEN = 0
AUTH_WPA2_PSK = 3
AUTH_WPA_WPA2_PSK = 4
AP_IF = 1
STA_IF = 0
STAT_IDLE, STAT_CONNECTING, STAT_GOT_IP = 1000, 1001, 1010
STAT_NO_AP_FOUND, STAT_WRONG_PASSWORD, STAT_BEACON_TIMEOUT = 201, 202, 200
_HANDSHAKE_FAILED = 15  # what a wrong password mostly looks like
_TRY_US, _WRONG_US, _LOOK_US = 1_500_000, 3_500_000, 500_000
_country = "XX"
_hostname = "mpy-esp32"


def country(code=None):
    return _country


def hostname(name=None):
    global _hostname
    if name is not None:
        if len(name) > 32:
            raise ValueError
        _hostname = name
    return _hostname


def _networks():
    """Those in the air now."""
    now_s = W.now_us / 1e6
    for network in W.config.get("home", {}).get("networks", ()):
        times = network.get("there_s")
        if times is None or any([a <= now_s < b for a, b in times]):
            yield network


class _Station(Source):
    """The other end of the radio: what it is doing, and with which network."""

    def __init__(self):
        self.wanted = self.joined = None
        self.reason = 0
        self.tries = 0
        self.reconnects = -1
        self.asked = 0
        W.add(self)

    def connect(self, ssid, password):
        self.wanted, self.joined = (ssid, password or ""), None
        self.reason = self.tries = 0
        self.asked += 1
        self._try()

    def disconnect(self):
        self.wanted = self.joined = self.due = None
        self.reason = 0

    def _heard(self):
        for network in _networks():
            if network["ssid"] == self.wanted[0]:
                return network

    def _try(self):
        network = self._heard()
        wrong = network and network.get("password", "") != self.wanted[1]
        self.due = W.now_us + (_WRONG_US if wrong else _TRY_US)

    def fire(self):
        network = self._heard()
        if self.joined:
            self.due = W.now_us + _LOOK_US
            if network is None:
                self.joined = None
                self._failed(STAT_BEACON_TIMEOUT)
        elif network is None:
            self._failed(STAT_NO_AP_FOUND)
        elif network.get("password", "") != self.wanted[1]:
            self._failed(_HANDSHAKE_FAILED)
        else:
            self.joined = network
            self.reason = 0
            self.due = W.now_us + _LOOK_US

    def _failed(self, reason):
        self.reason = reason
        self.tries += 1
        if 0 <= self.reconnects < self.tries:
            self.wanted = self.due = None
        else:
            self._try()

    def status(self):
        if self.joined:
            return STAT_GOT_IP
        if self.wanted:
            return STAT_CONNECTING
        return self.reason or STAT_IDLE


class WLAN:
    IF_STA = 0
    IF_AP = 1
    SEC_OPEN = 0
    SEC_WPA2 = 3
    PM_NONE = 0
    _taken = set()  # what the radio has of the chip's memory, for good
    _station = None

    def __init__(self, interface=0):
        self._take("radio", RADIO)
        self._interface = interface
        self._active = False
        self._config = {"ssid": "", "channel": 1}
        self._ip = ("192.168.4.1", "255.255.255.0", "192.168.4.1", "8.8.8.8")
        if interface == WLAN.IF_STA and WLAN._station is None:
            WLAN._station = _Station()

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
        if "reconnects" in values:
            WLAN._station.reconnects = values["reconnects"]
            return
        self._take("network", NETWORK)
        self._config.update(values)

    def _take(self, who, size):
        if W.memory and who not in WLAN._taken:
            WLAN._taken.add(who)
            W.memory.take_or_abort(size, who)

    def ifconfig(self, addresses=None):
        if addresses is not None:
            self._ip = tuple(addresses)
        if self._interface == WLAN.IF_STA:
            ip = W.config["home"].get("ip", "192.168.1.77") if self.isconnected() else "0.0.0.0"
            return (ip, "255.255.255.0", "192.168.1.1", "192.168.1.1")
        return self._ip

    def ipconfig(self, name=None, **values):
        if "addr4" in values:
            self._ip = (values["addr4"].split("/")[0],) + self._ip[1:]
        if name == "addr4":
            return (self._ip[0], self._ip[1])

    def _needs_active(self):
        if not self._active:
            raise OSError("Wifi Not Started")

    def connect(self, ssid, password=None):
        self._needs_active()
        WLAN._station.connect(ssid, password)

    def disconnect(self):
        WLAN._station.disconnect()

    def scan(self):
        """(name, address, channel, signal, security, hidden) of each; holds who asks, on a board
        for seconds."""
        self._needs_active()
        if WLAN._station.wanted and not WLAN._station.joined:
            raise OSError("Wifi Internal State Error")
        found = []
        for n, network in enumerate(_networks()):
            security = AUTH_WPA2_PSK if network.get("password") else AUTH_OPEN
            name = network["ssid"].encode()
            found.append((name, bytes(6), n + 1, network.get("dbm", -60), security, False))
        return found

    def status(self, what=None):
        if what == "stations":
            return W.config.get("home", {}).get("guests", [])
        return WLAN._station.status() if self._interface == WLAN.IF_STA else 1

    def isconnected(self):
        if self._interface == WLAN.IF_STA:
            return bool(WLAN._station.joined)
        return self._active
