"""Pins: each board has its own, the owner's are checked, and doubt drives none at all."""

import json
import os
import sys
import unittest

from firmware import board_pins

ESP32 = "Generic ESP32 module with ESP32"
SPIRAM = "Generic ESP32 module with SPIRAM with ESP32"
S3 = "Generic ESP32S3 module with ESP32S3"
OCTAL = "Generic ESP32S3 module with Octal-SPIRAM with ESP32S3"
NANO = "Arduino Nano ESP32 with ESP32S3"
OUTPUTS = ("ct", "clock", "word", "tx", "de", "led")


def named(pins):
    return {board_pins.FIELDS[k]: pins[k] for k in range(len(pins))}


class Flash(unittest.TestCase):
    def setUp(self):
        self.tearDown()

    def tearDown(self):
        for name in os.listdir():
            if name.startswith(("pins.json", "settings.json")):
                os.remove(name)

    def own(self, **pins):
        self.write("pins.json", json.dumps(pins))

    def write(self, name, text):
        with open(name, "w") as f:
            f.write(text)

    def refused(self, machine=ESP32, **settings):
        try:
            board_pins.choose(machine, settings)
        except board_pins.RefusedError as why:
            return str(why)
        raise AssertionError("nothing was refused")


class Known(Flash):
    def test_micropython_tells_which_board_it_is(self):
        for machine, name in (
            (ESP32, "devkit_wroom32"),
            (SPIRAM, "wrover"),
            (S3, "s3_devkitc"),
            (OCTAL, "s3_devkitc"),
            (NANO, "nano_esp32"),
        ):
            self.assertEqual(board_pins.choose(machine, {})[0], name)

    def test_a_setting_tells_where_it_cannot(self):
        self.assertEqual(board_pins.choose(S3, {"board": "nano_esp32"})[0], "nano_esp32")
        self.assertEqual(named(board_pins.choose(ESP32, {"board": "wrover"})[1])["rx"], 22)

    def test_a_board_of_another_chip_is_refused(self):
        words = self.refused(ESP32, board="nano_esp32")
        self.assertEqual(words, "board nano_esp32 has an ESP32S3, this is an ESP32")
        self.assertTrue("known: nano_esp32, s3_devkitc" in self.refused(S3, board="arduino"))
        words = self.refused("Generic ESP32C3 module with ESP32C3")
        self.assertEqual(words, "no pins are known for this chip")
        self.assertTrue("there is no board 7" in self.refused(S3, board=7))

    def test_the_pins_of_every_board_pass_the_checks_of_owners_pins(self):
        for board in board_pins.BOARDS:
            psram = board[0] == "wrover"
            for use, gpio in named(board[2]).items():
                self.assertEqual(board_pins.objection(use, gpio, board, psram), "")
            without_level = board[2][:-1]
            self.assertEqual(len(set(without_level)), len(without_level))

    def test_the_wrong_one_of_a_chip_never_drives_what_the_right_one_listens_to(self):
        """Settings can be lost: what then counts is the board that MicroPython says."""
        for right in board_pins.BOARDS:
            for wrong in board_pins.BOARDS:
                if right[1] == wrong[1]:
                    wired = named(right[2])
                    listens = [wired[use] for use in ("mains", "sense", "rx", "button")]
                    drives = [named(wrong[2])[use] for use in OUTPUTS]
                    self.assertEqual([gpio for gpio in drives if gpio in listens], [])

    def test_choices_of_the_setting_are_the_boards(self):
        from firmware.device import settings_table

        (choices,) = [row[2] for row in settings_table.TABLE if row[0] == "board"]
        self.assertEqual(choices, ("auto",) + tuple([board[0] for board in board_pins.BOARDS]))


class Own(Flash):
    def test_they_replace_those_of_the_board(self):
        self.own(tx=32, rx=33, de=None)
        name, pins = board_pins.choose(ESP32, {})
        self.assertEqual(name, "pins.json")
        wanted = named(board_pins.BOARDS[0][2])
        wanted.update(tx=32, rx=33, de=None)
        self.assertEqual(named(pins), wanted)

    def test_the_file_may_name_the_board_that_it_begins_with(self):
        self.own(board="nano_esp32", de=9)
        pins = named(board_pins.choose(S3, {"board": "s3_devkitc"})[1])
        self.assertEqual((pins["tx"], pins["de"]), (43, 9))

    def test_refused_with_the_reason(self):
        no_pin = "there is no such pin"
        starts = "its level at reset decides how the chip starts"
        for machine, use, gpio, words in (
            (ESP32, "ct", 34, "it is an input without pull-up"),
            (ESP32, "button", 39, "it is an input without pull-up"),
            (ESP32, "ct", 12, starts),
            (ESP32, "ct", 0, starts),
            (ESP32, "de", 2, starts),
            (ESP32, "rx", 5, starts),
            (ESP32, "de", 15, starts),
            (ESP32, "ct", 6, "the flash has it"),
            (ESP32, "de", 11, "the flash has it"),
            (SPIRAM, "tx", 17, "the PSRAM has it"),
            (ESP32, "mains", 4, "only GPIO 32 to 39 measure while WiFi is on"),
            (ESP32, "sense", 27, "only GPIO 32 to 39 measure while WiFi is on"),
            (ESP32, "tx", 1, "it carries the console"),
            (ESP32, "ct", 40, no_pin),
            (ESP32, "ct", -1, no_pin),
            (ESP32, "ct", 28, no_pin),
            (ESP32, "ct", 35, "it is an input without pull-up"),
            (ESP32, "ct", 27, None),  # of the word clock
            (ESP32, "word", 25, "ct has it already"),
            (ESP32, "rx", 17, "tx has it already"),
            (S3, "ct", 0, starts),
            (S3, "ct", 3, starts),
            (S3, "de", 45, starts),
            (S3, "rx", 46, starts),
            (S3, "mains", 11, "only GPIO 1 to 10 measure while WiFi is on"),
            (S3, "de", 26, "flash or PSRAM has it"),
            (OCTAL, "de", 35, "flash or PSRAM has it"),
            (S3, "de", 43, "it carries the console"),
            (S3, "de", 19, "it carries the console"),
            (S3, "de", 23, no_pin),
            (S3, "de", 49, no_pin),
            (S3, "led_on", 2, "give 0 or 1, the level at which the LED lights"),
        ):
            self.own(**{use: gpio})
            answer = self.refused(machine)
            if words:
                self.assertEqual(answer, "pins.json: %s at GPIO %d: %s" % (use, gpio, words))
        for values, words in (
            ({"ct": None}, "pins.json: ct at none: it must have a pin"),
            ({"ct": "25"}, "pins.json: ct at none: give the number of a GPIO, not '25'"),
            ({"ct": True}, "give the number of a GPIO, not True"),
            ({"ct": 25.5}, "give the number of a GPIO, not 25.5"),
            ({"relay": 4}, "pins.json: there is no use relay"),
            ({"board": "toaster"}, "there is no board toaster"),
        ):
            self.own(**values)
            self.assertTrue(words in self.refused(), (values, self.refused()))

    def test_a_wrover_that_only_the_setting_knows_keeps_its_psram_too(self):
        self.own(de=16)
        self.assertTrue("the PSRAM has it" in self.refused(ESP32, board="wrover"))

    def test_a_file_that_cannot_be_read_is_refused_and_not_passed_over(self):
        for text in ("", "{", "[25]", "\x00", '{"ct": 25}' + " " * 5000):
            self.write("pins.json", text)
            self.assertEqual(self.refused(), 'pins.json: not readable as {"use": GPIO, …}')


class Stored(Flash):
    def settings(self, name="settings.json", **values):
        self.write(name, json.dumps({"version": 1, "settings": values}))

    def test_without_a_file_there_are_none(self):
        self.assertEqual(board_pins.stored(), ({}, False))

    def test_the_file_or_the_copy_before_it(self):
        self.settings(board="wrover", radio=False)
        self.settings("settings.json.old", board="auto")
        self.assertEqual(board_pins.stored(), ({"board": "wrover", "radio": False}, True))
        self.write("settings.json", '{"settings"')
        self.assertEqual(board_pins.stored(), ({"board": "auto"}, False))

    def test_settings_that_nobody_has_accepted_are_not_whole(self):
        self.settings(radio=False)
        self.write("settings.json.bad", "")
        self.assertEqual(board_pins.stored(), ({"radio": False}, False))


class Hardware:
    """A chip that says what is asked of it."""

    PWRON_RESET, HARD_RESET, WDT_RESET, DEEPSLEEP_RESET, SOFT_RESET = range(5)
    asked = []

    def __getattr__(self, name):
        def make(*args, **more):
            Hardware.asked.append(name)
            return self

        return make


class OfTheBoard(Flash):
    def setUp(self):
        super().setUp()
        self.was = [(name, sys.modules.get(name)) for name in ("machine", "network", "esp32")]
        for name, _ in self.was:
            sys.modules[name] = Hardware()
        Hardware.IF_AP = 1
        Hardware.Pin = Hardware.WLAN = Hardware.I2S = Hardware()
        Hardware.asked = []
        sys.modules.pop("firmware.board", None)
        from firmware import board

        self.board = board
        board.machine, board.network = Hardware(), Hardware()

    def make(self, *args):
        for name in ("WLAN", "I2S", "UART", "Pin"):
            setattr(Hardware, name, Maker(name))
        return self.board.Board(*args)

    def settings(self, **values):
        self.write("settings.json", json.dumps({"version": 1, "settings": values}))

    def test_the_radio_comes_first_then_what_needs_the_chips_memory(self):
        made = self.make()
        asked = [name for name in Hardware.asked if name != "Pin"]
        self.assertEqual(asked, ["WLAN", "I2S", "UART"])
        self.assertEqual((made.objection, made.radio), ("", True))
        self.assertFalse("firmware.board_pins" in sys.modules and self.dropped())

    def dropped(self):
        """Whether it is in memory only because this file imports it."""
        return sys.modules["firmware.board_pins"] is not board_pins

    def test_pins_that_cannot_be_drive_nothing_and_say_why(self):
        self.own(ct=34)
        made = self.make(False, False, 2, 1)
        self.assertEqual(Hardware.asked, ["WLAN"])
        self.assertEqual(
            made.objection, "pins.json: ct at GPIO 34: it is an input without pull-up"
        )
        made.led(True)
        self.assertFalse(made.button_pressed())
        self.assertEqual(Hardware.asked, ["WLAN"])

    def test_safe_mode_has_radio_and_led_whatever_the_files_say(self):
        self.settings(radio=False)
        self.own(ct=34)
        made = self.make(False, True, 2, 1)
        self.assertEqual((made.objection, made.radio), ("", True))
        self.assertEqual(Hardware.asked, ["WLAN", "Pin"])

    def test_a_radio_that_is_off_takes_no_memory(self):
        self.settings(radio=False)
        self.assertFalse(self.make().radio)
        self.assertFalse("WLAN" in Hardware.asked)
        self.assertTrue(self.make(True).radio)

    def test_a_radio_whose_settings_are_in_doubt_is_on(self):
        self.settings(radio=False)
        self.write("settings.json.bad", "")
        self.assertTrue(self.make().radio)

    def test_its_ring_is_as_long_as_the_output_reckons(self):
        from firmware.signal import ct

        self.assertEqual(self.board.RING_BYTES, ct.BUFFERS * 1024)


class Maker:
    """A class of the chip's, in short."""

    IF_AP = IN = OUT = PULL_UP = TX = STEREO = 1

    def __init__(self, name):
        self.name = name

    def __call__(self, *_args, **_more):
        Hardware.asked.append(self.name)
        return self

    def active(self, _on):
        pass

    def value(self, *_level):
        return 1


if __name__ == "__main__":
    unittest.main()
