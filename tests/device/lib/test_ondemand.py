"""Modules on demand: there inside the block, gone and freed after it."""

import asyncio
import gc
import struct
import sys
import unittest
from binascii import crc32

import vfs

from lib import ondemand
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

    def test_who_must_be_ready_by_then_is_called_ahead_of_making_it(self):
        known = []
        ondemand.ahead = lambda: known.append(NAME in sys.modules)
        try:
            with Module(NAME):
                pass
            with Module("lib.ondemand"):  # is there
                pass
        finally:
            ondemand.ahead = None
        self.assertEqual(known, [False])

    def test_its_memory_comes_back(self):
        self.load()  # the first time names are interned, for good
        before = in_use()
        loaded = self.load()
        self.assertTrue(loaded - before > 1000, loaded - before)
        self.assertTrue(in_use() - before < 500, in_use() - before)

    def load(self):
        with Module(NAME):
            return in_use()


PARTS = {
    "firmware/views/packed.py": "import firmware.views.beside as beside\n# %s\n" % ("-" * 9000)
}
PARTS["firmware/views/beside.py"] = "VALUE = 7\n"
PARTS["firmware/views/loading.py"] = (
    "from lib.ondemand import load\nbeside = load('firmware.views.beside')\nAFTER = 8\n"
)


def make_pack(parts):
    """A pack as tools/board/pack.py makes it; modules in source, which are packed as well."""
    folders = ["firmware", "firmware/views"]
    names = folders + sorted(parts)
    start = -(-(4 + 4 * len(names)) // ondemand.UNIT)
    index, body = b"", b""
    for name in names:
        data = parts.get(name, "").encode()
        place = start + len(body) // ondemand.UNIT
        key = crc32(b"/" + name.encode())
        index += struct.pack(ondemand.ENTRY, key & 0xFFFF, place)
        body += struct.pack(ondemand.HEAD, key, len(data)) + data
        body += bytes(-len(body) % ondemand.UNIT)
    head = b"CT" + struct.pack("<H", len(names)) + index
    return head + bytes(start * ondemand.UNIT - len(head)) + body


class FromThePack(unittest.TestCase):
    """``async with``: the file is read in pieces, the loop turns in between."""

    def setUp(self):
        __import__("firmware.views")
        self.path, self.views = sys.path[:], sys.modules["firmware.views"].__path__
        with open("test.pack", "wb") as file:
            file.write(make_pack(PARTS))
        lib = sys.modules["lib"].__path__
        ondemand.mount("test.pack")
        # On a board all is compiled.
        self.kept = ondemand._ANY_PATH, ondemand._path_of
        ondemand._ANY_PATH = "/module.py"
        ondemand._path_of = lambda name: "/%s.py" % name.replace(".", "/")
        sys.modules["lib"].__path__ = lib  # all else comes from where it is in this test
        sys.modules["firmware.views"].__path__ = "/shelf/firmware/views"

    def tearDown(self):
        vfs.umount("/shelf")
        ondemand._pack = None
        ondemand._ANY_PATH, ondemand._path_of = self.kept
        sys.path[:] = self.path
        sys.modules["firmware.views"].__path__ = self.views
        sys.modules.pop("firmware.views.beside", None)
        Module._users.clear()
        Module._brought.clear()

    def test_a_module_and_what_it_imports_come_from_it(self):
        with Module("firmware.views.packed") as module:
            self.assertEqual(module.beside.VALUE, 7)
        self.assertFalse("firmware.views.packed" in sys.modules)

    def test_no_name_of_a_module_stays(self):
        with Module("firmware.views.beside") as beside:
            self.assertEqual(beside.__name__, "module")  # as each is called while it is made
            self.assertIs(ondemand.load("firmware.views.beside"), beside)
        self.assertFalse("module" in sys.modules)

    def test_one_that_is_loaded_by_another_while_that_is_made(self):
        with Module("firmware.views.loading") as outer:
            self.assertEqual((outer.beside.VALUE, outer.AFTER), (7, 8))
            self.assertFalse(hasattr(sys.modules["firmware.views"], "loading"))
            self.assertIs(outer.beside, sys.modules["firmware.views.beside"])
        self.assertFalse("module" in sys.modules)

    def test_what_it_loaded_goes_with_it_unless_somebody_else_has_it(self):
        with Module("firmware.views.loading"):
            pass
        self.assertFalse("firmware.views.beside" in sys.modules)
        with Module("firmware.views.beside") as mine:
            with Module("firmware.views.loading") as outer:
                self.assertIs(outer.beside, mine)
            self.assertIs(sys.modules["firmware.views.beside"], mine)
        self.assertFalse("firmware.views.beside" in sys.modules)

    def test_what_is_loaded_by_no_module_on_demand_stays(self):
        kept = ondemand.load("firmware.views.beside")
        with Module("firmware.views.loading"):
            pass
        self.assertIs(sys.modules["firmware.views.beside"], kept)

    def test_the_loop_turns_while_the_file_is_read(self):
        turns = 0

        async def turn():
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        async def use():
            other = asyncio.create_task(turn())
            ondemand._pack.stat("/firmware/views/packed.py")
            await ondemand._pack.fetch("/firmware/views/packed.py")
            before = turns
            with Module("firmware.views.packed"):
                self.assertEqual(turns, before)
            other.cancel()

        asyncio.run(use())
        self.assertTrue(turns > 15, turns)
        self.assertEqual(ondemand._pack.fetched, {})

    def test_two_who_want_it_at_once_leave_nothing_behind(self):
        async def use():
            async with Module("firmware.views.beside") as module:
                await asyncio.sleep(0.05)
                return module

        async def both():
            return await asyncio.gather(use(), use())

        first, second = asyncio.run(both())
        self.assertIs(first, second)
        self.assertEqual(first.VALUE, 7)
        self.assertEqual(ondemand._pack.fetched, {})
        self.assertFalse("firmware.views.beside" in sys.modules)

    def test_what_is_not_in_it_is_not_found(self):
        with self.assertRaises(OSError):
            ondemand._pack.stat("/firmware/views/nothing.mpy")
        with self.assertRaises(ImportError), Module("firmware.views.nothing"):
            pass

    def test_its_size_is_told_while_it_is_not_in_memory(self):
        name = "firmware.views.packed"
        told = ondemand.file_bytes(name)
        self.assertTrue(told > 0)
        with Module(name):
            self.assertEqual(ondemand.file_bytes(name), 0)
        self.assertEqual(ondemand.file_bytes(name), told)
        self.assertEqual(ondemand.file_bytes("firmware.views.nothing"), 0)

    def test_two_paths_whose_short_sums_are_alike_are_told_apart(self):
        one, other = pair = "firmware/views/x1878.py", "firmware/views/x10206.py"
        self.assertEqual(len({crc32(b"/" + path.encode()) & 0xFFFF for path in pair}), 1)
        with open("alike.pack", "wb") as file:
            file.write(make_pack({one: "first", other: "the second"}))
        with open("alike.pack", "rb") as file:
            pack = ondemand.Pack(file, "alike.pack")
            self.assertEqual([pack.stat("/" + path)[6] for path in pair], [5, 10])
        with open("alike.pack", "wb") as file:
            file.write(make_pack({one: "first"}))
        with open("alike.pack", "rb") as file:
            pack = ondemand.Pack(file, "alike.pack")
            with self.assertRaises(OSError):
                pack.stat("/" + other)

    def test_files_beside_modules_are_on_the_flash(self):
        self.assertEqual(folder("firmware.views"), "firmware/views")


class NoPack(unittest.TestCase):
    def test_what_is_no_pack_is_refused(self):
        with open("bad.pack", "wb") as file:
            file.write(b"no pack at all")
        with self.assertRaises(ValueError):
            ondemand.mount("bad.pack")
        ondemand.mount("there is none")
        self.assertTrue(ondemand._pack is None)


class InTurns(unittest.TestCase):
    """The same with ``async with``, without a pack."""

    def test_it_is_there_only_inside_the_block(self):
        async def use():
            async with Module(NAME) as module:
                self.assertEqual(module.__name__, NAME)
                self.assertIs(sys.modules[NAME], module)
            self.assertFalse(NAME in sys.modules)

        asyncio.run(use())

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
