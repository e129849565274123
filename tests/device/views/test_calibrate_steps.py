"""From a wrong reading to a right one, on the page's interface and on the console."""

import os
import unittest
from math import cos, pi

import parts as fake
from client import WebCase

from firmware.views import api_page, commissioning_record


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
        try:
            os.remove(commissioning_record.FILE)
        except OSError:  # no test before left one
            pass
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
        self.assertTrue(commissioning_record.shown(self.parts)["changed"])
        self.assertEqual(self.calibrate(undo=True)[0], 200)
        self.assertAlmostEqual(self.parts.settings.now.lag_deg, 4.02, delta=0.001)
        self.assertEqual(self.calibrate(undo=True)[0], 409)

    def test_va_or_amperes_do_as_well_as_a_power_factor(self):
        self.post("/api/hold", {"watts": "2000"})
        plain = self.zappi.shows()
        for beside in ({"va": "2160"}, {"amps": "9,33"}):
            self.parts.hold.lead_deg = 0
            status, answer = self.calibrate(watts=plain, **beside)
            self.assertEqual(status, 200)
            self.assertAlmostEqual(answer["pf"], 0.966, delta=0.002)
        status, answer = self.calibrate(watts=plain, va="2160", lead_watts=self.zappi.shows())
        self.assertAlmostEqual(answer["off_deg"], -15, delta=0.2)
        status, answer = self.calibrate(watts="2000", va="20")
        self.assertEqual((status, answer["field"]), (409, "va"))
        self.assertIn("never less than watts", answer["error"])

    def test_one_reading_is_enough_where_the_phase_is_right(self):
        self.parts.settings.change(lag_deg=19.02)
        self.post("/api/hold", {"watts": "-2000"})
        self.assertEqual(self.zappi.shows(), "-2160")
        for given in ({}, {"pf": "0,97"}):
            status, answer = self.calibrate(watts="-2160", once=True, **given)
            self.assertEqual((status, answer["field"]), (409, "pf"))
        self.assertIn("14 degrees, one way or the other", answer["error"])
        status, found = self.calibrate(watts="-2160", pf="1.00", once=True)
        self.assertEqual((status, found["off_deg"], found["swapped"]), (200, 0, False))
        self.assertTrue(abs(int(self.zappi.shows()) + 2000) <= 2)

    def test_undo_brings_back_the_record_of_the_calibration_before(self):
        self.parts.settings.change(lag_deg=19.02)
        for date in ("2026-11-23", "2026-12-24"):
            self.post("/api/hold", {"watts": "2000"})
            self.calibrate(watts=self.zappi.shows(), pf="1", once=True)
            self.calibrate(watts=self.zappi.shows(), compare=True, date=date)
        self.assertEqual(commissioning_record.shown(self.parts)["date"], "2026-12-24")
        self.assertEqual(self.calibrate(undo=True)[0], 200)
        shown = commissioning_record.shown(self.parts)
        self.assertEqual((shown["date"], shown["compared"]), ("2026-11-23", True))
        self.assertFalse(shown["changed"])

    def test_the_sense_channel_is_calibrated_by_a_comparison_that_is_right(self):
        self.parts.settings.change(readback=True, lag_deg=19.02, gain_trim_pct=100 / 1.08)
        self.parts.readback.calibration = lambda: {"sense_trim_pct": 98.5, "sense_trim_deg": 0.5}
        self.post("/api/hold", {"watts": "2000"})
        self.assertIn("left as it was", self.calibrate(watts="1800", compare=True)[1]["sense"])
        self.post("/api/hold", {"watts": "2000"})
        answer = self.calibrate(watts="2000", compare=True)[1]
        self.assertEqual(answer["sense"], "sense channel calibrated: 98.50 %, +0.50 deg")
        self.assertAlmostEqual(self.parts.settings.now.sense_trim_pct, 98.5, delta=0.001)

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


api_page.FOLDER = "page/"

if __name__ == "__main__":
    unittest.main()
