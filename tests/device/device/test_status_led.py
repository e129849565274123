"""The LED says from afar whether the output shows something, rests, or is in trouble."""

import asyncio
import unittest

from firmware.device import status_led


class Clock:
    """Notes what the LED shows and for how long."""

    def __init__(self, board):
        self.board = board
        self.shown = []

    async def sleep_ms(self, duration_ms):
        self.shown.append((self.board.lit, duration_ms))


class Board:
    lit = None

    def led(self, on):
        self.lit = on


class Part:
    def __init__(self, **what):
        for name in what:
            setattr(self, name, what[name])


def second(watts=0, lock=True, problem="", faults=()):
    board = Board()
    clock = Clock(board)
    parts = Part(
        ct=Part(watts=watts),
        mains=Part(lock=lock),
        inverter=Part(problem=problem),
        health=Part(faults=faults),
        clock=clock,
    )
    asyncio.run(status_led.second(board, parts))
    return clock.shown


class Lamp(unittest.TestCase):
    def test_steady_while_power_is_shown(self):
        self.assertEqual(second(watts=-500), [(True, 1000)])

    def test_one_short_wink_while_all_is_well_at_zero(self):
        self.assertEqual(second(), [(True, 125), (False, 875)])

    def test_quick_without_mains_or_with_an_inverter_in_trouble(self):
        quick = [(True, 125), (False, 125)] * 4
        self.assertEqual(second(lock=None), quick)
        self.assertEqual(second(problem="no answer for 9 s"), quick)

    def test_quick_while_a_fault_stands_for_zero_is_not_all_well_then(self):
        self.assertEqual(second(faults={"settings": "lost"}), [(True, 125), (False, 125)] * 4)
