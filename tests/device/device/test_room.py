"""Where a view would make Python's heap grow into WiFi's, it is refused in words."""

import asyncio
import gc
import unittest

import parts as fake
from client import WebCase

from firmware.device import chip
from firmware.views import conversation, words
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
