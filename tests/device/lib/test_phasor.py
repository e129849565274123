"""Least squares finds the mains in uneven, incomplete and spoilt samples."""

import unittest
from collections import namedtuple
from math import atan2, cos, pi, sin, sqrt

import boardtime
import micropython

from lib import phasor
from lib.phasor import Fitter, Samples

FOUR_CYCLES_US = 79428  # a little less, as the tracker asks for it
TWO_CYCLES_US = 39428
NEVER_US = 900_000_000

# In counts, phase origin at the newest sample.
Fit = namedtuple("Fit", ("a", "b", "offset", "rms_error", "count", "rejected", "age_us"))


def asked(fitter, samples, hz, window_us):
    """The fitter's work array, asked for that window."""
    w = fitter.work
    w[phasor.NEWEST] = samples.newest()
    w[phasor.WINDOW_US] = window_us
    w[phasor.COARSE] = int(hz * 34359.738368 + 0.5)
    w[phasor.FINE] = int(hz * 17179.869184 + 0.5)
    return w


def fitted(samples, hz, window_us, expected=None, limit=phasor.NO_LIMIT):
    """What is found, or None; `expected` is (peak, turn, offset)."""
    fitter = Fitter()
    w = asked(fitter, samples, hz, window_us)
    turn = 0.0
    if expected:
        peak, turn, offset = expected
        w[phasor.PEAK] = int(peak * 16)
        w[phasor.TURN] = int(turn % 1 * (1 << 26))
        w[phasor.OFFSET] = int((offset - 2048) * 16)
    if not fitter.fit(samples, limit):
        return None
    if not expected:  # once more against what was found, as the tracker's next fit is
        a, b = w[phasor.SINE_PART], w[phasor.COSINE_PART]
        turn = atan2(b, a) / (2 * pi)
        w[phasor.PEAK] = int(sqrt(a * a + b * b))
        w[phasor.TURN] = int(turn % 1 * (1 << 26))
        fitter.fit(samples, limit)
    a, b = w[phasor.SINE_PART] / 16, w[phasor.COSINE_PART] / 16
    angle = atan2(b, a) + 2 * pi * turn
    size = sqrt(a * a + b * b)
    return Fit(
        size * cos(angle),
        size * sin(angle),
        w[phasor.OFFSET] / 16 + 2048,
        w[phasor.RMS] / 4,
        w[phasor.COUNT],
        w[phasor.REJECTED],
        w[phasor.AGE_US],
    )


class Mains:
    """A voltage at the converter, 12-bit counts; `degrees` is its phase at the newest sample."""

    def __init__(self, hz=50.0, amplitude=1100, degrees=30.0, offset=2048, harmonics=()):
        self.hz = hz
        self.amplitude = amplitude
        self.degrees = degrees
        self.offset = offset
        self.harmonics = harmonics  # (order, percent, degrees)

    def counts(self, before_us):
        """What is read so long before the newest sample."""
        turn = 2 * pi * self.hz * (-before_us * 1e-6) + self.degrees * pi / 180
        x = sin(turn)
        for order, percent, degrees in self.harmonics:
            x += percent / 100 * sin(order * turn + degrees * pi / 180)
        return min(4095, max(0, int(self.offset + self.amplitude * x + 0.5)))


def uneven(count=120, every_us=1143):
    """Ages (µs) of samples, oldest first, up to 0.4 ms late on an even grid; repeatable."""
    late = [(n * n * 7919 + n * 104729) % 401 for n in range(count)]
    late[count - 1] = 0
    return [(count - 1 - n) * every_us - late[n] for n in range(count)]


def sampled(mains, ages=None, newest_us=NEVER_US, spoil=None):
    """Samples of it; `spoil(place, counts)` may give other counts, or None for no sample."""
    samples = Samples()
    for place, age in enumerate(ages or uneven()):
        counts = mains.counts(age)
        if spoil:
            counts = spoil(place, counts)
        if counts is not None:
            samples.put(boardtime.ticks_add(newest_us, -age), counts)
    return samples


class Phasor(unittest.TestCase):
    def check(self, mains, fit, degrees=0.02, percent=0.02):
        """The fit is that mains."""
        self.assertTrue(fit is not None, "no fit")
        found = atan2(fit.b, fit.a) * 180 / pi
        off = (found - mains.degrees + 180) % 360 - 180
        self.assertTrue(abs(off) < degrees, "phase off by %.3f degrees" % off)
        size = sqrt(fit.a**2 + fit.b**2) / mains.amplitude * 100 - 100
        self.assertTrue(abs(size) < percent, "amplitude off by %.3f %%" % size)


class Known(Phasor):
    def test_phases_all_round(self):
        for degrees in range(-170, 190, 20):
            mains = Mains(degrees=degrees)
            self.check(mains, fitted(sampled(mains), 50, FOUR_CYCLES_US))

    def test_frequencies_from_45_to_65_hz(self):
        for hz in (45, 49.85, 55, 65):
            mains = Mains(hz)
            window_us = int(3.97e6 / hz)
            ages = uneven(every_us=int(1e6 / 17.5 / hz))
            self.check(mains, fitted(sampled(mains, ages), hz, window_us))

    def test_full_swing_and_a_tenth_of_it(self):
        for amplitude in (200, 2040):
            mains = Mains(amplitude=amplitude)
            fit = fitted(sampled(mains), 50, FOUR_CYCLES_US)
            self.check(mains, fit, degrees=0.1, percent=0.1)
            self.assertTrue(fit.rms_error < 2)

    def test_an_offset_is_told_apart(self):
        for offset in (1600, 2500):
            mains = Mains(offset=offset)
            fit = fitted(sampled(mains), 50, FOUR_CYCLES_US)
            self.check(mains, fit)
            self.assertAlmostEqual(fit.offset, offset, delta=0.3)

    def test_it_says_how_many_samples_and_how_old_they_are(self):
        ages = uneven()
        fit = fitted(sampled(Mains(), ages), 50, FOUR_CYCLES_US)
        within = [age for age in ages if age < FOUR_CYCLES_US]
        self.assertEqual((fit.count, fit.rejected), (len(within), 0))
        self.assertAlmostEqual(fit.age_us, sum(within) / len(within), delta=1)

    def test_two_cycles_are_enough_while_seeking(self):
        mains = Mains()
        fit = fitted(sampled(mains), 50, TWO_CYCLES_US)
        self.check(mains, fit, degrees=0.05, percent=0.05)

    def test_half_a_hertz_off_shows_as_error_yet_the_mean_phase_is_right(self):
        mains = Mains(50.5)
        fit = fitted(sampled(mains), 50, FOUR_CYCLES_US)
        middle = mains.degrees - 360 * 50.5 * fit.age_us * 1e-6
        found = atan2(fit.b, fit.a) * 180 / pi - 360 * 50 * fit.age_us * 1e-6
        off = (found - middle + 180) % 360 - 180
        self.assertTrue(abs(off) < 0.5, "%.3f degrees" % off)
        self.assertTrue(fit.rms_error > 50)


class Spoilt(Phasor):
    def test_missing_samples_cost_nothing(self):
        mains = Mains()
        for gap in (range(60, 70), range(100, 110), range(50, 120, 7)):
            samples = sampled(mains, spoil=lambda n, x, gap=gap: None if n in gap else x)
            fit = fitted(samples, 50, FOUR_CYCLES_US)
            self.check(mains, fit, degrees=0.05, percent=0.05)

    def spiked(self, mains):
        """Every ninth sample half a volt off, this way and that."""
        return sampled(mains, spoil=lambda n, x: x + (500 if n & 1 else -500) if n % 9 == 5 else x)

    def test_with_an_expectation_spikes_are_thrown_out(self):
        mains = Mains(degrees=-70, offset=2100)
        expected = 1100, (mains.degrees + 3) / 360, 2095  # an expectation 3 degrees off does
        fit = fitted(self.spiked(mains), 50, FOUR_CYCLES_US, expected, 150)
        self.check(mains, fit, degrees=0.05, percent=0.05)
        self.assertEqual(fit.rejected, 8)
        self.assertTrue(fit.rms_error < 1)

    def test_without_one_they_count_and_show_as_error(self):
        fit = fitted(self.spiked(Mains()), 50, FOUR_CYCLES_US)
        self.assertEqual(fit.rejected, 0)
        self.assertTrue(fit.rms_error > 100)

    def test_harmonics_move_the_phase_by_less_than_a_tenth_of_a_degree(self):
        limits = ((3, 5, 0), (5, 6, 180), (7, 5, 90), (11, 3.5, 0), (13, 3, 0), (17, 2, 0))
        for harmonics in [(one,) for one in limits] + [limits]:
            mains = Mains(harmonics=harmonics)
            fit = fitted(sampled(mains), 50, FOUR_CYCLES_US)
            self.check(mains, fit, degrees=0.6, percent=1)
            even = [age * 8 // 7 for age in range(119000, -1000, -1000)]
            fit = fitted(sampled(mains, even), 50, FOUR_CYCLES_US)
            self.check(mains, fit, degrees=0.1, percent=0.2)

    def test_too_few_samples_are_no_answer(self):
        mains = Mains()
        self.assertEqual(fitted(sampled(mains), 50, 6 * 1143), None)
        sparse = sampled(mains, spoil=lambda n, x: x if n % 11 == 0 else None)
        self.assertEqual(fitted(sparse, 50, FOUR_CYCLES_US), None)

    def test_a_part_of_a_cycle_is_no_answer(self):
        ages = list(range(30 * 100, -100, -100))
        self.assertEqual(fitted(sampled(Mains(), ages), 50, 3000), None)

    def test_a_window_of_more_samples_than_can_be_summed_takes_the_newest(self):
        mains = Mains(amplitude=2047)
        ages = list(range(127 * 600, -600, -600))
        fit = fitted(sampled(mains, ages), 50, 80_000)
        self.assertEqual(fit.count, phasor.MAX_WINDOW)
        self.check(mains, fit)


class Wrap(Phasor):
    def test_stamps_may_wrap_anywhere_in_the_window(self):
        mains = Mains(52.3, degrees=110)
        usual = fitted(sampled(mains), 52.3, FOUR_CYCLES_US)
        self.check(mains, usual, degrees=0.05, percent=0.05)
        for newest_us in (0, 1, 10_000, 40_000, 79_000, boardtime.WRAP - 1):
            fit = fitted(sampled(mains, newest_us=newest_us), 52.3, FOUR_CYCLES_US)
            self.assertEqual(fit, usual)

    def test_half_of_the_range_is_no_border_either(self):
        mains = Mains()
        usual = fitted(sampled(mains), 50, FOUR_CYCLES_US)
        for newest_us in (boardtime.WRAP // 2, boardtime.WRAP // 2 + 40_000):
            fit = fitted(sampled(mains, newest_us=newest_us), 50, FOUR_CYCLES_US)
            self.assertEqual(fit, usual)


class Store(unittest.TestCase):
    def test_the_newest_are_kept_and_the_fresh_are_counted(self):
        samples = Samples()
        for n in range(300):
            samples.put(n * 1000, n)
        self.assertEqual(samples.at_us[samples.newest()], 299_000)
        self.assertEqual(samples.state[1], 300)
        self.assertEqual(sorted(samples.counts), list(range(300 - phasor.CAPACITY, 300)))


class Memory(unittest.TestCase):
    def test_storing_a_sample_allocates_nothing(self):
        samples = Samples()
        put = samples.put
        at_us = boardtime.WRAP - 150 * 1143
        micropython.heap_lock()
        try:
            for _ in range(300):
                put(at_us, 4095)
                at_us = boardtime.ticks_add(at_us, 1143)
        finally:
            micropython.heap_unlock()
        self.assertEqual(samples.state[1], 300)

    def test_a_fit_allocates_nothing(self):
        samples = sampled(Mains(amplitude=2047))
        fitter = Fitter()
        work = asked(fitter, samples, 50, FOUR_CYCLES_US)
        micropython.heap_lock()
        try:
            fitter.fit(samples)
            fitter.forget()
        finally:
            micropython.heap_unlock()
        self.assertEqual(work[phasor.COUNT], 70)


class Outliers(Phasor):
    def rejected(self, places):
        """How many samples are thrown out at last, of those spoilt at places of the cycle."""
        mains = Mains(degrees=0)
        samples = sampled(mains, spoil=lambda n, x: x - 400 if n % 35 in places else x)
        fitter = Fitter()
        for _ in range(8):
            w = asked(fitter, samples, 50, TWO_CYCLES_US)
            w[phasor.PEAK] = 1100 * 16
            w[phasor.OFFSET] = 0
            fitter.fit(samples, 150)
            fitter.forget()
        return w[phasor.REJECTED]

    def test_what_the_mains_does_in_every_cycle_is_no_outlier(self):
        self.assertEqual(self.rejected((9, 27)), 0)

    def test_a_spike_now_and_then_is_one(self):
        fitter = Fitter()
        samples = sampled(Mains(degrees=0), spoil=lambda n, x: x - 400 if n == 110 else x)
        for _ in range(2):  # two windows see it
            w = asked(fitter, samples, 50, TWO_CYCLES_US)
            w[phasor.PEAK] = 1100 * 16
            w[phasor.OFFSET] = 0
            fitter.fit(samples, 150)
            self.assertEqual(w[phasor.REJECTED], 1)


if __name__ == "__main__":
    unittest.main()
