"""The radio of a board in a home, for tests: it answers each try as told, at once."""

import os

GOT_IP, NO_AP = 1010, 201


class Station:
    """The side that joins; the answers come in turn, then nothing is heard any more."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []
        self.now = 1000
        self.heard = []

    def active(self, on=None):
        return True

    def config(self, **values):
        self.settings = values

    def connect(self, ssid, password):
        self.asked.append((ssid, password))
        self.now = self.answers.pop(0) if self.answers else NO_AP

    def disconnect(self):
        self.now = 1000

    def isconnected(self):
        return self.now == GOT_IP

    def status(self):
        return self.now

    def ifconfig(self):
        return ("192.168.1.77", "255.255.255.0", "192.168.1.1", "192.168.1.1")

    def scan(self):
        return self.heard


class AccessPoint:
    """The own side."""

    def __init__(self):
        self.on = True
        self.guests = []

    def active(self, on=None):
        if on is not None:
            self.on = on
        return self.on

    def status(self, what):
        return self.guests


class Board:
    """What the home's WiFi wants of a board."""

    def __init__(self, station):
        self._station = station
        self.ap = AccessPoint()
        self.pressed = False

    def station(self, name):
        self.name = name
        return self._station

    def unique_id(self):
        return b"\x24\x0a\xc4\x01\x1a\x2b"

    def random_bytes(self, count):
        return os.urandom(count)

    def button_pressed(self):
        return self.pressed

    def start_access_point(self, ssid, password, address):
        self.ap.on = True
        return self.ap
