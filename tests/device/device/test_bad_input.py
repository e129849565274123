"""Bad input, counted: what strangers and damage can put into the device changes nothing it should
not, and nothing is stored that validation refuses (test_bad_files.py: files, tests/device/views).
"""

import asyncio
import json
import random
import unittest

import parts as fake
from bad_input import VALUES, Counted, mutated
from fakes import Clock, Disk, Unique

from firmware import safe_mode
from firmware.device import settings, settings_table
from firmware.device.health import Health
from firmware.device.store import Store
from lib import captive, lineedit

TIMEOUT_S = 7200
SLOW = True
WHOLE = json.dumps(
    {"version": 1, "settings": {"invert": True, "limit_w": 4000, "ssid": "At the meter"}}
).encode()


class Settings(Counted):
    def test_files(self):
        lost = 0
        for _ in self.inputs("settings files"):
            disk = Disk()
            disk.files["settings.json"] = data = mutated(WHOLE)
            health = Health(Clock())
            held = settings.Settings(Store("settings.json", disk), health, lambda name: "")
            self.valid(held.now)
            lost += not held.now.accepted
            if not held.now.accepted:
                self.assertIn("settings", health.faults)
                self.assertIn("settings.json.bad", disk.files)
            elif not held.now.invert:  # what it said is gone, so it must not say so any more
                self.assertFalse(b'"invert": true' in data)
        print("%d told as lost" % lost)

    def test_values(self):
        disk = Disk()
        held = settings.Settings(Store("settings.json", disk), Health(Clock()), lambda name: "")
        taken = 0
        for _ in self.inputs("settings values"):
            name = random.choice(settings_table.NAMES + ("accepted", "nonsense", ""))
            value = random.choice(VALUES)
            if random.randint(0, 1):
                value = random.choice((random.randint(-(1 << 29), 1 << 29), random.random() * 100))
            try:
                held.change(**{name: value})
                taken += 1
            except settings.SettingError:
                pass
            self.valid(held.now)
        print("%d taken" % taken)


class Console(Counted):
    def test_keys(self):
        editor = lineedit.LineEditor()
        for _ in self.inputs("keys"):
            for _ in range(20):
                shown, line = editor.feed(chr(random.randint(0, 255)))
                self.assertTrue(len(editor.text) <= lineedit.LONGEST and len(shown) <= 500)

    def test_lines(self):
        from firmware.views import console, conversation
        from firmware.views import words as answers

        known = asyncio.run(conversation.command_names())
        some = ("0", "-1", "1e9", "nan", "limit_w", "lag_deg", "on", "again", "use", "x", "%s", "")
        parts = fake.make()
        held = parts.settings
        talk = console.Console(parts, None, lambda text: None)
        for _ in self.inputs("console lines"):
            words = [random.choice(known)] + [
                random.choice(some) for _ in range(random.randint(0, 3))
            ]
            line = " ".join(words)
            if words[0] != "watch":
                asyncio.run(conversation.obey(talk, answers, line))
            self.valid(held.now)


class Network(Counted):
    def test_names(self):
        query = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
        query += b"\x07example\x03com\x00\x00\x01\x00\x01"
        for _ in self.inputs("DNS"):
            data = mutated(query)
            answer = captive.reply(data, b"\x04\x03\x02\x01")
            self.assertTrue(answer is None or len(answer) <= len(data) + 16)

    def test_safe_modes_page(self):
        page = safe_mode.SafeMode(Unique(), "why")
        good = b"POST /defaults HTTP/1.1\r\nContent-Length: 18\r\n\r\nk=0123456789abcdef"
        for _ in self.inputs("requests in safe mode"):
            data = mutated(good)
            safe_mode.whole(data)
            self.assertTrue(page.answer(data).startswith(b"HTTP/1.0 "))
        self.assertFalse(page.ended)


if __name__ == "__main__":
    unittest.main()
