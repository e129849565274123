"""LED, chart and gauges go on beside each other, and after a moment without memory."""

import asyncio
import gc
import unittest

from fakes import Clock
from parts import make

from firmware import each_second
from firmware.views import history, history_rings
from firmware.views.parts import Parts


class OverError(Exception):
    """The time that is looked at has passed."""


class Time(Clock):
    """Ends after so many seconds."""

    def __init__(self, seconds):
        super().__init__()
        self.left_ms = 1000 * seconds

    async def sleep_ms(self, duration_ms):
        self.left_ms -= duration_ms
        if self.left_ms < 0:
            raise OverError


class Board:
    """Has no memory for a look at its memory `fails` times."""

    def __init__(self, fails=0):
        self.fails = fails
        self.lit = []

    def led(self, on):
        self.lit.append(on)

    def system_heap(self):
        if self.fails:
            self.fails -= 1
            raise MemoryError
        return 30_000, 20_000, 10_000


class Load:
    """As lib.load says it: the longest turn since the last look."""

    def __init__(self):
        self.turns_ms = [12, 40, 7]

    def take(self):
        return 44, self.turns_ms.pop(0) if self.turns_ms else 0


def lived(seconds, board):
    """The health of a device after so many seconds, its chart and LED looked after."""
    made = make()
    parts = Parts(*made[:6], Time(seconds), *made[7:])
    history_rings.begin()
    try:
        asyncio.run(each_second.run(board, parts, Load()))
    except OverError:
        pass
    return parts.health


class EachSecond(unittest.TestCase):
    def tearDown(self):
        history.rings.clear()

    def test_gauges_every_four_seconds_the_longest_turn_kept(self):
        self.assertFalse("load_pct" in lived(2, Board()).gauges)
        gauges = lived(12, Board()).gauges
        self.assertEqual((gauges["load_pct"], gauges["longest_stall_ms"]), (44, 40))
        self.assertEqual((gauges["idf_free"], gauges["idf_least"]), (30_000, 10_000))

    def test_the_heap_is_looked_at_just_after_a_collection(self):
        """Else what is to spare is less by what was thrown away, as chance will have it."""

        class Littering(Board):
            in_use = 0

            def led(self, on):
                bytearray(50_000)

            def system_heap(self):
                self.in_use = gc.mem_alloc()
                return super().system_heap()

        board = Littering()
        gc.collect()
        before = gc.mem_alloc()
        lived(5, board)
        self.assertTrue(0 < board.in_use < before + 50_000, board.in_use - before)

    def test_the_chart_takes_a_value_in_each_period_of_its_own(self):
        lived(20, Board())
        period_s, written = history.rings[0][0], history.rings[0][3][0]
        self.assertTrue(0 <= written - 20 // period_s <= 1, written)

    def test_the_led_is_shown_each_second(self):
        board = Board()
        lived(10, board)
        self.assertTrue(len(board.lit) >= 10, len(board.lit))

    def test_a_second_without_memory_ends_none_of_them(self):
        board = Board(fails=1)
        health = lived(12, board)
        self.assertEqual(health.gauges["idf_free"], 30_000)
        self.assertTrue(len(board.lit) >= 8)
        self.assertIn("out of memory", health.counters)


if __name__ == "__main__":
    unittest.main()
