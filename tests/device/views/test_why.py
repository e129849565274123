"""Why the Zappi sees this: every link of the chain says its number, on page and console."""

import asyncio
import json
import sys
import unittest

import parts as fake
from client import Others, WebCase
from test_console import ConsoleCase

from firmware.views import api_page, api_wifi, why

api_page.FOLDER = "page/"
LINKS = ["Registers", "Direction", "Reading", "Decision", "Limits", "Mains", "Correction"]
LINKS += ["Compared", "Current", "Ring", "Pin"]


class Battery:
    """A Sungrow that has read its block."""

    words = (0, 4) + (0,) * 18 + (521, 288, 1500, 555) + (0,) * 13
    signed_w, pv_w = None, 1200


class OverHttp(WebCase):
    def rows(self):
        rows = json.loads(self.get("/api/why")[2])["rows"]
        return [row[0] for row in rows], {row[0]: row[1] for row in rows}

    def test_from_the_register_to_the_pin(self):
        self.parts.inverter.battery = Battery()
        self.parts.inverter.latest = fake.reading(1500, 0)
        self.parts.ct.commanded_w = 1500
        self.parts.health.because("following")
        links, said = self.rows()
        self.assertEqual(links, LINKS)
        self.assertIn("13000: 4", said["Registers"])
        self.assertIn("13021: 1500", said["Registers"])
        self.assertIn("5016: 1200", said["Registers"])
        self.assertIn("1500 W, beside it 52.1 V x 28.8 A", said["Reading"])
        self.assertEqual(said["Decision"], "following")
        self.assertIn("setting 10000 W", said["Limits"])
        self.assertIn("231.5 V", said["Mains"])
        self.assertIn("4.02 deg", said["Correction"])
        self.assertIn("never", said["Compared"])
        self.assertIn("mA for 1500 W", said["Current"])

    def test_where_nothing_is_known_it_says_so(self):
        self.parts.mains.locked = False
        self.parts.inverter.problem = "no answer for 5 s"
        said = self.rows()[1]
        self.assertEqual(said["Registers"], "none read yet")
        self.assertEqual(said["Reading"], "no answer for 5 s")
        self.assertEqual(said["Mains"], "not seen")


class Turns(unittest.TestCase):
    def test_others_have_their_turn_between_any_two_links(self):
        others, made = Others(), []

        async def work():
            made.extend(await why.rows(fake.make()))

        asyncio.run(others.beside(work()))
        self.assertEqual([row[0] for row in made], LINKS)
        self.assertTrue(others.turns.count("other") >= len(LINKS), others.turns)


class Memory(unittest.TestCase):
    """A WROOM-32 has no room for all that they need at once."""

    def test_one_part_of_the_chain_is_in_memory_at_a_time(self):
        parts_of_it, seen = [names[-1] for names in why._PARTS], []

        async def look():
            while True:
                seen.append([name for name in parts_of_it if name in sys.modules])
                await asyncio.sleep(0)

        async def made():
            looking = asyncio.create_task(look())
            await why.rows(fake.make())
            looking.cancel()

        asyncio.run(made())
        self.assertTrue([parts_of_it[0]] in seen and [parts_of_it[-1]] in seen, seen)
        self.assertTrue(max([len(names) for names in seen]) == 1, seen)

    def test_the_rows_of_the_code_are_sent_one_by_one(self):
        pieces = list(api_wifi.get_wifi(fake.make(), None))
        code = json.loads("".join([piece for piece in pieces if piece]))["qr"]
        self.assertEqual({len(row) for row in code}, {len(code)})
        self.assertTrue(max([len(piece or "") for piece in pieces]) < 120, pieces)


class Console(ConsoleCase):
    def test_the_same_words(self):
        shown = self.type("why")
        for link in LINKS:
            self.assertIn(link, shown)


class Wifi(ConsoleCase):
    def test_a_camera_reads_it_from_the_console(self):
        self.parts.settings.change(ssid="BatteryCT-1a2b", password="abcdefghkmnp")
        self.assertFalse("\u2588" in self.type("wifi"))
        shown = self.type("wifi qr")
        lines = [line for line in shown.split("\r\n") if "\x1b[30;107m" in line]
        self.assertEqual(len(lines), 17)  # 29 rows and two of margin on either side
        self.assertEqual({len(line) for line in lines}, {len(lines[0])})


if __name__ == "__main__":
    unittest.main()
