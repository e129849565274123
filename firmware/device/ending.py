"""How the product ends: silent, its last words kept for the next life. Clock domain: *second*."""

import sys

CRASH_FILE = "crash.txt"


def remember(why, health):
    """Tell of a crash on the console and, for later, in a file; health: None before its start."""
    sys.print_exception(why)
    with open(CRASH_FILE, "w") as f:
        if health:
            f.write("uptime %d.%03d s\n" % health.uptime())
        sys.print_exception(why, f)


def silence(board, ct):
    """Stop the current without a pulse, then everything that could call us back.

    Ctrl-C again does not cut it short: some tools send it twice.
    """
    while True:
        try:
            ct.stop()
            board.stop_sampling()
            return
        except KeyboardInterrupt:  # once more from the start
            pass
