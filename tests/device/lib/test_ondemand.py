"""Modules on demand: there inside the block, gone and freed after it."""

import gc
import sys
import unittest

from lib.ondemand import Module

NAME = "firmware.views.commands"  # large, and nobody imports it at the top


def in_use():
    gc.collect()
    gc.collect()
    return gc.mem_alloc()


class OnDemand(unittest.TestCase):
    def test_it_is_there_only_inside_the_block(self):
        with Module(NAME) as commands:
            self.assertTrue(callable(commands.obey))
            self.assertIn(NAME, sys.modules)
        self.assertFalse(NAME in sys.modules)
        self.assertFalse(hasattr(sys.modules["firmware"], "commands"))

    def test_an_inner_block_takes_nothing_from_an_outer_one(self):
        with Module(NAME) as outer:
            with Module(NAME) as inner:
                self.assertIs(inner, outer)
            self.assertIn(NAME, sys.modules)
        self.assertFalse(NAME in sys.modules)

    def test_a_module_that_somebody_keeps_stays(self):
        import firmware.views.status as kept

        with Module("firmware.views.status") as status:
            self.assertIs(status, kept)
        self.assertIn("firmware.views.status", sys.modules)

    def test_an_error_inside_drops_it_too(self):
        with self.assertRaises(ValueError), Module(NAME):
            raise ValueError
        self.assertFalse(NAME in sys.modules)

    def test_its_memory_comes_back(self):
        self.load()  # the first time names are interned, for good
        before = in_use()
        loaded = self.load()
        self.assertTrue(loaded - before > 3000, loaded - before)
        self.assertTrue(in_use() - before < 500, in_use() - before)

    def load(self):
        with Module(NAME):
            return in_use()


if __name__ == "__main__":
    unittest.main()
