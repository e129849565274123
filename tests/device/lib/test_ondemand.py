"""Modules on demand: there inside the block, gone and freed after it."""

import asyncio
import gc
import sys
import unittest

from lib.ondemand import Module, folder

NAME = "firmware.views.api_settings"  # large


def in_use():
    gc.collect()
    gc.collect()
    return gc.mem_alloc()


class OnDemand(unittest.TestCase):
    def test_it_is_there_only_inside_the_block(self):
        with Module(NAME) as module:
            self.assertEqual(module.__name__, NAME)
            self.assertIn(NAME, sys.modules)
        self.assertFalse(NAME in sys.modules)
        self.assertFalse(hasattr(sys.modules["firmware.views"], "api_settings"))

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
        self.assertTrue(loaded - before > 1000, loaded - before)
        self.assertTrue(in_use() - before < 500, in_use() - before)

    def load(self):
        with Module(NAME):
            return in_use()


class FromRam(unittest.TestCase):
    """``async with``: the file is read in pieces, the loop turns in between."""

    def test_it_is_there_only_inside_the_block(self):
        async def use():
            async with Module(NAME) as module:
                self.assertEqual(module.__name__, NAME)
                self.assertIs(sys.modules[NAME], module)
            self.assertFalse(NAME in sys.modules)

        asyncio.run(use())

    def test_the_loop_turns_while_the_file_is_read(self):
        turns = 0

        async def turn():
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        async def use():
            other = asyncio.create_task(turn())
            async with Module(NAME):
                other.cancel()

        asyncio.run(use())
        self.assertTrue(turns > 5, turns)

    def test_two_at_once_share_one(self):
        async def use():
            async with Module(NAME) as module:
                await asyncio.sleep(0.01)
                self.assertIs(sys.modules[NAME], module)
                return module

        async def both():
            first, second = await asyncio.gather(use(), use())
            self.assertIs(first, second)

        asyncio.run(both())
        self.assertFalse(NAME in sys.modules)

    def test_what_it_imports_is_found_where_it_always_is(self):
        async def use():
            async with Module("firmware.inverter.scan"), Module("firmware.inverter.identify") as m:
                self.assertTrue(m.make_battery)

        asyncio.run(use())
        import firmware.inverter

        self.assertIn("firmware/inverter", firmware.inverter.__path__)

    def test_a_module_of_a_frozen_package_has_no_file_and_is_there_all_the_same(self):
        self.assertTrue(asyncio.__path__.startswith(".frozen"))
        name = "asyncio.lock"

        async def use():
            async with Module(name) as module:
                self.assertTrue(module.Lock)
                self.assertIn(name, sys.modules)
            self.assertFalse(name in sys.modules)

        self.assertFalse(name in sys.modules)
        asyncio.run(use())
        self.assertEqual(folder("asyncio"), "data/asyncio")

    def test_a_module_that_does_not_exist_is_named(self):
        async def use():
            async with Module("firmware.views.nothing"):
                pass

        with self.assertRaises(ImportError):
            asyncio.run(use())


if __name__ == "__main__":
    unittest.main()
