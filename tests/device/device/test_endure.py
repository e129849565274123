"""Out of memory costs a vital part one step; only where it stands, the product starts over."""

import asyncio
import unittest

from fakes import Clock

from firmware.device.endure import endure
from firmware.device.health import Health


class Part:
    """Steps each 20 ms; the steps named find no memory, or no end at all."""

    def __init__(self, clock, poor=(), last=100, otherwise=None):
        self.clock = clock
        self.poor = poor
        self.last = last
        self.otherwise = otherwise
        self.steps = 0

    async def run(self):
        while True:
            self.steps += 1
            if self.steps == self.last:
                raise asyncio.CancelledError
            if self.steps in self.poor:
                raise self.otherwise or MemoryError("memory allocation failed")
            await self.clock.sleep_ms(20)


class Enduring(unittest.TestCase):
    def lives(self, **what):
        """(how it ended, part, health)"""
        clock = Clock((1 << 30) - 500)
        part, health = Part(clock, **what), Health(clock)
        try:
            asyncio.run(endure(part.run, health, clock))
        except BaseException as why:  # noqa: BLE001 - CancelledError is the usual end here
            return type(why), part, health

    def test_single_steps_are_skipped_and_counted(self):
        ended, part, health = self.lives(poor=(1, 7, 8, 60))
        self.assertEqual((ended, part.steps), (asyncio.CancelledError, 100))
        self.assertEqual(health.counters["out of memory"], 4)

    def test_for_three_seconds_in_a_row_it_goes_on_then_no_more(self):
        ended, part, _ = self.lives(poor=range(1, 10_000), last=10_000)
        self.assertEqual(ended, MemoryError)
        self.assertTrue(400 < part.steps < 700)

    def test_a_calm_second_between_and_nothing_stands(self):
        ended, part, health = self.lives(poor=range(1, 10_000, 60), last=10_000)
        self.assertEqual(ended, asyncio.CancelledError)

    def test_anything_else_ends_it_at_once(self):
        ended, part, _ = self.lives(poor=(5,), otherwise=ValueError("no luck"))
        self.assertEqual((ended, part.steps), (ValueError, 5))


if __name__ == "__main__":
    unittest.main()
