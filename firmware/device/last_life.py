"""How the life before this one ended: a fault that stands until a person has seen it.

In memory at the start and when somebody says `seen`. Clock domain: *second*.
"""

import os

from micropython import const

from firmware.device.ending import CRASH_FILE, SEEN_FILE

_FAULT = const("last life")
_LONGEST = const(2000)  # of the traceback's end; its last line says what happened


def tell(cause, health):
    """Raise the fault if the last life ended badly. cause: the reset's, in board.py's words."""
    last = _last_line()
    if not last and cause == "watchdog":
        last = "the watchdog restarted the device: everything stood still"
        try:
            with open(CRASH_FILE, "w") as f:  # a power cut must not hide it
                f.write(last + "\n")
        except OSError:  # said in this life all the same
            pass
    if last:
        health.fault(_FAULT, "%s (%s)" % (last, CRASH_FILE))


def seen(health):
    """A person knows: the fault is over, the file stays under another name."""
    try:
        os.rename(CRASH_FILE, SEEN_FILE)
    except OSError:  # there is none, or the flash refuses: then it is told again
        pass
    health.clear(_FAULT)


def _last_line():
    try:
        with open(CRASH_FILE, "rb") as f:
            f.seek(max(0, os.stat(CRASH_FILE)[6] - _LONGEST))
            lines = f.read(_LONGEST).decode().strip().split("\n")
    except (OSError, UnicodeError):
        return ""
    return lines[-1][:120]
