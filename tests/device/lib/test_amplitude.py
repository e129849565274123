"""The amplitude: quiet while it rests, at once where it goes, and no overshoot behind a sag."""

import unittest

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
