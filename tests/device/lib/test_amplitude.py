"""The amplitude: quiet while it rests, at once where it goes, and no overshoot behind a sag."""

import unittest
from math import pi, sin

import micropython

from lib.amplitude import Amplitude

STEP_US = 20_000
AHEAD_US = 90_000
PEAK = 17_600


def rested(peak=PEAK):
    a = Amplitude()
    a.begin(peak)
    for _ in range(100):
        a.follow(peak, STEP_US)
    return a


class Following(unittest.TestCase):
    def test_noise_is_averaged(self):
        a = rested()
        for n in range(200):
            a.follow(PEAK + (n * 7919 % 29) - 14, STEP_US)
            self.assertTrue(abs(a.peak_at(AHEAD_US) - PEAK) < PEAK // 1500)

    def test_a_ramp_of_10_percent_in_a_second_is_foreseen_within_one_percent(self):
        a, peak = rested(), PEAK
        for n in range(50):
            peak += PEAK // 500
            a.follow(peak, STEP_US)
            if n > 8:
                truth = peak + PEAK // 500 * AHEAD_US // STEP_US
                self.assertTrue(abs(a.peak_at(AHEAD_US) - truth) < PEAK // 100)

    def test_behind_a_step_of_10_percent_it_does_not_overshoot(self):
        for step in (-PEAK // 10, PEAK // 10):
            a = rested()
            a.follow(PEAK + step // 2, STEP_US)  # two cycles hold both sides
            for n in range(60):
                a.follow(PEAK + step, STEP_US)
                if n > 5:
                    self.assertTrue(abs(a.peak_at(AHEAD_US) - PEAK - step) < PEAK // 100)

    def test_a_swing_of_2_hz_is_overshot_by_no_more_than_half_of_it(self):
        a = rested()
        for n in range(150):
            swing = int(PEAK / 10 * sin(2 * pi * 2 * n * STEP_US * 1e-6))
            a.follow(PEAK + swing, STEP_US)
            self.assertTrue(abs(a.peak_at(AHEAD_US) - PEAK) < PEAK * 3 // 20)

    def test_in_a_sag_it_is_at_most_6_percent_lower_for_a_second(self):
        a = rested()
        for _ in range(45):
            a.follow(PEAK * 8 // 10, STEP_US)
            self.assertTrue(a.peak_at(AHEAD_US) > PEAK * 91 // 100)
        for _ in range(30):
            a.follow(PEAK * 8 // 10, STEP_US)
        self.assertTrue(abs(a.peak_at(AHEAD_US) - PEAK * 8 // 10) < PEAK // 100)

    def test_it_never_promises_more_than_a_sixteenth(self):
        a = rested()
        for n in range(10):
            a.follow(PEAK + n * PEAK // 20, STEP_US)
        self.assertTrue(a.peak_at(AHEAD_US) <= a.peak * 17 // 16 + 1)


class Memory(unittest.TestCase):
    def test_it_allocates_nothing(self):
        a = rested()
        micropython.heap_lock()
        try:
            for n in range(60):
                a.follow(PEAK - n * 40, STEP_US)
                a.peak_at(AHEAD_US)
        finally:
            micropython.heap_unlock()


if __name__ == "__main__":
    unittest.main()
