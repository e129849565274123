"""Two newest cycles that agree are a new phase, three on a line a new frequency."""

import unittest
from math import cos, pi, sin

from lib.jump import Jump, wrapped

PEAK = 17_600


class Looking(unittest.TestCase):
    def look(self, jump, degrees, at_us, size=PEAK, peak=PEAK):
        turn = 2 * pi * degrees / 360
        return jump.look(int(size * cos(turn)), int(size * sin(turn)), peak, at_us)

    def test_two_that_agree_tell_a_phase(self):
        jump = Jump()
        self.assertFalse(self.look(jump, 31, 0))
        self.assertTrue(self.look(jump, 30, 20_000))
        self.assertAlmostEqual(jump.turn, 30 / 360, delta=1e-3)
        self.assertTrue(jump.level and not jump.doubtful)

    def test_three_on_a_line_tell_a_frequency(self):
        jump = Jump()
        self.assertFalse(self.look(jump, -120, 0))
        self.assertFalse(self.look(jump, -110, 20_000))
        self.assertTrue(self.look(jump, -100, 40_000))
        self.assertFalse(jump.level)
        self.assertAlmostEqual(jump.turn_per_us * 1e6, 10 / 360 / 0.02, delta=0.01)

    def test_what_may_be_far_off_is_doubtful_at_once(self):
        for degrees, doubtful in ((20, False), (-44, False), (46, True), (180, True)):
            jump = Jump()
            self.look(jump, degrees, 0)
            self.assertEqual(jump.doubtful, doubtful)

    def test_no_voltage_is_doubtful_after_two_cycles_and_no_phase(self):
        jump = Jump()
        for at_us, doubtful in ((0, False), (20_000, True), (40_000, True)):
            self.assertFalse(self.look(jump, 0, at_us, size=100))
            self.assertEqual(jump.doubtful, doubtful)

    def test_a_mains_that_comes_back_three_times_as_large_is_one(self):
        jump, low = Jump(), PEAK // 3
        self.assertFalse(self.look(jump, 30, 0, PEAK * 6 // 10, low))  # holds both sides
        self.assertFalse(self.look(jump, 118, 20_000, PEAK, low))
        self.assertFalse(self.look(jump, 120, 40_000, PEAK, low))
        self.assertTrue(self.look(jump, 121, 60_000, PEAK, low))
        self.assertAlmostEqual(jump.turn, 121 / 360, delta=1e-3)

    def test_large_cycles_that_are_not_alike_are_no_mains(self):
        jump = Jump()
        for n in range(8):
            self.assertFalse(self.look(jump, 60, 20_000 * n, PEAK * (2 + n % 2)))

    def test_a_turn_round_is_seen_while_the_cycle_holds_both_sides(self):
        jump = Jump()
        self.look(jump, 180, 0, size=PEAK // 4)
        self.assertTrue(jump.doubtful)

    def test_angles_wrap_into_half_a_turn(self):
        for turn, same in ((0.6, -0.4), (-0.6, 0.4), (2.25, 0.25), (-3.125, -0.125)):
            self.assertAlmostEqual(wrapped(turn), same, delta=1e-6)


if __name__ == "__main__":
    unittest.main()
