"""The search from page and console: started, watched, cancelled, its result stored."""

import unittest
from collections import namedtuple

from test_console import ConsoleCase
from test_web import WebCase

Proposal = namedtuple("Proposal", ("profile", "why"))


class Scan:
    """As much of firmware.scan.Scan as its users touch; it notes what it is told."""

    def __init__(self):
        self.state, self.words, self.tried, self.total = "idle", "", 0, 0
        self.proposals = []
        self.told = []

    def start(self):
        self.told.append("start")
        running, self.state = self.state == "searching", "searching"
        return not running

    def cancel(self):
        self.told.append("cancel")

    def accept(self, profile_id):
        if profile_id != "saj_h2":
            raise ValueError("not among what was found: " + profile_id)
        self.told.append(profile_id)

    def status(self):
        return {"state": self.state, "proposals": []}


class OnTheConsole(ConsoleCase):
    def setUp(self):
        super().setUp()
        self.scan = self.parts.inverter.scan = Scan()

    def test_it_starts_and_then_tells(self):
        self.assertIn("the output is silent", self.type("scan"))
        self.scan.words, self.scan.tried, self.scan.total = "trying unit 3", 7, 99
        self.assertIn("searching: trying unit 3 (7 of at most 99", self.type("scan"))
        self.type("scan cancel")
        self.assertEqual(self.scan.told, ["start", "cancel"])

    def test_what_it_found_can_be_stored(self):
        self.scan.state, self.scan.proposals = "found", [Proposal("saj_h2", "charge 64 %")]
        self.assertIn("saj_h2                   charge 64 %", self.type("scan"))
        self.assertIn("not among what was found: x", self.type("scan use x"))
        self.assertIn("Stored: saj_h2.", self.type("scan use saj_h2"))
        self.assertEqual(self.scan.told, ["saj_h2"])

    def test_it_can_begin_again(self):
        self.scan.state = "nothing"
        self.type("scan again")
        self.assertEqual(self.scan.told, ["start"])

    def test_nonsense_is_refused(self):
        self.assertIn("Say scan, scan again", self.type("scan the sky"))


class OverHttp(WebCase):
    def setUp(self):
        super().setUp()
        self.scan = self.parts.inverter.scan = Scan()

    def test_it_starts_once(self):
        self.assertEqual(self.post("/api/scan", {})[1]["state"], "searching")
        self.assertEqual(self.post("/api/scan", {})[0], 409)
        self.assertEqual(self.scan.told, ["start", "start"])

    def test_it_is_watched_and_cancelled(self):
        self.assertEqual(self.get("/api/scan")[0], 200)
        self.assertEqual(self.post("/api/scan", {"cancel": True})[0], 200)
        self.assertEqual(self.scan.told, ["cancel"])

    def test_what_it_found_is_stored_and_nothing_else(self):
        self.assertEqual(self.post("/api/scan", {"use": "x"})[0], 409)
        self.assertEqual(self.post("/api/scan", {"use": "saj_h2"})[0], 200)
        self.assertEqual(self.scan.told, ["saj_h2"])


if __name__ == "__main__":
    unittest.main()
