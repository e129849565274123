"""`run` in firmware/app.py: who is told of whom while everything runs beside each other."""

import asyncio
import sys
import unittest
from time import ticks_diff, ticks_ms

import parts as fake

from firmware import app
from firmware.views.parts import Parts
from lib import ondemand
from lib.clock import Clock
from lib.ondemand import Module

ON_DEMAND = "lib.rtumake"  # any module that brings no others with it
BLOCKS = 6  # of the ring


class OverError(Exception):
    """The time that is looked at has passed."""


class Keeper:
    """Makes the parts; a test goes on using them."""

    @staticmethod
    def forget(_board):
        pass


class Board:
    """Without a radio, and nobody at its console."""

    radio = False

    def console_stream(self):
        return None, print

    def led(self, _on):
        pass

    def watch(self, _timeout_ms):
        pass

    def feed(self):
        pass

    def button_pressed(self):
        return False

    def forget_crashes(self):
        pass

    def system_heap(self):
        return 30_000, 20_000, 10_000


class Part:
    """A part that has nothing to do, and nothing to say."""

    updates = turns = 0
    latest = lock = None
    problem = ""

    async def run(self):
        while True:
            await asyncio.sleep_ms(50)


class Output(fake.Ct):
    """Its ring has room for some blocks; a module is made as soon as it runs."""

    blocks = 0

    def __init__(self, room):
        self.room = room
        self.filled_when_made = None

    def pump(self):
        if self.room == 0:
            return False
        self.room -= 1
        self.blocks += 1
        return True

    async def run(self):
        with Module(ON_DEMAND):
            self.filled_when_made = self.blocks
        raise OverError


class Beside(Output):
    """Two tasks hold the loop in turn, each for longer than a block plays."""

    async def run(self):
        for _ in range(2):
            begun_ms = ticks_ms()
            while ticks_diff(ticks_ms(), begun_ms) < 20:
                pass
            await asyncio.sleep(0)
        self.filled_when_made = self.blocks
        raise OverError


class Run(unittest.TestCase):
    def setUp(self):
        sys.modules["firmware.made_once"] = Keeper

    def tearDown(self):
        del sys.modules["firmware.made_once"]
        ondemand.ahead = None
        asyncio.new_event_loop()  # the others that ran are gone

    def filled(self, output):
        """Blocks of the ring that were filled by the time a module was made."""
        parts = fake.make(Clock())  # one that lets others run
        idle = Part()
        board = Board()
        rest = parts[3:7]
        with self.assertRaises(OverError):
            asyncio.run(app.run(board, Parts(idle, idle, output, *rest, idle, board)))
        return output.filled_when_made

    def test_the_ring_is_filled_before_a_module_is_made(self):
        self.assertEqual(self.filled(Output(room=2)), 2)

    def test_the_ring_is_filled_between_turns_that_hold_the_loop(self):
        self.assertEqual(self.filled(Beside(room=4)), 4)

    def test_a_ring_that_always_has_room_holds_nobody_for_longer_than_it_is(self):
        self.assertEqual(self.filled(Output(room=1000)), BLOCKS)


if __name__ == "__main__":
    unittest.main()
