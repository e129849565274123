"""How the last life ended is told in each life until a person has seen it."""

import os
import unittest

from fakes import Clock

from firmware.device import ending, last_life
from firmware.device.health import Health


class LastLife(unittest.TestCase):
    def setUp(self):
        for name in os.listdir():
            os.remove(name)

    def told(self, cause="power on or reset button"):
        health = Health(Clock())
        last_life.tell(cause, health)
        return health

    def test_after_a_good_end_there_is_nothing_to_tell(self):
        for cause in ("power on or reset button", "restarted by itself", "soft reset"):
            self.assertEqual(self.told(cause).faults, {})

    def test_a_crash_is_told_by_its_last_line_until_it_was_seen(self):
        ending.remember(ValueError("no luck"), Health(Clock()))
        for _ in range(3):
            health = self.told()
            self.assertEqual(health.faults["last life"], "ValueError: no luck (crash.txt)")
        last_life.seen(health)
        self.assertEqual(health.faults, {})
        self.assertEqual(self.told().faults, {})
        self.assertEqual(os.listdir(), ["crash_seen.txt"])

    def test_the_watchdogs_reset_is_told_even_after_a_power_cut(self):
        for cause in ("watchdog", "power on or reset button"):
            self.assertIn("everything stood still", self.told(cause).faults["last life"])

    def test_remains_of_any_length_and_kind_are_no_danger(self):
        for text in (b"", b"\n\n", b"\xff\xfe" * 3000, b"x" * 100_000, b"a\n" * 50_000):
            with open("crash.txt", "wb") as f:
                f.write(text)
            for words in self.told().faults.values():
                self.assertTrue(len(words) < 140)


if __name__ == "__main__":
    unittest.main()
