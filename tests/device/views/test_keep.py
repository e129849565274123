"""A view comes back whatever ended it, and the reason is shown meanwhile."""

import asyncio
import os
import unittest

from fakes import Clock

from firmware.device import ending
from firmware.device.health import Health
from firmware.views.keep import keep


class Keeping(unittest.TestCase):
    def setUp(self):
        self.was = ending.CRASH_FILE
        ending.CRASH_FILE = "keep-crash.txt"
        self.faults = []  # that stood when the view was made, one for each time

    def tearDown(self):
        ending.CRASH_FILE = self.was
        try:
            os.remove("keep-crash.txt")
        except OSError:
            pass

    def ends(self, *reasons):
        """Let a view end for these reasons, one after the other; the health at the end."""
        left = list(reasons)
        during = self.during = []

        class Pausing(Clock):
            async def sleep_ms(self, n):
                during.append(dict(health.faults))
                self.pass_ms(n)

        health = Health(Pausing())

        async def view():
            self.faults.append(dict(health.faults))
            if not left:
                raise asyncio.CancelledError
            why = left.pop(0)
            if why:
                raise why

        try:
            asyncio.run(keep("console", view, health, health._clock))
        except asyncio.CancelledError:
            pass
        return health

    def test_it_comes_back_after_whatever_ended_it(self):
        reasons = (OSError(12), SyntaxError("invalid syntax"), None, KeyError("x"), MemoryError())
        health = self.ends(*reasons)
        self.assertEqual(len(self.faults), 6)
        self.assertEqual(health.counters["console"], 4)

    def test_the_reason_is_shown_while_it_is_away_and_no_longer(self):
        self.ends(SyntaxError("invalid syntax"))
        self.assertEqual(
            self.during, [{"console": "failed, comes again: SyntaxError: invalid syntax"}]
        )
        self.assertEqual(self.faults, [{}, {}])

    def test_the_traceback_is_written_once_however_often_it_fails(self):
        self.ends(ValueError("one"))
        with open("keep-crash.txt") as f:
            self.assertIn("ValueError: one", f.read())
        os.remove("keep-crash.txt")
        self.ends(*[ValueError("one")] * 3 + [ValueError("two")])
        with open("keep-crash.txt") as f:
            self.assertIn("ValueError: two", f.read())


if __name__ == "__main__":
    unittest.main()
