"""What is learnt of the harmonics no longer leaks into a fit of uneven samples."""

import unittest
from math import atan2, pi, sin

import micropython

from lib import phasor
from lib.harmonics import Harmonics
from lib.phasor import Fitter, Samples

HZ = 50.0
PEAK = 1100
STRONG = ((3, 5.0, 40.0), (5, 6.0, 100.0), (7, 5.0, 250.0), (11, 3.5, 10.0), (13, 3.0, 300.0))


def turn(at_us):
    return (at_us % 20_000) / 20_000


def counts(at_us, harmonics):
    angle = 2 * pi * turn(at_us)
    x = sin(angle)
    for order, percent, degrees in harmonics:
        x += percent / 100 * sin(order * angle + degrees * pi / 180)
    return int(2048 + PEAK * x + 0.5)


class Line:
    """Samples of a mains with harmonics, up to 0.15 ms late; some may fall into a hole."""

    def __init__(self, harmonics):
        self.harmonics = harmonics
        self.samples = Samples()
        self.view = Harmonics(self.samples)
        self.fitter = Fitter()
        self.at_us = 40_000_000
        self.count = 0

    def run(self, seconds, learn=True):
        for _ in range(int(seconds * 50)):
            for _ in range(17):
                self.sample()
            if learn:
                self.take_away()

    def take_away(self, count=17, limit=300):
        self.view.take_away(self.asked(), count, limit)

    def asked(self):
        w = self.fitter.work
        newest = self.samples.newest()
        w[phasor.NEWEST] = newest
        w[phasor.WINDOW_US] = 79428
        w[phasor.COARSE] = int(HZ * 34359.738368 + 0.5)
        w[phasor.FINE] = int(HZ * 17179.869184 + 0.5)
        w[phasor.TURN] = int(turn(self.samples.at_us[newest]) * (1 << 26))
        w[phasor.PEAK] = PEAK * 16
        w[phasor.OFFSET] = 0
        return w

    def sample(self):
        self.count += 1
        self.at_us += 1143
        at_us = self.at_us + self.count * 7919 % 151
        self.samples.put(at_us, counts(at_us, self.harmonics))

    def hole(self):
        """Ten ticks are lost."""
        self.at_us += 10 * 1143
        for _ in range(20):
            self.sample()

    def error_deg(self, samples):
        w = self.asked()
        self.fitter.fit(samples)
        return abs(atan2(w[phasor.COSINE_PART], w[phasor.SINE_PART])) * 180 / pi


class Learning(unittest.TestCase):
    def test_a_hole_in_the_samples_no_longer_turns_the_phase(self):
        line = Line(STRONG)
        line.run(3)
        line.hole()
        raw_deg = line.error_deg(line.samples)
        line.take_away(40)
        self.assertTrue(raw_deg > 0.08, "the hole is harmless: %.3f degrees" % raw_deg)
        self.assertTrue(line.error_deg(line.view) < raw_deg / 4)

    def test_a_pure_mains_is_left_as_it_is(self):
        line = Line(())
        line.run(2)
        newest = line.samples.newest()
        for i in range(64):
            k = (newest - i) & 127
            self.assertTrue(abs(line.view.counts[k] - line.samples.counts[k]) <= 3)

    def test_what_was_learnt_can_be_forgotten(self):
        line = Line(STRONG)
        line.run(3)
        line.view.forget()
        line.take_away(128, 0)
        newest = line.samples.newest()
        for i in range(64):
            k = (newest - i) & 127
            self.assertEqual(line.view.counts[k], line.samples.counts[k])

    def test_spikes_beyond_the_limit_teach_nothing(self):
        line = Line(())
        line.run(1)
        for k in range(0, 128, 9):
            line.samples.counts[k] = 4000
        for _ in range(20):
            line.take_away(17, 100)
        model = list(line.view._model)[7:17]
        self.assertTrue(max(model) < 300 and min(model) > -300, model)


class Memory(unittest.TestCase):
    def test_the_loop_over_the_window_allocates_nothing(self):

        line = Line(STRONG)
        line.run(0.5)
        view = line.view
        work = line.asked()
        micropython.heap_lock()
        try:
            view.take_away(work, 17, 300)
        finally:
            micropython.heap_unlock()
