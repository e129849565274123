"""Starts the product, unless boot.py found a reason not to; a start that fails ends in safe mode.

Each file of the firmware may be damaged: nothing of it is imported outside a try, and where not
even safe mode can be had, the board says why, waits for its owner and tries again.
"""

import sys

import machine

START_MS = 20_000  # longer than the slowest start; the product tightens it
REPL_MS = 3_600_000
LAST_RESORT_S = 600

machine.WDT(timeout=START_MS)  # before the first file of ours is read


def damaged():
    """What of boot.py and its list of check sums is not as it was flashed, or "".

    boot.py compares all other files, with that list, which has boot.py itself as its last line.
    """
    import binascii

    name = "lib/modules.sums"
    try:
        with open(name) as sums:
            last = sums.read()[-17:]
        if last[8:] != " boot.py\n":
            return name
        with open("boot.py", "rb") as boot:
            return "" if last[:8] == "%08x" % binascii.crc32(boot.read()) else "boot.py"
    except (OSError, ValueError, MemoryError):  # a board of files has no list; else boot.py tells
        return ""


def start(why):
    """Run the product, or safe mode where there are words that say why."""
    from firmware.board import Board

    said = globals().get  # what boot.py found out, if it ran
    # The radio takes its memory before anything large is loaded.
    board = Board(said("radio", False), why != "", said("LED"), said("LED_ON", 1))
    why = why or board.objection
    if why:
        from firmware import safe_mode

        safe_mode.run(board, why)
    else:
        from firmware import app

        app.start(board)


def note(failure):
    """Show the traceback and keep it for safe mode's page."""
    sys.print_exception(failure)
    try:
        with open("crash.txt", "w") as f:
            sys.print_exception(failure, f)
    except (OSError, MemoryError):  # shown all the same
        pass


def last_resort():
    """Silent and reachable: the REPL is one Ctrl-C away; then another try."""
    import time

    print("Battery CT does not start, not even in safe mode. The output is off.")
    print("Ctrl-C for the REPL; flash it again; trying again in 10 minutes.")
    for _ in range(LAST_RESORT_S):
        time.sleep_ms(1000)
        machine.WDT(timeout=START_MS)


def main(why):
    """Start; whatever fails, a clean start into safe mode or another try follows."""
    try:
        start(why)
        return
    except Exception as failure:  # noqa: BLE001 - whatever is damaged must not be the end
        note(failure)
    if why:
        last_resort()
    machine.RTC().memory(b"CT" + bytes((0 if why else 255,)))  # as boot.py reads it
    machine.reset()


try:
    found = globals().get("safe_mode", "") or damaged()
    del damaged  # its work is done; the heap is the product's
    main(found)
except KeyboardInterrupt:
    machine.WDT(timeout=REPL_MS)
    print("Battery CT stopped at its start. Ctrl-D starts it again.")
