"""`follow` in firmware/app.py: what the current is made of, ten times a second."""

import asyncio
import unittest

import parts as fake

from firmware import app


class Follow(unittest.TestCase):
    def shown(self, resting):
        parts = fake.make()
        parts.inverter.latest = fake.reading(1500, parts.clock.ms())
        parts.hold.resting = resting
        shown = []

        def show(watts, _lock, _ahead_deg):
            shown.append(watts)
            if len(shown) == 3:
                raise ValueError("enough")

        parts.ct.show = show
        inverter, mains, ct, hold, settings, health, clock = parts[:7]
        with self.assertRaises(ValueError):
            asyncio.run(app.follow(inverter, mains, ct, hold, settings, health, clock))
        return shown

    def test_the_reading_is_shown(self):
        self.assertEqual(self.shown(0), [1500, 1500, 1500])

    def test_nothing_flows_while_something_is_stored(self):
        for resting in (1, 2):
            self.assertEqual(self.shown(resting), [0, 0, 0])


if __name__ == "__main__":
    unittest.main()
