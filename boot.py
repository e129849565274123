"""Decides whether the product starts: after three crashes in a row, or with the button held, not.

Runs first after power-on and reset. `safe_mode` is what main.py reads: "" or words that say why.
The crash counter lives in RTC memory: it survives resets, a power cut clears it.
"""

import machine

from firmware.board import RTC_MARK, pins

CRASHES = 3


def decide():
    """Count this start; why the product should not run, or ""."""
    if machine.Pin(pins().button, machine.Pin.IN, machine.Pin.PULL_UP).value() == 0:
        return "button held at start"
    if machine.reset_cause() == machine.SOFT_RESET:
        return ""  # a person's Ctrl-D or mpremote, which resets so before each of its commands
    memory = machine.RTC().memory()
    starts = memory[2] if memory[:2] == RTC_MARK and len(memory) == 3 else 0
    if machine.reset_cause() == machine.PWRON_RESET:
        starts = 0
    machine.RTC().memory(RTC_MARK + bytes((min(starts + 1, 255),)))
    return "" if starts < CRASHES else "%d restarts without a healthy minute" % starts


safe_mode = decide()
