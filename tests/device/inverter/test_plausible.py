"""What is not believable is told, counted by others, and never used."""

import unittest

import rs485

from firmware.inverter import plausible
from firmware.inverter.reading import Sample


def sample(watts, witness_w=None, counter=None):
    return Sample(watts, 50.0, None, None, None, witness_w, counter, "", "")


class Judge:
    """Judges as the poller does, with what is remembered between samples."""

    def __init__(self, limit_w, clock):
        self.limit_w, self.clock, self.seen = limit_w, clock, plausible.fresh(clock)

    def objection(self, one):
        return plausible.objection(self.seen, self.limit_w, self.clock, one, False)

    @property
    def note(self):
        return self.seen[plausible.NOTE]


class Judging(unittest.TestCase):
    def setUp(self):
        self.clock = rs485.TestClock()
        self.judge = Judge(6000, self.clock)

    def test_the_limit_holds_in_both_directions(self):
        for watts, ok in ((6000, True), (-6000, True), (6001, False), (-6001, False)):
            self.assertEqual(self.judge.objection(sample(watts)) == "", ok)

    def test_small_changes_need_no_witness(self):
        for watts in (0, 400, 800, 1200):
            self.assertEqual(self.judge.objection(sample(watts, watts)), "")
        self.assertEqual(self.judge.objection(sample(1500, 1100)), "")

    def test_a_jump_against_the_witness_is_doubted_three_times(self):
        self.judge.objection(sample(500, 500))
        words = [self.judge.objection(sample(4000, 500)) for _ in range(4)]
        self.assertEqual([bool(w) for w in words], [True, True, True, False])
        self.assertIn("4000 W, but volts times amps make 500 W", self.judge.note)

    def test_a_single_wild_reading_leaves_no_trace(self):
        self.judge.objection(sample(500, 500))
        self.assertTrue(self.judge.objection(sample(5000, 500)))
        self.assertEqual(self.judge.objection(sample(510, 505)), "")
        self.assertEqual(self.judge.note, "")
        self.assertTrue(self.judge.objection(sample(5000, 500)))

    def test_losses_and_rounding_are_no_contradiction(self):
        self.assertEqual(self.judge.objection(sample(5000, 5600)), "")
        self.assertEqual(self.judge.objection(sample(-3000, 2600)), "")


class FrozenCounter(unittest.TestCase):
    def setUp(self):
        self.clock = rs485.TestClock()
        self.judge = Judge(6000, self.clock)

    def after_s(self, seconds, counter):
        self.clock.now_ms += seconds * 1000
        return self.judge.objection(sample(1000, counter=counter))

    def test_a_counter_that_stands_still_is_told(self):
        self.assertEqual(self.after_s(0, 7), "")
        self.assertEqual(self.after_s(29, 7), "")
        self.assertIn("stands still", self.after_s(2, 7))
        self.assertEqual(self.after_s(1, 8), "")

    def test_a_moving_one_is_fine_and_so_is_none(self):
        for counter in range(100):
            self.assertEqual(self.after_s(20, counter % 3), "")
        for _ in range(100):
            self.assertEqual(self.after_s(20, None), "")


if __name__ == "__main__":
    unittest.main()
