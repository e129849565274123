"""Where a view would make Python's heap grow into WiFi's, it is refused in words."""

import asyncio
import gc
import unittest

import parts as fake
from client import WebCase

from firmware.device import chip
from firmware.views import conversation, httpd, words
from firmware.views.parts import Parts


class Board:
    """Python's heap has `spare` bytes left, the system a block of which it could take all."""

    def __init__(self, spare):
        self.spare = spare

    def system_heap(self):
        return 30_000, gc.mem_free() - self.spare, 20_000


class Room(unittest.TestCase):
    def test_little_is_refused(self):
        with self.assertRaises(MemoryError):
            chip.ensure_room(Board(-100_000))

    def test_plenty_is_not_nor_a_device_without_a_board(self):
        chip.ensure_room(Board(100_000))
        chip.ensure_room(None)


class Page(WebCase):
    def test_a_phone_is_told_to_wait(self):
        self.parts = Parts(*self.parts[:-1], Board(-100_000))
        self.assertEqual(self.get("/api/status")[0], 503)
        self.parts.board.spare = 100_000
        self.assertEqual(self.get("/api/status")[0], 200)


class Loaded(WebCase):
    """`_load` in firmware/views/httpd.py, told by what a module's file holds."""

    def setUp(self):
        super().setUp()
        self.wanted = []
        self.limit = 100_000
        self.sizes = {}
        self.before = chip.ensure_room, httpd.size
        chip.ensure_room, httpd.size = self.ensure_room, lambda name: self.sizes.get(name, 100)

    def tearDown(self):
        chip.ensure_room, httpd.size = self.before

    def ensure_room(self, _board, wanted=0):
        self.wanted.append(wanted)
        if wanted > self.limit:
            raise MemoryError("too little memory for that now")

    def test_the_larger_a_module_the_more_room_it_asks_for(self):
        self.sizes["firmware.views.api_settings"] = 5000
        self.get("/api/settings")
        self.assertTrue(max(self.wanted) >= 15_000, self.wanted)
        self.assertTrue(min(self.wanted) < 10_000, self.wanted)

    def test_a_change_that_has_no_room_is_refused_and_changes_nothing(self):
        self.limit = 12_000
        self.assertEqual(self.get("/api/settings")[0], 200)
        status, body = self.post("/api/settings", {"limit_w": 4321})
        self.assertEqual(status, 503)
        self.assertIn("memory", str(body))
        self.assertNotEqual(self.parts.settings.now.limit_w, 4321)
        self.limit = 100_000
        self.assertEqual(self.post("/api/settings", {"limit_w": 4321})[0], 200)
        self.assertEqual(self.parts.settings.now.limit_w, 4321)


class Console:
    def __init__(self, parts):
        self.parts = parts
        self.shown = ""

    async def show(self, text):
        self.shown += text


class Typed(unittest.TestCase):
    def test_a_command_is_refused_in_words_and_works_afterwards(self):
        parts = fake.make()
        console = Console(Parts(*parts[:-1], Board(-100_000)))
        asyncio.run(conversation.obey(console, words, "mute"))
        self.assertIn("Too little memory", console.shown)
        self.assertFalse(parts.settings.now.muted)
        console.parts.board.spare = 100_000
        asyncio.run(conversation.obey(console, words, "mute"))
        self.assertTrue(parts.settings.now.muted)
