"""The watchdog is fed while everything that must move does move."""

import asyncio
import unittest

from fakes import Clock

from firmware.device import watchdog
from firmware.device.ending import RestartWanted
from firmware.device.health import Health
from firmware.device.watchdog import Watchdog


class Board:
    def __init__(self):
        self.fed = 0
        self.forgotten = 0
        self.watching_ms = None
        self.pressed = False

    def button_pressed(self):
        return self.pressed

    def watch(self, timeout_ms):
        self.watching_ms = timeout_ms

    def feed(self):
        self.fed += 1

    def want_radio(self):
        self.radio = True

    def forget_crashes(self):
        self.forgotten += 1


class Part:
    turns = 0


class Feeding(unittest.TestCase):
    def setUp(self):
        self.clock = Clock()
        self.health = Health(self.clock)
        self.board = Board()
        self.signs = [Part(), Part()]
        signs = (
            ("output", self.signs[0], "turns", 0),
            ("mains", self.signs[1], "turns", 0),
        )
        self.watchdog = Watchdog(self.board, signs, self.health, self.clock)

    def look(self, *moving, times=1):
        """Look so often, the signs of that number moving before each look."""
        for _ in range(times):
            for sign in moving:
                self.signs[sign].turns += 1
            self.watchdog.look(0)

    def test_it_is_fed_at_each_look_while_all_signs_move(self):
        self.look(0, 1, times=5)
        self.assertEqual(self.board.fed, 5)

    def test_one_sign_that_stands_still_is_enough_to_let_it_starve(self):
        self.look(0, 1)
        self.look(0, times=5)
        self.look(1, times=1)
        self.look(times=5)
        self.assertEqual(self.board.fed, 1)

    def test_a_sign_that_comes_round_to_zero_has_moved(self):
        self.look(0, 1)
        self.signs[0].turns = self.signs[1].turns = 0
        self.watchdog.look(0)
        self.assertEqual(self.board.fed, 2)

    def test_it_recovers_with_the_sign(self):
        self.look(0, 1)
        self.look(0)
        self.look(0, 1, times=2)
        self.assertEqual(self.board.fed, 3)

    def test_a_slow_part_has_its_own_patience(self):
        signs = (("inverter", self.signs[0], "turns", 3),)
        self.watchdog = Watchdog(self.board, signs, self.health, self.clock)
        self.look(0)
        self.look(times=3)
        self.assertEqual(self.board.fed, 4)
        self.look(times=3)
        self.assertEqual(self.board.fed, 4)

    def test_a_part_that_hangs_ends_the_product_by_name_before_the_watchdog_bites(self):
        self.look(0, 1)
        self.look(0, times=20)
        try:
            self.look(0)
            words = ""
        except watchdog.HungError as why:
            words = str(why)
        self.assertEqual(words, "mains has stood still for 5 s")
        self.assertTrue(21 * watchdog.LOOK_MS + 1500 < watchdog.WATCHDOG_MS)

    def test_a_minute_of_health_forgets_the_crashes_once(self):
        self.look(0, 1, times=60_000 // watchdog.LOOK_MS - 1)
        self.assertEqual(self.board.forgotten, 0)
        self.look(0, 1)
        self.assertEqual(self.board.forgotten, 1)
        self.look(0, 1, times=1000)
        self.assertEqual(self.board.forgotten, 1)

    def test_the_minute_must_be_without_a_gap(self):
        self.look(0, 1, times=200)
        self.look(0)
        self.look(0, 1, times=200)
        self.assertEqual(self.board.forgotten, 0)


class Button(Feeding):
    def test_held_for_a_second_it_asks_for_a_restart(self):
        self.look(0, 1)
        self.board.pressed = True
        self.look(0, 1, times=3)
        with self.assertRaises(RestartWanted):
            self.look(0, 1)

    def test_a_touch_is_nothing(self):
        for _ in range(9):
            self.board.pressed = False
            self.look(0, 1)
            self.board.pressed = True
            self.look(0, 1, times=3)

    def test_a_button_that_was_never_up_is_stuck(self):
        self.board.pressed = True
        self.look(0, 1, times=99)
        self.assertEqual(self.board.fed, 99)


class Running(unittest.TestCase):
    def test_it_watches_from_the_start_and_tells_how_late_the_loop_is(self):
        late_ms = [0, 130, 20]

        class BusyClock(Clock):
            async def sleep_ms(self, n):
                if not late_ms:
                    raise asyncio.CancelledError
                self.pass_ms(n + late_ms.pop(0))

        class Moving:
            """Has moved whenever somebody looks."""

            @property
            def turns(self):
                return clock.ms()

        clock, board = BusyClock((1 << 30) - 400), Board()
        health = Health(clock)
        beat = Watchdog(board, (("time", Moving(), "turns", 0),), health, clock)
        try:
            asyncio.run(beat.run())
        except asyncio.CancelledError:
            pass
        self.assertEqual(board.watching_ms, watchdog.WATCHDOG_MS)
        self.assertEqual(board.fed, 3)
        self.assertEqual(health.gauges["loop_late_ms"], 20)
        self.assertEqual(health.gauges["loop_late_max_ms"], 130)


if __name__ == "__main__":
    unittest.main()
