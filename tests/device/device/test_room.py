"""Where a view would make Python's heap grow into WiFi's, it is refused in words."""

import asyncio
import gc
import unittest

import parts as fake
from client import Others, Screen, WebCase
from shelf import Shelf

from firmware.views import conversation, room, words
from firmware.views.parts import Parts
from lib import ondemand


class Board:
    """Python's heap has `spare` bytes left, the system a block of which it could take all."""

    def __init__(self, spare):
        self.spare = spare

    def system_heap(self):
        return 30_000, gc.mem_free() - self.spare, 20_000


class Room(unittest.TestCase):
    def make(self, board):
        asyncio.run(room.make(Parts(*fake.make()[:-1], board)))

    def test_little_is_refused(self):
        with self.assertRaises(MemoryError):
            self.make(Board(-100_000))

    def test_plenty_is_not_nor_a_device_without_a_board(self):
        self.make(Board(100_000))
        self.make(None)

    def test_others_have_their_turn_between_a_look_and_a_collection(self):
        """Each takes some milliseconds of a chip."""
        others = Others()
        turns = others.turns

        class Seen(Board):
            def system_heap(self):
                turns.append("look")
                return super().system_heap()

        with self.assertRaises(MemoryError):
            asyncio.run(others.beside(room.make(Parts(*fake.make()[:-1], Seen(5000)))))
        first = turns.index("look")
        second = turns.index("look", first + 1)
        self.assertTrue(turns[first:second].count("other") >= 2, turns[:20])


class Page(WebCase):
    def test_a_phone_is_told_to_wait(self):
        self.parts = Parts(*self.parts[:-1], Board(-100_000))
        self.assertEqual(self.get("/api/status")[0], 503)
        self.parts.board.spare = 100_000
        self.assertEqual(self.get("/api/status")[0], 200)


class Loaded(WebCase):
    """Each module of an answer wants room by what its file holds."""

    def setUp(self):
        super().setUp()
        self.parts = Parts(*self.parts[:-1], Board(15_000))
        ondemand._pack = Shelf({"firmware.views.api_log": 1000, "firmware.views.api_status": 4000})

    def tearDown(self):
        ondemand._pack = None

    def test_the_larger_a_module_the_more_room_it_asks_for(self):
        self.assertEqual(self.get("/api/log")[0], 200)
        self.assertEqual(self.get("/api/status")[0], 503)

    def test_a_step_that_has_no_room_is_refused_and_changes_nothing(self):
        self.parts.hold.start(2000, 5, self.parts.clock.ms())
        self.parts.inverter.latest = fake.reading(1500, 0)
        status, body = self.post("/api/calibrate", {"watts": "1960"})
        self.assertEqual(status, 503)
        self.assertIn("memory", str(body))
        self.assertFalse(self.parts.hold.lead_deg)
        self.parts.board.spare = 100_000
        self.assertEqual(self.post("/api/calibrate", {"watts": "1960"})[0], 200)
        self.assertTrue(self.parts.hold.lead_deg)

    def test_another_answer_is_waited_for(self):
        board, clock = self.parts.board, self.parts.clock
        board.spare = 2000
        began_ms = clock.ms()

        async def sleep_ms(ms):
            clock.pass_ms(ms)
            if clock.since_ms(began_ms) >= 2000:
                board.spare = 20_000  # the other one is through

        clock.sleep_ms = sleep_ms
        self.assertEqual(self.get("/api/log")[0], 200)
        self.assertTrue(2000 <= clock.since_ms(began_ms) < 2200)

    def test_nobody_is_waited_for_longer_than_some_seconds(self):
        self.parts.board.spare = 2000
        began_ms = self.parts.clock.ms()
        self.assertEqual(self.get("/api/log")[0], 503)
        self.assertTrue(4000 <= self.parts.clock.since_ms(began_ms) < 6000)


class Typed(unittest.TestCase):
    def test_a_command_is_refused_in_words_and_works_afterwards(self):
        parts = fake.make()
        console = Screen(Parts(*parts[:-1], Board(-100_000)))
        asyncio.run(conversation.obey(console, words, "mute"))
        self.assertIn("Too little memory", console.shown)
        self.assertFalse(parts.settings.now.muted)
        console.parts.board.spare = 100_000
        asyncio.run(conversation.obey(console, words, "mute"))
        self.assertTrue(parts.settings.now.muted)
