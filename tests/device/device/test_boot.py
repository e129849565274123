"""After three crashes in a row, or with the button held, the product does not start."""

import sys
import unittest


class Pin:
    IN = OUT = PULL_UP = 1
    held = False

    def __init__(self, number, *mode, **more):
        self.number = number

    def value(self):
        return 0 if Pin.held else 1


class Rtc:
    kept = b""

    def memory(self, data=None):
        if data is None:
            return Rtc.kept
        Rtc.kept = data


class Machine:
    PWRON_RESET, HARD_RESET, WDT_RESET, DEEPSLEEP_RESET, SOFT_RESET = 1, 2, 3, 4, 5
    Pin = Pin
    RTC = Rtc
    cause = PWRON_RESET

    def reset_cause(self):
        return Machine.cause


sys.modules["machine"] = Machine()
sys.modules["esp32"] = sys.modules["network"] = Machine()


class Starting(unittest.TestCase):
    def setUp(self):
        Rtc.kept = b""
        Pin.held = False

    def start(self, cause):
        """What main.py is told by boot.py; "" lets the product start."""
        Machine.cause = cause
        sys.modules.pop("boot", None)
        return __import__("boot").safe_mode

    def healthy_minute(self):
        from firmware.board import Board

        Board.forget_crashes(None)

    def test_power_on_starts_the_product(self):
        self.assertEqual(self.start(Machine.PWRON_RESET), "")

    def test_two_crashes_start_it_again_and_the_third_does_not(self):
        self.start(Machine.PWRON_RESET)
        self.assertEqual(self.start(Machine.WDT_RESET), "")
        self.assertEqual(self.start(Machine.HARD_RESET), "")
        self.assertEqual(self.start(Machine.WDT_RESET), "3 restarts without a healthy minute")

    def test_it_stays_so_however_many_follow(self):
        self.start(Machine.PWRON_RESET)
        for _ in range(300):
            why = self.start(Machine.WDT_RESET)
        self.assertEqual(why, "255 restarts without a healthy minute")

    def test_a_persons_soft_resets_neither_count_nor_forget(self):
        self.start(Machine.PWRON_RESET)
        for _ in range(2):
            self.start(Machine.WDT_RESET)
        for _ in range(9):
            self.assertEqual(self.start(Machine.SOFT_RESET), "")
        self.assertTrue(self.start(Machine.WDT_RESET).startswith("3 restarts"))

    def test_a_healthy_minute_forgets_them(self):
        self.start(Machine.PWRON_RESET)
        self.start(Machine.WDT_RESET)
        self.start(Machine.WDT_RESET)
        self.healthy_minute()
        for _ in range(3):
            self.assertEqual(self.start(Machine.WDT_RESET), "")

    def test_a_power_cut_forgets_them(self):
        Rtc.kept = b"CT\x07"
        self.assertEqual(self.start(Machine.PWRON_RESET), "")
        self.assertEqual(Rtc.kept, b"CT\x01")

    def test_memory_that_is_not_ours_counts_as_none(self):
        for kept in (b"\xff\xff\xff", b"CT", b"CT\x09\x09", b"\x00" * 64):
            Rtc.kept = kept
            self.assertEqual(self.start(Machine.WDT_RESET), "")
            self.assertEqual(Rtc.kept, b"CT\x01")

    def test_the_button_held_at_start_keeps_it_from_starting(self):
        Pin.held = True
        self.assertEqual(self.start(Machine.PWRON_RESET), "button held at start")
        Pin.held = False
        self.assertEqual(self.start(Machine.HARD_RESET), "")


if __name__ == "__main__":
    unittest.main()
