"""The search from page and console: started, watched, cancelled, its result stored."""

import unittest

from parts import Proposal
from test_console import ConsoleCase
from test_web import WebCase

SAJ = Proposal("saj_h2", "SAJ H2", "charge 64 %", False, 1)


class OnTheConsole(ConsoleCase):
    def setUp(self):
        super().setUp()
        self.scan = self.parts.inverter.scan

    def test_it_starts_and_then_tells(self):
        self.assertIn("the output is silent", self.type("scan"))
        self.scan.words, self.scan.tried = "trying unit 3", 7
        self.assertIn("searching: trying unit 3 (7 of at most 99", self.type("scan"))
        self.type("scan cancel")
        self.assertEqual(self.scan.calls, ["start", "cancel"])

    def test_what_it_found_can_be_stored(self):
        self.scan.state, self.scan.proposals = "found", [SAJ]
        self.assertIn("saj_h2                   unit 1, charge 64 %", self.type("scan"))
        self.assertIn("not among what was found: x", self.type("scan use x"))
        self.assertIn("Stored: saj_h2.", self.type("scan use saj_h2"))
        self.assertEqual(self.scan.calls, ["saj_h2"])

    def test_it_can_begin_again(self):
        self.scan.state = "nothing"
        self.type("scan again")
        self.assertEqual(self.scan.calls, ["start"])

    def test_nonsense_is_refused(self):
        self.assertIn("Say scan, scan again", self.type("scan the sky"))


class OverHttp(WebCase):
    def setUp(self):
        super().setUp()
        self.scan = self.parts.inverter.scan

    def test_it_starts_once(self):
        self.assertEqual(self.post("/api/scan", {})[1]["state"], "searching")
        self.assertEqual(self.post("/api/scan", {})[0], 409)
        self.assertEqual(self.scan.calls, ["start", "start"])

    def test_it_is_watched_and_cancelled(self):
        self.assertEqual(self.get("/api/scan")[0], 200)
        self.assertEqual(self.post("/api/scan", {"cancel": True})[0], 200)
        self.assertEqual(self.scan.calls, ["cancel"])

    def test_what_it_found_is_stored_and_nothing_else(self):
        self.scan.proposals = [SAJ]
        self.assertEqual(self.post("/api/scan", {"use": "x"})[0], 409)
        self.assertEqual(self.post("/api/scan", {"use": "saj_h2"})[0], 200)
        self.assertEqual(self.scan.calls, ["saj_h2"])


if __name__ == "__main__":
    unittest.main()
