"""`crash`: the last traceback."""

from firmware.device.ending import CRASH_FILE, SEEN_FILE

HELP = "crash", "the last traceback, seen or not"


def obey(parts, words):
    """The file, line by line; it may be long."""
    for name in (CRASH_FILE, SEEN_FILE):
        try:
            file = open(name)
        except OSError:
            continue
        yield name
        with file:
            for line in file:
                yield line.rstrip()
        return
    yield "No crash is known."
