"""How the product ends: silent, its last words kept for the next life. Clock domain: *second*."""

import sys

CRASH_FILE = "crash.txt"
SEEN_FILE = "crash_seen.txt"


class RestartWanted(Exception):  # noqa: N818 - no error: somebody asked for it
    """The product shall end in good order and start again."""


def remember(why, health):
    """Tell of a crash on the console and, for later, in a file; health: None before its start.

    One file with the last crash only: as long as one traceback, however often it happens.
    """
    sys.print_exception(why)
    if isinstance(why, RestartWanted):
        return
    try:
        with open(CRASH_FILE, "w") as f:
            if health:
                f.write("uptime %d.%03d s\n" % health.uptime())
            sys.print_exception(why, f)
    except OSError as full:  # worn or full: what matters is the restart
        print("%s is not written: %s" % (CRASH_FILE, full))


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
