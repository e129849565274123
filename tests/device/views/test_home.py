"""The home's WiFi: joined without hurry, never in the way of the own one; a login to change."""

import asyncio
import json
import os
import unittest
from binascii import hexlify, unhexlify

from client import Visitor, WebCase
from radio import GOT_IP, NO_AP, Board, Station

from firmware.device.settings import SettingError
from firmware.views import home, home_settings, home_wifi, login

HANDSHAKE = 15  # what the driver says of a wrong password


def forget():
    for name in os.listdir():
        if name.startswith(home_settings.FILE):
            os.remove(name)


class HomeCase(WebCase):
    """A device in a home, its time the test's."""

    def setUp(self):
        super().setUp()
        forget()
        home_wifi._LOOK_MS = 1

    def begin(self, station, **values):
        home_settings.save(dict({row[0]: row[1] for row in home_settings.FIELDS}, **values))
        self.station, self.board = station, Board(station)
        self.home = home_wifi.home = home_wifi.Home()
        self.home.start(self.board, self.parts, self.board.ap)
        return self.home

    def turn(self, seconds=0):
        """The home's loop goes on after so many seconds."""
        self.parts.clock.pass_ms(1000 * seconds)
        asyncio.run(self.home._turn())


class Joining(HomeCase):
    def test_it_joins_and_says_where_it_is(self):
        there = self.begin(Station(GOT_IP), ssid="Müllers WLAN", password="home sweet home")
        self.turn()
        self.assertEqual(self.station.asked, [("Müllers WLAN", "home sweet home")])
        self.assertEqual(self.station.settings, {"reconnects": 0})
        self.assertEqual(self.board.name, "batteryct-1a2b")
        self.assertEqual((there.state, there.ip), ("joined", "192.168.1.77"))
        self.assertIn("http://batteryct-1a2b.local/", there.words)

    def test_nothing_is_asked_where_no_home_is_chosen(self):
        there = self.begin(Station(GOT_IP))
        for _ in range(5):
            self.turn(60)
        self.assertEqual((self.station.asked, there.state), ([], "off"))

    def test_tries_are_spaced_and_the_own_network_stays(self):
        there = self.begin(Station(NO_AP, NO_AP, NO_AP, NO_AP), ssid="Home", password="12345678")
        tried_at = []
        for second in range(200):
            before = len(self.station.asked)
            self.turn(1)
            if len(self.station.asked) > before:
                tried_at.append(second)
            self.assertTrue(self.board.ap.on)
        gaps = [tried_at[n + 1] - tried_at[n] for n in range(len(tried_at) - 1)]
        self.assertEqual(gaps, [10, 20, 40, 80])
        self.assertIn("Home is not heard here.", there.words)
        said = [e["words"] for _, e in self.parts.health.log() if e["event"] == "home wifi"]
        self.assertEqual(len(said), 1)  # not each try

    def test_with_a_phone_on_the_own_network_the_radio_leaves_it_once_a_minute_at_most(self):
        self.begin(Station(), ssid="Home", password="12345678")
        self.board.ap.guests = [(b"phone",)]
        for _ in range(120):
            self.turn(1)
        self.assertTrue(2 <= len(self.station.asked) <= 3)

    def test_a_wrong_password_is_called_so(self):
        there = self.begin(Station(HANDSHAKE), ssid="Home", password="12345678")
        self.turn()
        self.assertIn("Is the password right?", there.words)

    def test_a_lost_home_is_joined_again(self):
        there = self.begin(Station(GOT_IP, NO_AP, GOT_IP), ssid="Home", password="12345678")
        self.turn()
        self.station.now = 200
        self.turn(1)
        self.assertEqual(there.state, "lost")
        for _ in range(30):
            self.turn(1)
        self.assertEqual((there.state, there.joins, self.parts.health.faults), ("joined", 2, {}))

    def test_new_settings_count_at_once(self):
        there = self.begin(Station(NO_AP, GOT_IP), ssid="Hom", password="12345678")
        self.turn()
        home_settings.save(dict(there.values, ssid="Home"))
        there.change()
        self.turn()
        self.assertEqual((there.state, self.station.asked[-1][0]), ("joined", "Home"))

    def test_a_scan_names_each_network_once_the_loudest_first(self):
        there = self.begin(Station())
        self.station.heard = [
            (b"Neighbour", b"", 1, -80, 3, False),
            (b"Home", b"", 1, -60, 3, False),
            (b"Home", b"", 6, -50, 3, False),
            (b"", b"", 6, -40, 3, True),
            (b"\xff\xfe", b"", 6, -40, 3, False),
            (b"Guests", b"", 6, -70, 0, False),
        ]

        async def listen():
            there.look()
            for _ in range(200):
                await asyncio.sleep_ms(1)
                if not there.scanning:
                    break

        asyncio.run(listen())
        wanted = [("Home", -50, True), ("Guests", -70, False), ("Neighbour", -80, True)]
        self.assertEqual(there.networks, wanted)


class OwnNetwork(HomeCase):
    def test_it_goes_off_when_wanted_and_the_button_brings_it_back(self):
        self.begin(Station(GOT_IP), ssid="Home", password="12345678", ap_minutes=5)
        self.turn()
        self.turn(4 * 60)
        self.assertTrue(self.board.ap.on)
        self.turn(2 * 60)
        self.assertFalse(self.board.ap.on)
        self.board.pressed = True
        self.turn(1)
        self.assertTrue(self.board.ap.on)
        self.board.pressed = False
        self.turn(4 * 60)
        self.assertTrue(self.board.ap.on)

    def test_it_stays_while_a_phone_is_on_it_and_while_the_home_is_away(self):
        self.begin(Station(GOT_IP), ssid="Home", password="12345678", ap_minutes=5)
        self.turn()
        self.board.ap.guests = [(b"phone",)]
        for _ in range(20):
            self.turn(60)
        self.assertTrue(self.board.ap.on)
        self.begin(Station(), ssid="Home", password="12345678", ap_minutes=5)
        for _ in range(20):
            self.turn(60)
        self.assertTrue(self.board.ap.on)

    def test_a_home_that_is_lost_brings_it_back(self):
        self.begin(Station(GOT_IP), ssid="Home", password="12345678", ap_minutes=1)
        self.turn()
        self.turn(90)
        self.assertFalse(self.board.ap.on)
        self.station.now = 200
        for _ in range(5):
            self.turn(60)
        self.assertTrue(self.board.ap.on)


class Login(HomeCase):
    def from_home(
        self, method, path, body=None, headers="", host="192.168.1.77", ip="192.168.1.20"
    ):
        data = json.dumps(body).encode() if body is not None else b""
        head = "%s %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n%s" % (
            method, path, host, len(data), headers)  # fmt: skip
        if body is not None:
            head += "Content-Type: application/json\r\n"
        client = Visitor((head + "\r\n").encode() + data, ip=ip)
        asyncio.run(self.serve(client))
        return client.answer()

    def begin_in_home(self, **values):
        values.setdefault("login", asyncio.run(login.made("long enough", b"salt" * 4)))
        self.begin(Station(GOT_IP), ssid="Home", password="12345678", **values)
        self.turn()

    def log_in(self, password="long enough"):
        return self.from_home("POST", "/api/login", {"password": password})

    def test_the_hash_is_the_published_one(self):
        for rounds, wanted in (
            (1, "120fb6cffcf8b32c43e7225256c4f837a86548c92ccc35480805987cb70be17b"),
            (2, "ae4d0c95af6b46d32d0adff928f06dd02a303f8ef3c251dfd6e2d85a95474c43"),
        ):
            made = asyncio.run(login.hashed("password", b"salt", rounds))
            self.assertEqual(hexlify(made).decode(), wanted)

    def test_from_home_reading_is_open_and_changing_is_not(self):
        self.begin_in_home()
        for path in ("/", "/api/live", "/api/status", "/metrics"):
            self.assertEqual(self.from_home("GET", path)[0], 200)
        for path in ("/api/wifi", "/api/home"):
            self.assertEqual(self.from_home("GET", path)[0], 401)
        before = self.parts.settings.now
        for path in ("/api/mute", "/api/hold", "/api/settings", "/api/restart", "/api/home"):
            status, _, body = self.from_home("POST", path, {"muted": True, "limit_w": 200})
            self.assertEqual((status, json.loads(body)["field"]), (401, "login"))
        self.assertEqual(self.parts.settings.now, before)

    def test_after_a_login_everything_is_there_and_a_logout_ends_it(self):
        self.begin_in_home()
        status, headers, _ = self.log_in()
        cookie = headers["set-cookie"]
        self.assertEqual(status, 200)
        self.assertIn("; Path=/; HttpOnly; SameSite=Strict", cookie)
        session = "Cookie: other=1; %s\r\n" % cookie.split(";")[0]
        answer = self.from_home("POST", "/api/mute", {"muted": True}, session)
        self.assertEqual(answer[0], 200)
        self.assertTrue(self.parts.settings.now.muted)
        self.assertEqual(self.from_home("GET", "/api/wifi", headers=session)[0], 200)
        self.from_home("POST", "/api/login", {"out": True}, session)
        self.assertEqual(self.from_home("POST", "/api/mute", {"muted": False}, session)[0], 401)

    def test_a_guessed_cookie_is_none(self):
        self.begin_in_home()
        cookie = self.log_in()[1]["set-cookie"].split(";")[0]
        for other in ("ct=", "ct=" + "0" * 32, cookie[:-1], cookie + "0", "x" + cookie):
            answer = self.from_home("POST", "/api/mute", {"muted": True}, "Cookie: %s\r\n" % other)
            self.assertEqual(answer[0], 401)

    def test_a_session_that_rests_for_half_an_hour_is_over(self):
        self.begin_in_home()
        session = "Cookie: %s\r\n" % self.log_in()[1]["set-cookie"].split(";")[0]
        for minutes, status in ((29, 200), (29, 200), (31, 401)):
            self.parts.clock.pass_ms(60_000 * minutes)
            answer = self.from_home("POST", "/api/mute", {"muted": True}, session)
            self.assertEqual(answer[0], status)

    def test_wrong_ones_make_it_wait_longer_and_longer(self):
        self.begin_in_home()
        waits = []
        for _ in range(9):
            status, _, body = self.log_in("guess of mine")
            while status == 429:
                words = json.loads(body)["error"]
                seconds = int(words.split(" ")[-2])
                waits.append(seconds)
                self.assertEqual(self.log_in()[0], 429)  # not even the right one
                self.parts.clock.pass_ms(1000 * seconds)
                status, _, body = self.log_in("guess of mine")
            self.assertEqual(status, 401)
        self.assertEqual(waits, [5, 10, 20, 40, 80, 160])
        self.parts.clock.pass_ms(300_000)
        self.assertEqual(self.log_in()[0], 200)
        self.assertEqual(self.log_in("wrong again")[0], 401)
        self.assertEqual(self.log_in()[0], 200)

    def test_only_what_is_the_same_from_end_to_end_is_the_same(self):
        self.assertTrue(login.same("abcd", "abcd"))
        for other in ("xbcd", "abcx", "abc", "abcde", ""):
            self.assertFalse(login.same("abcd", other))

    def test_reading_can_be_closed_too(self):
        self.begin_in_home(open=False)
        self.assertEqual(self.from_home("GET", "/")[0], 200)
        for path in ("/api/live", "/api/stream", "/api/log", "/metrics"):
            self.assertEqual(self.from_home("GET", path)[0], 401)

    def test_without_a_page_password_nothing_can_be_changed_from_home(self):
        self.begin_in_home(login=None)
        status, _, body = self.from_home("POST", "/api/mute", {"muted": True})
        self.assertEqual(status, 403)
        self.assertIn("page password", json.loads(body)["error"])

    def test_the_own_network_needs_no_login(self):
        self.begin_in_home()
        self.assertEqual(self.post("/api/mute", {"muted": True})[0], 200)
        self.assertEqual(self.get("/api/wifi")[0], 200)

    def test_an_address_of_the_own_network_in_the_host_does_not_help(self):
        self.begin_in_home()
        answer = self.from_home("POST", "/api/mute", {"muted": True}, host="4.3.2.1")
        self.assertEqual(answer[0], 403)

    def test_a_foreign_name_leads_to_the_page_and_tells_nothing(self):
        self.begin_in_home()
        for host in ("evil.example", "4.3.2.1", "192.168.1.78", ""):
            status, headers, _ = self.from_home("GET", "/", host=host)
            self.assertEqual((status, headers["location"]), (302, "http://192.168.1.77/"))
            self.assertEqual(self.from_home("GET", "/api/live", host=host)[0], 403)
        for host in ("batteryct-1a2b.local", "batteryct-1a2b", "192.168.1.77:80"):
            self.assertEqual(self.from_home("GET", "/api/live", host=host)[0], 200)

    def test_no_answer_tells_a_password_of_the_home(self):
        self.begin_in_home(broker="192.168.1.10", broker_password="of the broker")
        for path in ("/api/home", "/api/settings", "/api/status", "/api/log", "/api/wifi"):
            body = self.get(path)[2]
            for secret in (b"12345678", b"of the broker", b"long enough"):
                self.assertFalse(secret in body, path)

    def test_a_board_without_the_memory_says_so_and_lets_nobody_in_from_elsewhere(self):
        import sys

        kept = sys.modules.pop("firmware.views.home_wifi")
        try:
            answer = json.loads(self.get("/api/home")[2])
            self.assertEqual(answer, {"possible": False, "words": home.NOT_HERE})
            self.assertEqual(self.post("/api/home", {"ssid": "Home"})[0], 400)
            self.assertEqual(self.from_home("GET", "/api/live")[0], 403)
        finally:
            sys.modules["firmware.views.home_wifi"] = kept


class Choosing(HomeCase):
    def test_what_is_chosen_is_kept_and_shown_without_secrets(self):
        self.begin(Station(GOT_IP))
        status, answer = self.post(
            "/api/home", {"ssid": "Home", "password": "12345678", "login": "my page, mine"}
        )
        self.assertEqual((status, answer["ssid"], answer["password_set"]), (200, "Home", True))
        self.assertTrue(answer["login_set"])
        self.turn()
        self.assertEqual(self.station.asked, [("Home", "12345678")])
        kept = home_settings.load()["login"]
        self.assertFalse("my page" in str(kept))
        self.assertTrue(asyncio.run(login.fits("my page, mine", kept)))
        self.assertEqual(len(unhexlify(kept[0])), 16)

    def test_what_cannot_be_is_refused_beside_its_field_and_nothing_changes(self):
        self.begin(Station())
        for body, field in (
            ({"ssid": "x" * 33}, "ssid"),
            ({"ssid": "ü" * 17}, "ssid"),
            ({"ssid": 5}, "ssid"),
            ({"ssid": "Home", "password": "short"}, "password"),
            ({"ap_minutes": 1441}, "ap_minutes"),
            ({"ap_minutes": "soon"}, "ap_minutes"),
            ({"ap_minutes": 2.5}, "ap_minutes"),
            ({"ap_minutes": True}, "ap_minutes"),
            ({"broker": "mqtt.home"}, "broker"),
            ({"broker": "192.168.1.256"}, "broker"),
            ({"broker": "192.168.1.10:0"}, "broker"),
            ({"login": "short"}, "login"),
            ({"login": None}, "login"),
            ({"login": 0}, "login"),
            ({"login": "long enough", "old_login": None}, "old_login"),
            ({"scan": None}, "scan"),
            ({"scan": 1}, "scan"),
            ({"open": "yes"}, "open"),
            ({"nonsense": 1}, "nonsense"),
        ):
            status, answer = self.post("/api/home", dict({"ssid": "Elsewhere"}, **body))
            self.assertEqual((status, answer.get("field")), (400, field))
        self.assertEqual(self.home.values["ssid"], "")

    def test_a_new_page_password_wants_the_old_one_and_ends_all_sessions(self):
        self.begin(Station(), login=asyncio.run(login.made("long enough", b"salt" * 4)))
        token = self.home.sessions.begin(os.urandom, 0)
        status, answer = self.post("/api/home", {"login": "another one"})
        self.assertEqual((status, answer["field"]), (400, "old_login"))
        self.assertTrue(self.home.sessions.holds(token, 0))
        status, _ = self.post("/api/home", {"login": "another one", "old_login": "long enough"})
        self.assertEqual(status, 200)
        self.assertFalse(self.home.sessions.holds(token, 0))

    def test_a_damaged_file_is_no_home(self):
        for text in ("{", "[]", '{"ssid": 5}', '{"login": 7}', '{"login": ["a"]}', "[[[["):
            with open(home_settings.FILE, "w") as file:
                file.write(text)
            self.assertEqual(home_settings.load()["ssid"], "")


class Typed(HomeCase):
    def say(self, *words):
        from firmware.views.commands import home as command

        return " ".join(command.obey(self.parts, list(words), home, home_settings))

    def test_the_console_joins_shows_and_leaves(self):
        self.begin(Station(GOT_IP))
        self.assertIn("No home WiFi is chosen.", self.say())
        self.say("password", "home", "sweet", "home")
        self.assertIn("About to join", self.say("join", "My", "Home"))
        self.turn()
        self.assertEqual(self.station.asked, [("My Home", "home sweet home")])
        self.assertIn("In My Home as", self.say())
        self.assertIn("the page has no password", self.say())
        self.say("leave")
        self.assertEqual(home_settings.load()["ssid"], "")

    def test_it_says_what_can_be_said(self):
        from firmware.views.words import CommandError

        self.begin(Station())
        for words in (("nonsense",), ("join",), ("password", "short")):
            with self.assertRaises(CommandError):
                self.say(*words)


class Addresses(unittest.TestCase):
    def test_of_a_broker(self):
        self.assertEqual(home_settings.address("192.168.1.10"), ("192.168.1.10", 1883))
        self.assertEqual(home_settings.address("10.0.0.1:8883"), ("10.0.0.1", 8883))
        for text in ("", "home", "1.2.3", "1.2.3.4.5", "1.2.3.4:", "1.2.3.4:x", "1.2.3.4:99999"):
            self.assertIsNone(home_settings.address(text))

    def test_checked_refuses_in_words(self):
        try:
            home_settings.checked({"broker": "mqtt.local"})
        except SettingError as why:
            self.assertIn("in numbers", str(why))
            return
        self.fail("a name was taken")


if __name__ == "__main__":
    unittest.main()
