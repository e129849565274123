"""After three crashes, a failed start or with the button held, the product does not start."""

import json
import os
import sys
import unittest

from bad_input import Counted, odd


class Pin:
    IN = OUT = PULL_UP = 1
    held_ms = 0  # from the start on
    shown = []  # what the LED was told

    def __init__(self, number, *mode, **more):
        if type(number) is not int:  # as the port: neither 4.0 nor False is a pin
            raise ValueError("invalid pin")
        if "value" in more:
            Pin.shown.append(more["value"])

    def value(self):
        return 0 if Pin.held_ms > 0 else 1


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
    watchdog_ms = None
    watchdogs = []

    def reset_cause(self):
        return Machine.cause

    def WDT(self, timeout):  # noqa: N802 - the name is the board's
        Machine.watchdog_ms = timeout
        Machine.watchdogs.append(timeout)


class Time:
    def sleep_ms(self, duration_ms):
        Pin.held_ms -= duration_ms


sys.modules["machine"] = machine = Machine()
sys.modules["esp32"] = sys.modules["network"] = machine


class Starting(unittest.TestCase):
    def setUp(self):
        Rtc.kept = b""
        Pin.held_ms = 0
        Pin.shown = []
        Machine.watchdog_ms = None

    def start(self, cause):
        """What main.py is told by boot.py; "" lets the product start."""
        Machine.cause = cause
        sys.modules.pop("boot", None)
        sys.modules["time"] = Time()
        try:
            return __import__("boot").safe_mode
        finally:
            sys.modules.pop("time")

    def healthy_minute(self):
        from firmware.board import Board

        Board.forget_crashes(None)

    def test_power_on_starts_the_product_under_a_watchdog(self):
        self.assertEqual(self.start(Machine.PWRON_RESET), "")
        self.assertTrue(Machine.watchdog_ms >= 60_000)

    def test_a_loader_that_hangs_is_reset_soon_and_a_person_has_time(self):
        Machine.watchdogs.clear()
        self.start(Machine.HARD_RESET)
        self.assertEqual(Machine.watchdogs, [600_000, 20_000, 600_000])
        Machine.watchdogs.clear()
        self.start(Machine.SOFT_RESET)
        self.assertEqual(Machine.watchdogs, [])

    def test_the_pins_are_those_of_the_board(self):
        self.start(Machine.PWRON_RESET)
        from firmware import board, board_pins
        from lib import ondemand

        boot = sys.modules["boot"]
        self.assertEqual(boot.PACK, ondemand.PACK)
        self.assertEqual((boot.RTC_MARK, boot.RADIO), (board.RTC_MARK, board.RADIO))
        for machine_words, setting in (
            ("Generic ESP32 module with ESP32", "auto"),
            ("Generic ESP32 module with SPIRAM with ESP32", "auto"),
            ("Generic ESP32S3 module with ESP32S3", "auto"),
            ("Generic ESP32S3 module with ESP32S3", "nano_esp32"),
            ("Arduino Nano ESP32 with ESP32S3", "auto"),
            ("Arduino Nano ESP32 with ESP32S3", "s3_devkitc"),
        ):
            with open("settings.json", "w") as f:
                json.dump({"version": 1, "settings": {"board": setting}}, f)
            pins = board_pins.choose(machine_words, board_pins.stored()[0])[1]
            self.assertEqual(boot.of_board(machine_words), pins[8:])
        os.remove("settings.json")

    def test_own_pins_bring_the_button_and_no_led_until_they_are_checked(self):
        self.start(Machine.PWRON_RESET)
        boot = sys.modules["boot"]
        for own, button in (
            ({"button": 21}, 21),
            ({"led": 4}, 0),
            ({"button": 6}, None),
            ({"button": None}, None),
            ({"button": False}, None),
            ({"button": 4.0}, None),
            ({"button": [[4]]}, None),
        ):
            with open("pins.json", "w") as f:
                json.dump(own, f)
            self.assertEqual(boot.of_board("ESP32"), (button, None, 1))
        for damaged in ("", "[]", '{"button": [', "\x00\x01"):
            with open("pins.json", "w") as f:
                f.write(damaged)
            self.assertEqual(boot.of_board("ESP32"), (0, 2, 1))
        os.remove("pins.json")

    def test_the_watchdog_runs_before_any_file_is_read(self):
        def damaged(*_):
            raise RuntimeError("what nobody thought of")

        sys.modules["json"] = type("Json", (), {"loads": damaged})
        with open("pins.json", "w") as f:
            f.write("{}")
        Machine.watchdogs.clear()
        try:
            with self.assertRaises(RuntimeError):
                self.start(Machine.PWRON_RESET)
        finally:
            sys.modules["json"] = json
            os.remove("pins.json")
        self.assertEqual(Machine.watchdogs, [600_000])

    def test_a_press_at_work_brings_the_radio_for_one_life(self):
        self.start(Machine.PWRON_RESET)
        self.start(Machine.WDT_RESET)
        from firmware.board import Board

        Board.want_radio(None)
        self.assertEqual(self.start(Machine.HARD_RESET), "")
        self.assertTrue(sys.modules["boot"].radio)
        self.assertEqual(Rtc.kept, b"CT\x03")
        self.start(Machine.HARD_RESET)
        self.assertFalse(sys.modules["boot"].radio)

    def test_a_touch_at_the_start_brings_it_too(self):
        Pin.held_ms = 200
        self.start(Machine.PWRON_RESET)
        self.assertTrue(sys.modules["boot"].radio)

    def test_two_crashes_start_it_again_and_the_third_does_not(self):
        self.start(Machine.PWRON_RESET)
        self.assertEqual(self.start(Machine.WDT_RESET), "")
        self.assertEqual(self.start(Machine.HARD_RESET), "")
        self.assertEqual(self.start(Machine.WDT_RESET), "3 restarts without a healthy minute")

    def test_it_stays_so_however_many_follow(self):
        self.start(Machine.PWRON_RESET)
        for _ in range(300):
            why = self.start(Machine.WDT_RESET)
        self.assertEqual(why, "254 restarts without a healthy minute")

    def test_a_start_that_failed_leads_to_safe_mode_at_once(self):
        Rtc.kept = b"CT\xff"
        for _ in range(2):
            self.assertEqual(self.start(Machine.HARD_RESET), "the product does not start")
        self.assertEqual(self.start(Machine.PWRON_RESET), "")

    def test_a_persons_soft_resets_neither_count_nor_forget_nor_watch(self):
        self.start(Machine.PWRON_RESET)
        for _ in range(2):
            self.start(Machine.WDT_RESET)
        Machine.watchdog_ms = None
        for _ in range(9):
            self.assertEqual(self.start(Machine.SOFT_RESET), "")
        self.assertIsNone(Machine.watchdog_ms)
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


class Button(Starting):
    def files(self):
        names = ("settings.json", "settings.json.old", "settings.json.bad", "crash.txt")
        for name in names:
            with open(name, "w") as f:
                f.write("{}")

    def tearDown(self):
        for name in os.listdir():
            os.remove(name)

    def hold(self, duration_ms, cause=Machine.PWRON_RESET):
        self.files()
        Pin.held_ms = duration_ms
        return self.start(cause)

    def test_a_touch_is_nothing(self):
        self.assertEqual(self.hold(2900), "")
        self.assertEqual(set(Pin.shown), {1})
        self.assertEqual(len(os.listdir()), 4)

    def test_three_seconds_are_safe_mode(self):
        for cause in (Machine.PWRON_RESET, Machine.HARD_RESET):
            self.assertEqual(self.hold(3100, cause), "the button was held")
            self.assertEqual(self.hold(9900, cause), "the button was held")
        self.assertEqual(len(os.listdir()), 4)

    def test_ten_seconds_are_factory_settings_and_the_crash_is_still_known(self):
        self.assertEqual(self.hold(10_100), "")
        self.assertEqual(os.listdir(), ["crash.txt"])

    def test_a_flash_that_refuses_keeps_nobody_from_starting(self):
        os.mkdir("settings.json.d")
        try:
            os.mkdir("settings.json.d/x")
            self.assertEqual(self.hold(10_100), "")
            self.assertEqual(sorted(os.listdir()), ["crash.txt", "settings.json.d"])
        finally:
            os.rmdir("settings.json.d/x")
            os.rmdir("settings.json.d")

    def test_a_button_that_is_stuck_is_no_wish(self):
        self.assertEqual(self.hold(1_000_000), "")
        self.assertEqual(len(os.listdir()), 4)


class OddFiles(Counted):
    def test_whatever_the_files_say_it_starts(self):
        pins = b'{"board": "wrover", "ct": 25, "button": 21, "led": 2}'
        stored = b'{"version": 1, "settings": {"board": "nano_esp32", "limit_w": 4000}}'
        Machine.cause = Machine.SOFT_RESET
        sys.modules.pop("boot", None)
        sys.modules["time"] = Time()
        try:
            boot = __import__("boot")
        finally:
            sys.modules.pop("time")
        for _ in self.inputs("files before the start"):
            for name, data in (("pins.json", pins), ("settings.json", stored)):
                with open(name, "wb") as f:
                    f.write(odd(data))
            for words in ("ESP32", "Arduino Nano ESP32 with ESP32S3"):
                button, led, _ = boot.of_board(words)
                self.assertTrue(button is None or type(button) is int and 0 <= button <= 47)
                self.assertTrue(led in (None, 2, 21, 48))
        os.remove("pins.json")
        os.remove("settings.json")


class FailedStart(unittest.TestCase):
    def test_a_start_that_found_no_memory_not_even_for_its_last_words_ends_in_safe_mode(self):
        calls = []

        def no_memory(*_):
            calls.append("no memory")
            raise MemoryError

        with open(__import__("firmware").__path__ + "/../main.py") as f:
            source = f.read()
        sys.modules["firmware.board"] = None  # without a Board: the import fails
        Machine.reset = lambda self: calls.append("reset")
        try:
            exec(source, {"safe_mode": "", "open": no_memory})
        finally:
            sys.modules.pop("firmware.board")
        self.assertEqual(calls, ["no memory"] * 2 + ["reset"])  # for the list, and for the words
        self.assertEqual(Rtc.kept, b"CT\xff")


if __name__ == "__main__":
    unittest.main()
