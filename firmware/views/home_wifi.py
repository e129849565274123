"""The home's WiFi, beside the device's own: joined, watched, joined again, never in its way.

Own access point first: it stays while joining fails, and tries are spaced, for the radio leaves
its channel for each. Where a person wants it, the access point goes off some minutes after the
home's WiFi is there and nobody is on it; a touch of the button, a restart or a lost home bring it
back. The board's own responder answers to NAME.local. In memory from the start on boards with
PSRAM in plenty, never on others. Clock domain: *second*.
"""

import asyncio

from micropython import const

from firmware.views.web import ADDRESS
from lib.ondemand import Module

_SETTINGS = const("firmware.views.home_settings")
_LOOK_MS = 500
_JOIN_S = const(20)
_FIRST_S, _LONGEST_S = const(10), const(300)
_WITH_GUESTS_S = const(60)  # between tries while somebody is on the access point
_LOST_S = const(120)  # without the home: the own WiFi comes back
_SCAN_S = const(10)
# What the ESP32's driver says of a try that failed; 2 and 15 are those of a wrong password, too.
_GOT_IP, _CONNECTING, _NO_AP = const(1010), const(1001), const(201)
_REFUSED = (2, 15, 202, 204)
_MOST = const(12)  # networks shown
_STACK = const(8192)  # of the thread that listens


class Home:
    """`state`: off -> joining -> joined -> lost -> joining; `words` say it to a person."""

    state = "off"
    words = ip = name = ""
    networks = None  # [(name, signal in dBm, needs a password)] as last heard
    scanning = False
    joins = 0  # how often it was joined: whoever began in an earlier one is to end
    mqtt = ""  # what the broker's side says
    values: dict = {}

    def start(self, board, parts, access_point):
        """What `run` needs; the settings are read anew after each `change`."""
        with Module("firmware.views.wifi") as wifi, Module("firmware.views.login") as login:
            self.name = wifi.name_for(board.unique_id()).lower()
            self.sessions = login.Sessions()
        self.board, self.parts, self._ap = board, parts, access_point
        self._station = None
        self._told = ""
        self._since_s = self._next_s = self._wait_s = 0
        self._ap_since_s = self._now_s()
        self.change()

    def change(self):
        """The settings are others now."""
        with Module(_SETTINGS) as settings:
            self.values = settings.load()
        self._wait_s = 0
        self._ap_since_s = self._now_s()
        if self._station and self.state != "off":
            self._station.disconnect()
        self.ip = ""
        self._say("off", "No home WiFi is chosen." if not self.values["ssid"] else "")
        self._next_s = self._now_s()

    def look(self):
        """Listen which networks there are; the answer is in `networks` some seconds later."""
        if not self.scanning and self.state != "joining":
            self.scanning = True
            asyncio.create_task(self._listen())

    def _now_s(self):
        return self.parts.health.uptime()[0]

    def _say(self, state, words):
        """Each new thing once in the log, not each try."""
        if state in ("joined", "lost") and words != self._told:
            self._told = words
            self.parts.health.event("home wifi", words=words)
        self.state, self.words = state, words

    def _made(self):
        if self._station is None:
            self._station = self.board.station(self.name)
            self._station.active(True)
            self._station.config(reconnects=0)  # we try again, with pauses
        return self._station

    async def run(self):
        """Join and watch, for ever."""
        while True:
            try:
                await self._turn()
            except (OSError, RuntimeError) as why:  # the driver raises both
                self._fail("The radio says %s." % why)
            await asyncio.sleep_ms(_LOOK_MS)

    async def _turn(self):
        now_s = self._now_s()
        if self.state == "joined":
            if not self._station.isconnected():
                self.ip = ""
                self._since_s, self._next_s = now_s, now_s + 5
                self._say("lost", "%s is lost, joined again as soon as it is there."
                          % self.values["ssid"])  # fmt: skip
        elif self.values["ssid"] and now_s >= self._next_s and not self.scanning:
            await self._join()
        self._access_point(self._now_s())

    async def _join(self):
        station, ssid = self._made(), self.values["ssid"]
        self._say("joining", "Joining %s …" % ssid)
        asked = self.values
        station.connect(ssid, self.values["password"] or None)
        for _ in range(1000 * _JOIN_S // _LOOK_MS):
            await asyncio.sleep_ms(_LOOK_MS)
            if self.values is not asked:  # other settings meanwhile: begin anew
                return
            if station.isconnected():
                self._joined(station)
                return
            if station.status() != _CONNECTING:
                break
        status = station.status()
        station.disconnect()
        if status == _NO_AP:
            self._fail("%s is not heard here." % ssid)
        elif status in _REFUSED:
            self._fail("%s refuses. Is the password right?" % ssid)
        else:
            self._fail("%s does not let the device in (%s)." % (ssid, status))

    def _joined(self, station):
        self._wait_s = 0
        self.ip = station.ifconfig()[0]
        self._since_s = self._now_s()
        self.joins += 1
        self._say("joined", "In %s as http://%s.local/ and http://%s/"
                  % (self.values["ssid"], self.name, self.ip))  # fmt: skip
        if self.values["broker"]:
            with Module("firmware.views.home_mqtt") as mqtt:
                asyncio.create_task(mqtt.run(self, self.values, self.joins))

    def _fail(self, words):
        self._wait_s = min(_LONGEST_S, 2 * self._wait_s or _FIRST_S)
        if self._guests():
            self._wait_s = max(_WITH_GUESTS_S, self._wait_s)
        self._next_s = self._now_s() + self._wait_s
        self._say("lost", words + " Tried again every now and then.")

    def _guests(self):
        return len(self._ap.status("stations")) if self._ap.active() else 0

    def _access_point(self, now_s):
        """Off and on again, as the settings want it."""
        minutes, health = self.values["ap_minutes"], self.parts.health
        if self._ap.active():
            if self._guests() or self.state != "joined":
                self._ap_since_s = max(self._ap_since_s, now_s - 60 * minutes + 60)
            if minutes and now_s - self._ap_since_s >= 60 * minutes:
                self._ap.active(False)
                health.event("own wifi", words="off, the home's is there")
        elif (
            self.board.button_pressed()
            or not minutes
            or (self.state != "joined" and now_s - self._since_s >= _LOST_S)
        ):
            self._ap_since_s = now_s
            now = self.parts.settings.now
            self._ap = self.board.start_access_point(now.ssid, now.password, ADDRESS)
            health.event("own wifi", words="on again")

    async def _listen(self):
        """In a thread of its own: the driver holds whoever asks for seconds."""
        import _thread

        found = []

        def listen():
            try:
                found.append(station.scan())
            except (OSError, RuntimeError) as why:
                found.append(why)

        try:
            station = self._made()
            _thread.stack_size(_STACK)
            _thread.start_new_thread(listen, ())
            _thread.stack_size(0)
            for _ in range(1000 * _SCAN_S // _LOOK_MS):
                await asyncio.sleep_ms(_LOOK_MS)
                if found:
                    break
        except (OSError, RuntimeError) as why:
            found.append(why)
        if found and isinstance(found[0], list):
            self.networks = _sorted(found[0])
        else:
            self.parts.health.count("home wifi", found[0] if found else "no answer to a scan")
            self.networks = self.networks or []
        self.scanning = False


def _sorted(heard):
    """The loudest of each name, loudest first."""
    loudest = {}
    for ssid, _, _, dbm, security, *_more in heard:
        try:
            name = ssid.decode()
        except UnicodeError:
            continue
        if name.strip("\x00") and dbm > loudest.get(name, (-999, 0))[0]:
            loudest[name] = (dbm, security != 0)
    rows = sorted([(-loudest[name][0], name) for name in loudest])[:_MOST]
    return [(name, -dbm, loudest[name][1]) for dbm, name in rows]


home = Home()
