"""Decides how the board starts: the product, safe mode, or the product with factory settings.

Runs first after power-on and reset, and must do so whatever else on the flash is damaged: it
relies on nothing of ours. main.py reads `safe_mode`: "" or words that say why, and `radio`:
whether the button asks for it. The crash counter lives in RTC memory: it survives resets, a power
cut clears it.
"""

import binascii
import json
import os
import sys
import time

import machine

CRASHES = 3
RTC_MARK = b"CT"  # then one byte: starts since the last healthy minute; RADIO: for this one
RADIO = b"R"
FAILED = 255  # that byte after a start that ended before the product ran (main.py)
RETRY_MS = 600_000  # a board that hangs before main.py has its own watchdog is tried again
SAFE_MS, FACTORY_MS, STUCK_MS = 3000, 10_000, 20_000
PACK = "lib/modules.pack"
SUMS = "lib/modules.sums"  # of each file that `make flash` has put there: CRC-32, name


def stored(name):
    """The JSON object in a small file, {} where there is none to be read."""
    try:
        with open(name) as file:
            values = json.loads(file.read(4096))
            return values if isinstance(values, dict) else {}
    except (OSError, ValueError):  # the product tells
        return {}


def of_board(words):
    """(button, LED, its level when lit) as in firmware/board_pins.py, which may be damaged.

    None: there is none, or, for the LED, own pins that nobody has checked yet.
    """
    own, settings = stored("pins.json"), stored("settings.json").get("settings")
    name = own.get("board") or (isinstance(settings, dict) and settings.get("board"))
    s3 = "S3" in words
    button, led = (0, 21) if s3 else (0, 2)
    if s3 and (name == "nano_esp32" or "Nano" in words and name != "s3_devkitc"):
        button, led = 47, 48
    if "button" in own:
        button = own["button"]
        free = range(19) if s3 else (0, 4, 13, 14, 18, 19, 21, 22, 23, 25, 26, 27, 32, 33)
        if type(button) is not int or button not in free:  # for 4.0 and false are in there, too
            button = None  # nothing is asked of a pin that may be the flash's
    return button, led if set(own) <= {"board"} else None, 1


def held_ms():
    """How long the button is held; the LED is lit, blinks from 3 s on, flickers from 10 s on."""
    if BUTTON is None:
        return 0
    button = machine.Pin(BUTTON, machine.Pin.IN, machine.Pin.PULL_UP)
    passed_ms = 0
    while button.value() == 0 and passed_ms < STUCK_MS:
        period_ms = 800 if passed_ms < FACTORY_MS else 200
        lit = passed_ms < SAFE_MS or passed_ms % period_ms < period_ms // 2
        if LED is not None:
            machine.Pin(LED, machine.Pin.OUT, value=LED_ON if lit else 1 - LED_ON)
        time.sleep_ms(50)
        passed_ms += 50
    return passed_ms


def to_factory_settings():
    """No settings, as delivered; what was measured and what crashed stays.

    In this order the power may fail at any time: old settings, none, or a loss that is told.
    """
    for ending in (".seen", ".old", ".new", "", ".bad"):
        try:
            os.remove("settings.json" + ending)
        except OSError:  # there is none, or it cannot go: the others do
            pass


def decide():
    """Count this start; (why the product should not run or "", whether the radio is asked for)."""
    cause = machine.reset_cause()
    if cause == machine.SOFT_RESET:
        return "", False  # a person's Ctrl-D or mpremote, which resets before each of its commands
    pressed_ms = held_ms()
    if SAFE_MS <= pressed_ms < FACTORY_MS:
        return "the button was held", True
    if FACTORY_MS <= pressed_ms < STUCK_MS:
        to_factory_settings()
    memory = machine.RTC().memory()
    ours = memory[:2] == RTC_MARK and memory[3:] in (b"", RADIO)
    starts = memory[2] if ours and len(memory) > 2 else 0
    radio = 0 < pressed_ms < STUCK_MS or ours and memory[3:] == RADIO
    if cause == machine.PWRON_RESET:
        starts = 0
    if starts == FAILED:
        return "the product does not start", radio
    machine.RTC().memory(RTC_MARK + bytes((min(starts + 1, FAILED - 1),)))
    return "" if starts < CRASHES else "%d restarts without a healthy minute" % starts, radio


def damaged():
    """A file that is not, to the bit, as it was flashed, or "": a bit may be a number, and a wrong
    number a wrong current."""
    piece, name = bytearray(2048), SUMS
    try:
        os.stat(PACK)
    except OSError:  # the modules are files, or frozen
        return ""
    try:
        with open(SUMS) as sums:
            for line in sums:
                wanted, name = line.split()
                crc = 0
                with open(name, "rb") as file:
                    while count := file.readinto(piece):
                        crc = binascii.crc32(memoryview(piece)[:count], crc)
                if "%08x" % crc != wanted:
                    return name
    except (OSError, ValueError):  # a file is gone, or the list is no list
        return name
    return ""


watched = machine.reset_cause() != machine.SOFT_RESET
if watched:
    machine.WDT(timeout=RETRY_MS)  # before any file is read
BUTTON, LED, LED_ON = of_board(str(sys.implementation))
safe_mode, radio = decide()
if not safe_mode:  # which needs no file but its own
    if watched:
        machine.WDT(timeout=20_000)  # a file that was cut hangs the loader
    safe_mode = damaged()
    if safe_mode:
        print(safe_mode, "on the flash is damaged: flash it again")  # main.py may be the one
    if safe_mode not in (PACK, SUMS, "lib/ondemand.mpy"):  # the pack has a copy of the others
        try:
            from lib import ondemand

            ondemand.mount()
        except Exception as why:  # noqa: BLE001 - the product's start will tell more
            print("modules.pack:", why)
    if watched:
        machine.WDT(timeout=RETRY_MS)  # long enough to flash a board that has no main.py
if __name__ == "__main__":  # their work is done; the heap is the product's
    del stored, of_board, held_ms, to_factory_settings, decide, damaged, watched
