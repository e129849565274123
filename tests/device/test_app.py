"""The way down: whatever ends the product, the output is silenced and the board does not hang."""

import os
import unittest
from collections import namedtuple

import fakes

from firmware import app
from firmware.device import ending
from firmware.device.health import Health
from firmware.device.watchdog import LAZY_WATCHDOG_MS

Parts = namedtuple("Parts", ("ct", "health"))


class Board:
    def __init__(self):
        self.calls = []

    def watch(self, timeout_ms):
        self.calls.append(timeout_ms)

    def stop_sampling(self):
        self.calls.append("timer stopped")

    def reset(self):
        self.calls.append("reset")


class Output:
    """Takes the duty down; Ctrl-C comes so many times meanwhile."""

    def __init__(self, calls, interrupts=0):
        self.calls = calls
        self.interrupts = interrupts

    def stop(self):
        if self.interrupts:
            self.interrupts -= 1
            raise KeyboardInterrupt
        self.calls.append("silent")


class Ending(unittest.TestCase):
    def setUp(self):
        self.board = Board()
        self.output = Output(self.board.calls)
        self.was = app.build, app.run, ending.CRASH_FILE
        ending.CRASH_FILE = "test-crash.txt"
        app.build = lambda board, clock: Parts(self.output, Health(fakes.Clock()))

    def tearDown(self):
        app.build, app.run, ending.CRASH_FILE = self.was
        try:
            os.remove("test-crash.txt")
        except OSError:
            pass

    def ends_with(self, why):
        async def run(board, parts):
            raise why

        app.run = run
        app.start(self.board)
        return self.board.calls

    def crash(self):
        with open("test-crash.txt") as f:
            return f.read()

    def test_ctrl_c_relaxes_the_watchdog_and_leads_to_a_silent_repl(self):
        calls = self.ends_with(KeyboardInterrupt())
        self.assertEqual(calls, [LAZY_WATCHDOG_MS, "silent", "timer stopped"])

    def test_ctrl_c_again_does_not_cut_the_silencing_short(self):
        self.output.interrupts = 2
        calls = self.ends_with(KeyboardInterrupt())
        self.assertEqual(calls, [LAZY_WATCHDOG_MS, "silent", "timer stopped"])

    def test_a_crash_is_kept_and_the_board_starts_over_silently(self):
        calls = self.ends_with(ValueError("no luck"))
        self.assertEqual(calls, ["silent", "timer stopped", "reset"])
        self.assertTrue("uptime" in self.crash() and "no luck" in self.crash())

    def test_a_restart_that_somebody_wanted_is_no_crash(self):
        calls = self.ends_with(ending.RestartWanted("the button is held"))
        self.assertEqual(calls, ["silent", "timer stopped", "reset"])
        with self.assertRaises(OSError):
            self.crash()

    def test_a_part_that_cannot_be_made_is_a_crash_too(self):
        def build(board, clock):
            raise OSError(12)

        app.build = build
        self.assertEqual(self.ends_with(None), ["reset"])
        self.assertTrue("OSError" in self.crash())

    def test_a_crash_that_cannot_be_kept_resets_all_the_same(self):
        ending.CRASH_FILE = "no such folder/crash.txt"
        self.ends_with(ValueError("no luck"))
        self.assertEqual(self.board.calls[-1], "reset")


if __name__ == "__main__":
    unittest.main()
