"""Decides how the board starts: the product, safe mode, or the product with factory settings.

Runs first after power-on and reset, and must do so whatever else on the flash is damaged: it
imports nothing of ours. `safe_mode` is what main.py reads: "" or words that say why. The crash
counter lives in RTC memory: it survives resets, a power cut clears it.
"""

import os
import sys
import time

import machine

CRASHES = 3
RTC_MARK = b"CT"  # then one byte: starts since the last healthy minute
FAILED = 255  # that byte after a start that ended before the product ran (main.py)
RETRY_MS = 600_000  # a board that hangs before main.py has its own watchdog is tried again
SAFE_MS, FACTORY_MS, STUCK_MS = 3000, 10_000, 20_000
# Button, LED and its level when lit, as in firmware/board.py, which may be the damaged file.
BUTTON, LED, LED_ON = (47, 48, 1) if "S3" in str(sys.implementation) else (0, 2, 1)


def held_ms():
    """How long the button is held; the LED is lit, blinks from 3 s on, flickers from 10 s on."""
    button = machine.Pin(BUTTON, machine.Pin.IN, machine.Pin.PULL_UP)
    passed_ms = 0
    while button.value() == 0 and passed_ms < STUCK_MS:
        period_ms = 800 if passed_ms < FACTORY_MS else 200
        lit = passed_ms < SAFE_MS or passed_ms % period_ms < period_ms // 2
        machine.Pin(LED, machine.Pin.OUT, value=LED_ON if lit else 1 - LED_ON)
        time.sleep_ms(50)
        passed_ms += 50
    return passed_ms


def to_factory_settings():
    """No settings, as delivered; what was measured and what crashed stays."""
    for name in os.listdir():
        if name.startswith("settings.json"):
            os.remove(name)


def decide():
    """Count this start; why the product should not run, or ""."""
    cause = machine.reset_cause()
    if cause == machine.SOFT_RESET:
        return ""  # a person's Ctrl-D or mpremote, which resets so before each of its commands
    machine.WDT(timeout=RETRY_MS)
    pressed_ms = held_ms()
    if SAFE_MS <= pressed_ms < FACTORY_MS:
        return "the button was held"
    if FACTORY_MS <= pressed_ms < STUCK_MS:
        to_factory_settings()
    memory = machine.RTC().memory()
    starts = memory[2] if memory[:2] == RTC_MARK and len(memory) == 3 else 0
    if cause == machine.PWRON_RESET:
        starts = 0
    if starts == FAILED:
        return "the product does not start"
    machine.RTC().memory(RTC_MARK + bytes((min(starts + 1, FAILED - 1),)))
    return "" if starts < CRASHES else "%d restarts without a healthy minute" % starts


safe_mode = decide()
