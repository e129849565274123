"""Calibration from what the Zappi shows: any stage comes out right, nonsense does not."""

import unittest
from math import cos, pi

from firmware.signal import calibrate


def shown(held_w, factor, off_deg, ahead_deg=0, step_w=1):
    """What a Zappi shows of a held power through a chain with these errors."""
    watts = held_w * factor * cos((off_deg + ahead_deg) * pi / 180)
    return round(watts / step_w) * step_w


class Solved(unittest.TestCase):
    def test_gain_and_phase_of_any_chain(self):
        for held_w in (2000, -3000, 1000):
            for factor in (0.5, 0.92, 1.0, 1.08, 1.9):
                for off_deg in (-30, -15, -3, 0, 2, 15, 28):
                    plain = shown(held_w, factor, off_deg)
                    lead = shown(held_w, factor, off_deg, calibrate.TEST_LEAD_DEG)
                    found, off, swapped = calibrate.solved(held_w, plain, lead)
                    self.assertAlmostEqual(found / factor, 1, delta=0.004)
                    self.assertAlmostEqual(off, off_deg, delta=0.25)
                    self.assertFalse(swapped)

    def test_tens_of_watts_are_good_enough(self):
        plain = shown(2000, 1.08, -15, step_w=10)
        lead = shown(2000, 1.08, -15, calibrate.TEST_LEAD_DEG, step_w=10)
        found, off, _ = calibrate.solved(2000, plain, lead)
        self.assertAlmostEqual(found / 1.08, 1, delta=0.01)
        self.assertAlmostEqual(off, -15, delta=0.7)

    def test_swapped_wires_are_seen(self):
        found = calibrate.solved(2000, -2000, -1000)
        self.assertTrue(found[2])
        self.assertEqual(calibrate.corrected(100, 4, False, found)[2], True)
        self.assertEqual(calibrate.corrected(100, 4, True, found)[2], False)

    def test_the_corrected_chain_is_right(self):
        found = calibrate.solved(2000, shown(2000, 1.08, -15), shown(2000, 1.08, -15, 60))
        trim, lag_deg, invert = calibrate.corrected(100, 4.02, False, found)
        self.assertAlmostEqual(trim * 1.08, 100, delta=0.3)
        self.assertAlmostEqual(lag_deg, 4.02 + 15, delta=0.2)
        self.assertFalse(invert)

    def test_a_lag_stays_within_half_a_turn(self):
        self.assertAlmostEqual(
            calibrate.corrected(100, 178, False, (1, -10, False))[1], -172, delta=0.01
        )


class Nonsense(unittest.TestCase):
    def refused(self, *readings):
        try:
            calibrate.solved(*readings)
        except calibrate.CalibrationError as why:
            return "%s: %s" % (why.field, why)
        return "taken"

    def test_it_is_refused_with_a_sentence_that_helps(self):
        for readings, words in (
            ((2000, 0, 0), "watts: The Zappi shows nothing."),
            ((2000, 9000, 4500), "too far off"),
            ((2000, 300, 150), "too far off"),
            ((2000, 2000, 1000, 1.5), "pf: A power factor is between 0 and 1"),
            ((2000, 2000, 1000, 0.6), "pf: The power factor 0.6 does not fit"),
            ((2000, 2000, -6000), "lead_watts: -6000 W after 2000 W cannot be"),
            ((100, 100, 50), "Hold at least 300 W"),
        ):
            self.assertIn(words, self.refused(*readings))


if __name__ == "__main__":
    unittest.main()
