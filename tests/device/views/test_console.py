"""The console as a person sees it: types keys, reads the screen."""

import asyncio
import json
import unittest

import parts as fake

from firmware.views import console, conversation


class Keyboard:
    """An asyncio stream of typed bytes; a number among them is how many reads wait in vain."""

    def __init__(self, keys):
        self._keys = keys

    async def read(self, count):
        if not self._keys:
            return b""
        key = self._keys.pop(0)
        if not isinstance(key, bytes):
            if key > 1:
                self._keys.insert(0, key - 1)
            await asyncio.sleep(60)
        if key[1:]:
            self._keys.insert(0, key[1:])
        return key[:1]


class ConsoleCase(unittest.TestCase):
    def setUp(self):
        self.parts = fake.make()
        self.parts.settings.change(ssid="BatteryCT-1a2b", password="abcdefgh2345")
        self.pieces = []

    def type(self, *lines):
        """Type lines, then the stream ends; returns what the screen showed after the greeting."""
        return self.press([(line + "\r").encode() for line in lines])

    def press(self, keys):
        talk = console.Console(self.parts, None, self.pieces.append)
        talk._reader = Keyboard(keys)
        asyncio.run(talk.run())
        return "".join(self.pieces).split(console.PROMPT, 1)[1]


class Greeting(ConsoleCase):
    def test_it_tells_how_to_reach_the_page(self):
        self.type()
        greeting = "".join(self.pieces)
        for words in ("BatteryCT-1a2b", "abcdefgh2345", "http://4.3.2.1/", "help"):
            self.assertIn(words, greeting)


class Commands(ConsoleCase):
    def test_settings_in_force_after_a_loss_are_accepted(self):
        self.parts.health.fault("settings", "settings.json: not readable as JSON")
        self.assertIn("Accepted", self.type("settings accept"))
        self.assertEqual(self.parts.health.faults, {})

    def test_help_names_every_command(self):
        shown = self.type("help")
        names = "status watch hold release mute settings log wifi direction"
        for name in names.split(" "):
            self.assertIn(name, shown)

    def test_an_unknown_word_leads_to_help(self):
        self.assertIn("There is no staus. Type help for what there is.", self.type("staus"))

    def test_an_empty_line_is_no_mistake(self):
        self.assertEqual(self.type("", "  "), "\r\nct>   \r\nct> ")

    def test_status_tells_the_chain(self):
        self.parts.inverter.latest = fake.reading(-1234, self.parts.clock.ms())
        self.parts.ct.commanded_w = -1234
        self.parts.health.because("following")
        self.parts.health.fault("wifi", "access point does not start")
        shown = self.type("status")
        for words in (
            "because    following",
            "inverter   -1234 W  battery 55.5 %  52.1 V",
            "commanded  -1234 W, which is -2.15 mA at the charger",
            "mains      231.5 V  49.98 Hz  locked",
            "fault      wifi: access point does not start",
        ):
            self.assertIn(words, shown)

    def test_a_margin_stands_beside_the_power(self):
        self.parts.settings.change(offset_w=-150)
        self.parts.inverter.latest = fake.reading(2000, self.parts.clock.ms())
        self.parts.ct.commanded_w = 1850
        self.assertIn(", -150 W of it added", self.type("status"))

    def test_status_without_a_reading_shows_no_number(self):
        shown = self.type("status")
        self.assertIn("inverter   - W  battery - %  - V  no reading", shown)

    def test_status_json_is_the_object_of_the_page(self):
        shown = self.type("status json")
        line = [line for line in shown.split("\r\n") if line.startswith("{")][0]
        self.assertEqual(json.loads(line)["because"], "starting")

    def test_hold_and_release(self):
        self.parts.inverter.latest = fake.reading(1500, 0)
        self.assertIn("Holding -2000 W for 3 minutes.", self.type("hold -2000 3"))
        self.assertEqual(self.parts.hold.watts, -2000)
        self.assertTrue(self.parts.hold.left_s(self.parts.clock.ms()) > 170)
        self.type("release")
        self.assertEqual(self.parts.hold.left_s(self.parts.clock.ms()), 0)

    def test_calibrate_says_how_and_does_it(self):
        self.parts.inverter.latest = fake.reading(1500, 0)
        self.assertIn("Installer settings", self.type("calibrate"))
        self.assertIn("First hold a test power", self.type("calibrate 2000"))
        self.type("hold 2000")
        self.assertIn("The test phase is held.", self.type("calibrate 2086"))
        self.assertIn("-15.0 degrees off", self.type("calibrate 2086 1527"))
        self.assertIn("Kept: 2001 of 2000 W", self.type("calibrate compare 2001"))
        self.assertIn("As it was before.", self.type("calibrate undo"))
        self.assertIn("no calibration to take back", self.type("calibrate undo"))

    def test_hold_says_what_it_wants(self):
        self.assertIn("For example: hold 2000 3", self.type("hold"))
        self.assertIn("watts: give -10000 to 10000 W; 99999 is not.", self.type("hold 99999"))
        self.assertIn("watts: give -10000 to 10000 W; nan is not.", self.type("hold nan"))
        self.assertIn("minutes: give 0.1 to 15 minutes; 60 is not.", self.type("hold 100 60"))
        self.type("mute")
        self.assertIn("Unmute it first", self.type("hold 100"))

    def test_mute_and_back(self):
        self.type("mute")
        self.assertTrue(self.parts.settings.now.muted)
        self.type("mute off")
        self.assertFalse(self.parts.settings.now.muted)
        self.assertIn("Say mute, or mute off.", self.type("mute perhaps"))

    def test_settings_are_listed_explained_and_set(self):
        self.assertIn("  lag_deg                4.02 deg", self.type("settings"))
        self.assertIn("-180 to 180 deg; default 4.02", self.type("settings lag_deg"))
        self.assertIn("lag_deg 2.5 deg", self.type("settings lag_deg 2.5"))
        self.assertEqual(self.parts.settings.now.lag_deg, 2.5)
        self.assertIn("* lag_deg                2.5 deg", self.type("settings"))
        self.assertIn("give -180 to 180 deg; '500' is not", self.type("settings lag_deg 500"))
        self.assertIn("There is no setting lagg.", self.type("settings lagg 1"))
        self.type("settings ssid my garage")
        self.assertEqual(self.parts.settings.now.ssid, "my garage")
        self.type('settings ssid ""')
        self.assertEqual(self.parts.settings.now.ssid, "")

    def test_letters_that_are_not_plain_are_refused_not_lost(self):
        self.assertIn("plain characters", self.type("settings ssid Grüße"))
        self.assertEqual(self.parts.settings.now.ssid, "BatteryCT-1a2b")

    def test_profiles_are_found_by_a_word(self):
        shown = self.type("profiles sh5k-30")
        self.assertIn("sungrow_sh_k", shown)
        self.assertFalse("solis" in shown)

    def test_the_profile_that_fits_better_is_one_command_away(self):
        self.assertIn("No other profile is proposed", self.type("profiles accept"))
        note = "device code 0x0E13: profile sungrow_sh_rs_rt_t fits better"
        self.parts.inverter.battery = type("Battery", (), {"note": note})()
        self.assertIn("profiles accept", self.type("profiles rs"))
        self.assertIn("profile sungrow_sh_rs_rt_t", self.type("profiles accept"))
        self.assertEqual(self.parts.settings.now.profile, "sungrow_sh_rs_rt_t")

    def test_log_shows_the_last_events(self):
        for n in range(30):
            self.parts.health.event("tick", count=n)
        shown = self.type("log 2")
        self.assertIn("  tick: count 29", shown)
        self.assertFalse("count 27" in shown)

    def test_the_direction_is_told(self):
        self.assertIn("Taken: charging", self.type("direction charging"))
        self.parts.inverter.question = True
        self.type("direction discharging")
        self.assertIs(self.parts.inverter.told_charging, False)


class Watching(ConsoleCase):
    def test_one_line_renewed_until_a_key(self):
        conversation.WATCH_MS = 20
        try:
            shown = self.press([b"watch\r", 3, b"q", b"log\r"])
        finally:
            conversation.WATCH_MS = 1000
        lines = shown.split("\r\n")
        self.assertEqual(lines[0], "watch")
        self.assertTrue(lines[1].count("\x1b[K") == 4)
        self.assertTrue(len(lines[1].split("\x1b[K")[0]) <= 80)
        self.assertTrue(lines[2].startswith("ct> log"))


class Pace(ConsoleCase):
    def test_no_write_holds_the_loop(self):
        self.type("help", "settings", "status json")
        self.assertTrue(max(len(piece) for piece in self.pieces) <= console.PIECE)

    def test_the_line_gets_the_time_it_needs_at_115200_baud(self):
        self.type("settings", "settings", "help")
        characters = sum(len(piece) for piece in self.pieces if len(piece) > 1)
        self.assertTrue(characters > 2000)
        self.assertTrue(self.parts.clock.ms() >= characters / 11.52)


if __name__ == "__main__":
    unittest.main()
