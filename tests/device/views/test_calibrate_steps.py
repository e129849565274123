"""From a wrong reading to a right one, on the page's interface and on the console."""

import unittest
from math import cos, pi

import parts as fake
from client import WebCase

from firmware.views import commissioning, web


class Chain:
    """A stage that is 8 % too strong and 15° late, and what the Zappi shows behind it."""

    def __init__(self, parts):
        self._parts = parts

    def shows(self):
        now, hold = self._parts.settings.now, self._parts.hold
        factor = 1.08 * now.gain_trim_pct / 100
        turn = (now.lag_deg - 4.02 - 15 + hold.lead_deg) * pi / 180
        return str(round(hold.watts * factor * cos(turn)))


class Steps(WebCase):
    def setUp(self):
        super().setUp()
        self.parts.inverter.latest = fake.reading(1500, 0)
        self.zappi = Chain(self.parts)

    def calibrate(self, **body):
        return self.post("/api/calibrate", body)

    def test_three_readings_make_it_right_and_one_press_takes_it_back(self):
        self.post("/api/hold", {"watts": "2000"})
        plain = self.zappi.shows()
        self.assertEqual(self.calibrate(watts=plain, pf="0,97")[1]["lead_deg"], 60)
        status, found = self.calibrate(watts=plain, pf="0,97", lead_watts=self.zappi.shows())
        self.assertEqual(status, 200)
        self.assertAlmostEqual(found["factor"], 1.08, delta=0.003)
        self.assertAlmostEqual(found["off_deg"], -15, delta=0.2)
        self.assertEqual(self.parts.hold.lead_deg, 0)
        self.assertTrue(abs(int(self.zappi.shows()) - 2000) <= 10)
        answer = self.calibrate(watts=self.zappi.shows(), compare=True, date="2026-11-23")[1]
        self.assertEqual((answer["compared"], answer["changed"]), (True, False))
        self.assertEqual((answer["held_w"], answer["date"]), (2000, "2026-11-23"))
        self.assertEqual(self.parts.hold.left_s(0), 0)
        self.parts.settings.change(lag_deg=30.0)
        self.assertTrue(commissioning.shown(self.parts)["changed"])
        self.assertEqual(self.calibrate(undo=True)[0], 200)
        self.assertAlmostEqual(self.parts.settings.now.lag_deg, 4.02, delta=0.001)
        self.assertEqual(self.calibrate(undo=True)[0], 409)

    def test_nothing_is_solved_without_a_held_power(self):
        status, answer = self.calibrate(watts="2000")
        self.assertEqual(status, 409)
        self.assertIn("First hold a test power", answer["error"])

    def test_nonsense_changes_nothing(self):
        self.post("/api/hold", {"watts": "2000"})
        before = self.parts.settings.now
        for body in (
            {"watts": "0"},
            {"watts": "2.000"},
            {"watts": "2000", "pf": "1.5"},
            {"watts": "2000", "lead_watts": "1000"},
            {"watts": ""},
            {"undo": True},
        ):
            self.assertEqual(self.calibrate(**body)[0], 409)
        self.assertIs(self.parts.settings.now, before)


web.FOLDER = "page/"

if __name__ == "__main__":
    unittest.main()
