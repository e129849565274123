"""The interpreter's table of names, weighed apart from everything else.

Every name that a module brings is kept in RAM for good, in tables that double when they are full:
which module pays for a doubling is chance. So a measurement begins with a table that is wide
enough for the whole product, and the table itself is added afterwards from the number of names.
"""

import gc
import sys

ENTRY = 7 if sys.maxsize < 1 << 40 else 11  # bytes: pointer, hash of two, length
WIDE = 1280
_made = [0]  # names interned so far; each must be a new one


def _fill():
    """Intern new names until a table is opened; returns (names it took, entries of the table)."""
    gc.collect()
    gc.disable()
    try:
        for n in range(4 * WIDE):
            before = gc.mem_alloc()
            _made[0] += 1
            hasattr(0, "a name of no use %d" % _made[0])
            grown = gc.mem_alloc() - before
            if grown > 300 * ENTRY:
                return n, grown // ENTRY
    finally:
        gc.enable()
    raise MemoryError("no table was opened")


def widen():
    """Open a table with room for the whole product; returns its free entries."""
    entries = 0
    while entries < WIDE:
        entries = _fill()[1]
    return entries // 20 * 20 - 1


def used(free):
    """How many names came since `widen` said how many were free; opens the next table."""
    return free - _fill()[0]
