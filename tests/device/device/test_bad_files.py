"""Files that a person wrote or that rotted: pins, an own profile, the record of a calibration, the
settings' copy before. What they say is refused in words or can be; none of them ends the product.
"""

import json
import os
import random

from bad_input import Counted, mutated, odd
from fakes import Clock, Disk, Unique

from firmware import board_pins, safe_mode
from firmware.device import settings
from firmware.device.health import Health
from firmware.device.store import Store
from firmware.inverter import own_profile, profiles
from firmware.views import commissioning, commissioning_record

TIMEOUT_S = 7200
SLOW = True
PINS = json.dumps({"board": "devkit_wroom32", "ct": 25, "de": None, "led": 2, "tx": 17}).encode()
SETTINGS = json.dumps({"version": 1, "settings": {"invert": True, "limit_w": 4000}}).encode()
RECORD = json.dumps(
    {
        "before": {"gain_trim_pct": 100.0, "lag_deg": 4.02, "invert": False},
        "stage": [101.0, 5.0, False, "reference", 22.8, 361.4],
        "watts": 2000,
        "date": "2026-11-01",
    }
).encode()
PROFILE = json.dumps(
    {
        "name": "Garage battery",
        "line": [19200, "E", 1, 5],
        "limit_w": 5000,
        "how": "magnitude",
        "power": [3, 100, "u16", 10],
        "direction": {"at": [3, 101, "u16", 1], "charging": [1], "discharging": [2, 3]},
        "soc": [3, 102, "u16", 0.5, {"na": 65535}],
        "more": [[3, 110, "s16", 1]],
    }
).encode()
HUGE = b" " * 300_000


def write(name, data):
    with open(name, "wb") as file:
        file.write(data)


class Files(Counted):
    def tearDown(self):
        for name in os.listdir():
            if name.startswith(("pins", "own_profile", "commissioning")):
                os.remove(name)

    def test_pins(self):
        taken = 0
        for _ in self.inputs("pins.json"):
            write("pins.json", odd(PINS))
            try:
                name, pins = board_pins.choose("ESP32", {})
            except board_pins.RefusedError as why:
                self.assertTrue(0 < len(str(why)) < 300, str(why)[:400])
                continue
            taken += 1
            for k in range(len(pins)):
                use, gpio = board_pins.FIELDS[k], pins[k]
                self.assertEqual(board_pins.objection(use, gpio, board_pins.BOARDS[0]), "")
            used = [gpio for gpio in pins[:-1] if gpio is not None]
            self.assertEqual(len(set(used)), len(used))
        print("%d taken" % taken)

    def test_own_profiles(self):
        taken = 0
        for _ in self.inputs("own profiles"):
            write(own_profile.OWN_FILE, odd(PROFILE))
            try:
                profile = profiles.load("own")
            except profiles.ProfileError as why:
                self.assertTrue(0 < len(str(why)) < 400)
                continue
            taken += 1
            self.assertTrue(100 <= profile.limit_w <= 1_000_000)
        print("%d taken" % taken)

    def test_records_of_a_calibration(self):
        import parts as fake

        parts = fake.make()
        read = 0
        for _ in self.inputs("calibration records"):
            write(commissioning_record.FILE, odd(RECORD))
            read += commissioning_record.shown(parts)["compared"]
            try:
                commissioning.undo(parts)
            except (settings.SettingError, commissioning.StepError):
                pass
            self.valid(parts.settings.now)
        print("%d read" % read)

    def test_the_copy_before(self):
        """The newest is damaged beyond reading; the copy before may be damaged, too."""
        saved = 0
        for _ in self.inputs("settings' copies"):
            disk = Disk()
            disk.files["settings.json"] = SETTINGS[: random.randint(0, 40)]
            disk.files["settings.json.old"] = random.choice((SETTINGS, odd(SETTINGS)))
            if random.randint(0, 1):
                disk.files["settings.json.new"] = mutated(SETTINGS)
            health = Health(Clock())
            held = settings.Settings(Store("settings.json", disk), health, lambda name: "")
            self.valid(held.now)
            self.assertFalse(held.now.accepted)
            self.assertIn("settings", health.faults)
            saved += held.now.limit_w == 4000
        print("%d saved by a copy" % saved)

    def test_settings_that_are_well_formed_and_odd(self):
        for _ in self.inputs("odd settings"):
            disk = Disk()
            disk.files["settings.json"] = odd(SETTINGS)
            health = Health(Clock())
            held = settings.Settings(Store("settings.json", disk), health, lambda name: "")
            self.valid(held.now)

    def test_safe_mode_tells_them_all_the_same(self):
        page = safe_mode.SafeMode(Unique(), "why")
        for _ in self.inputs("settings in safe mode"):
            write("settings.json", odd(SETTINGS))
            answer = page.answer(b"GET /settings.json HTTP/1.1\r\n\r\n")
            self.assertTrue(answer.startswith(b"HTTP/1.0 200"))
        os.remove("settings.json")

    def test_a_huge_file_is_refused_unread(self):
        write("pins.json", PINS + HUGE)
        with self.assertRaises(board_pins.RefusedError):
            board_pins.choose("ESP32", {})
        write(own_profile.OWN_FILE, PROFILE + HUGE)
        with self.assertRaises(profiles.ProfileError):
            profiles.load("own")
        write(commissioning_record.FILE, RECORD + HUGE)
        self.assertEqual(commissioning_record.record(), {})
        write("settings.json", SETTINGS + HUGE)
        for words in ("longer than 4096 bytes", "was damaged", "was damaged"):  # life after life
            health = Health(Clock())
            held = settings.Settings(Store(), health, lambda name: "")
            self.assertFalse(held.now.accepted)
            self.assertIn(words, health.faults["settings"])
        self.assertTrue(os.stat("settings.json.bad")[6] <= 4096)  # it may have filled the flash
        os.remove("settings.json.bad")


if __name__ == "__main__":
    import unittest

    unittest.main()
