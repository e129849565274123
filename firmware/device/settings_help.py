"""What each setting means, for the form and for `settings NAME`: lines of settings_help.txt.

In the order of the table, one in memory at a time. Clock domain: *second*.
"""

from lib.ondemand import folder

WORDS = folder("firmware.device") + "/settings_help.txt"


def meanings():
    """Yield what each setting means."""
    with open(WORDS) as lines:
        for line in lines:
            yield line.split(": ", 1)[1].rstrip()


def meaning(number):
    """What one of them means, by its place in the table; the first is 0."""
    words = meanings()
    for _ in range(number):
        next(words)
    return next(words)
