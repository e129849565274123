"""Bad input by the thousand: bytes that suffered, values that nobody meant, and turns that count.

BATTERY_CT_LONG=1 takes 100,000 of each, BATTERY_CT_SEED another seed than 1. Modules that the
firmware loads on demand stay loaded for fifty inputs: here each is made from its source, which
takes nine tenths of the time and is not what is tried.
"""

import os
import random
import sys
import time
import unittest

from lib import ondemand

LONG = bool(os.getenv("BATTERY_CT_LONG"))
COUNT = 100_000 if LONG else 2000
SEED = int(os.getenv("BATTERY_CT_SEED") or 1)
VALUES = (None, True, False, 0, -1, 1e99, float("nan"), float("inf"), "", "on", "x" * 200, [], {})


def mutated(data, least=1):
    """The bytes with some changed, lost or doubled."""
    data = bytearray(data)
    for _ in range(random.randint(least, 6)):
        if not data:
            return b""
        at = random.randint(0, len(data) - 1)
        how = random.randint(0, 3)
        if how < 2:
            data[at] = random.randint(0, 255)
        elif how == 2:
            data = data[:at] + data[at + random.randint(1, 9) :]
        else:
            data = data[:at] + data[at : at + 20] + data[at:]
    return bytes(data)


DEEP = 900  # brackets, as many as a small file can hold and more than a board can count


def odd(data):
    """The text of a JSON object, hurt: as bytes, or as a value in a value's place."""
    how = random.randint(0, 9)
    if how < 6:
        return mutated(data)
    begin = data.find(b":", random.randint(0, len(data) - 1)) + 1
    ends = [at for at in (data.find(b",", begin), data.find(b"}", begin)) if at > 0]
    end = min(ends) if ends else len(data)
    value = random.choice(
        (b"null", b"-1", b"1e99", b"99999999999999999999", b'"\\u0000"', b"[]", b"{}", b"true")
    )
    if how == 9:
        depth = random.choice((3, 40, DEEP))
        value = random.choice(
            (b"[" * depth + b"]" * depth, b'{"a":' * depth + b"1" + b"}" * depth)
        )
    return data[:begin] + value + data[end:]


_LOADED_ANEW = 50  # inputs
_leave = ondemand.Module._leave
_stayed = {}  # name -> module


def _stay(block):
    """The end of a block that leaves its module where the next one finds it."""
    module = sys.modules.get(block._name)
    _leave(block)
    if module and block._name not in block._users:
        _stayed[block._name] = sys.modules[block._name] = module


def _let_go():
    for name, module in _stayed.items():
        if sys.modules.get(name) is module:
            del sys.modules[name]
    _stayed.clear()


class Counted(unittest.TestCase):
    def inputs(self, what, count=COUNT):
        """That many turns; none may take a second of the processor, however busy it is."""
        random.seed(SEED)
        slowest_s = 0
        ondemand.Module._leave = _stay
        try:
            for turn in range(count):
                if turn % _LOADED_ANEW == 0:
                    _let_go()
                begun_s = time.clock()
                yield
                slowest_s = max(slowest_s, time.clock() - begun_s)
        finally:
            ondemand.Module._leave = _leave
            _let_go()
        print("%s: %d inputs, seed %d, slowest %d ms" % (what, count, SEED, 1000 * slowest_s))
        self.assertTrue(slowest_s < 1)

    def valid(self, now):
        """Every setting in force is one that validation takes."""
        from firmware.device import settings_check, settings_table

        for row in settings_table.TABLE:
            value = getattr(now, row[0])
            self.assertEqual(settings_check.check(row[0], value), value)
