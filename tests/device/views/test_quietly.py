"""Nothing flows while the flash is written, whoever asks for it."""

import asyncio
import gc
import unittest

import parts as fake
from client import Screen, Visitor, WebCase
from shelf import Shelf

from firmware.policy import Target
from firmware.views import api_live, conversation, web, words
from firmware.views.parts import Parts
from firmware.views.quietly import quietly
from lib import ondemand

_RING_MS = 61.44


class Watched:
    """What a device was doing each time that its settings were saved."""

    def __init__(self, parts):
        self.parts = parts
        self.at_save = []  # (watts, milliseconds since it had others)
        self.flowed_ms = None
        parts.ct.commanded_w = 1500
        self._show = parts.ct.show
        parts.ct.show = self.show
        self._write = parts.settings.store.disk.write
        parts.settings.store.disk.write = self.write

    def show(self, watts, lock, ahead_deg=0):
        if self.parts.ct.commanded_w and not watts:
            self.flowed_ms = self.parts.clock.ms()
        self._show(watts, lock, ahead_deg)

    def write(self, *given):
        self.parts.ct.held = 30  # blocks that the chip stands still for
        silent_ms = -1 if self.flowed_ms is None else self.parts.clock.since_ms(self.flowed_ms)
        self.at_save.append((self.parts.ct.watts, silent_ms))
        return self._write(*given)


class Quietly(unittest.TestCase):
    def setUp(self):
        self.parts = fake.make()
        self.parts.ct.underruns = 5
        self.parts.ct.commanded_w = 800

    def run_(self, act, *given):
        return asyncio.run(quietly(self.parts, 0, act, *given))

    def test_what_was_done_is_done_at_zero_and_answered(self):
        def act(a, b):
            self.assertEqual(self.parts.ct.watts, 0)
            self.assertTrue(self.parts.hold.resting)
            self.parts.ct.held = 7
            return a + b

        began_ms = self.parts.clock.ms()
        self.assertEqual(self.run_(act, 3, 4), 7)
        self.assertTrue(self.parts.clock.since_ms(began_ms) > _RING_MS + 10.24 + 5)
        self.assertFalse(self.parts.hold.resting)

    def test_blocks_that_played_empty_meanwhile_were_meant(self):
        def act():
            self.parts.ct.held = 7

        self.run_(act)
        self.assertEqual(self.parts.ct.underruns, 5)
        self.assertEqual(self.parts.ct.held, 0)

    def test_it_goes_on_after_an_error(self):
        def act():
            self.parts.ct.held = 7
            raise ValueError("no")

        with self.assertRaises(ValueError):
            self.run_(act)
        self.assertFalse(self.parts.hold.resting)
        self.assertEqual(self.parts.ct.underruns, 5)

    def test_two_at_once_rest_until_both_are_through(self):
        parts, seen = self.parts, []

        async def slowly(ms):
            await asyncio.sleep(0.002 * ms)

        parts.clock.sleep_ms = slowly

        async def both():
            first = asyncio.create_task(quietly(parts, 0, lambda: seen.append(parts.hold.resting)))
            await asyncio.sleep(0.05)
            await quietly(parts, 0, lambda: seen.append(parts.hold.resting))
            await first

        asyncio.run(both())
        self.assertEqual(seen, [2, 1])
        self.assertFalse(parts.hold.resting)

    def test_a_test_power_outlives_it_and_is_waited_for(self):
        parts = self.parts
        parts.hold.start(2000, 5, parts.clock.ms())

        def act():
            parts.mains.locked = False
            self.assertFalse(parts.hold.ended_by(Target(0, "no mains lock")))

        async def sleep_ms(ms):
            parts.clock.pass_ms(ms)
            if parts.clock.since_ms(acted_ms) > 1500:
                parts.mains.locked = True

        acted_ms = parts.clock.ms()
        parts.clock.sleep_ms = sleep_ms
        self.run_(act)
        self.assertTrue(parts.mains.locked)
        self.assertTrue(parts.hold.left_s(parts.clock.ms()))
        self.assertTrue(parts.hold.ended_by(Target(0, "no mains lock")))  # as ever

    def test_mains_that_stays_away_is_waited_for_six_seconds(self):
        self.parts.hold.start(2000, 5, self.parts.clock.ms())
        began_ms = self.parts.clock.ms()
        self.parts.mains.locked = False
        self.run_(lambda: None)
        self.assertTrue(6000 < self.parts.clock.since_ms(began_ms) < 6300)


class Page(WebCase):
    def saves(self, path, body):
        watched = Watched(self.parts)
        self.assertEqual(self.post(path, body)[0], 200)
        self.assertTrue(watched.at_save)
        for watts, silent_ms in watched.at_save:
            self.assertEqual(watts, 0)
            self.assertTrue(silent_ms > _RING_MS + 10.24, silent_ms)

    def test_settings(self):
        self.saves("/api/settings", {"limit_w": 4000})

    def test_acceptance(self):
        self.parts.settings.now = self.parts.settings.now.judged(False)
        self.saves("/api/settings/accept", {})

    def test_mute(self):
        self.saves("/api/mute", {"muted": True})

    def test_a_test_power_saves_nothing_and_waits_for_nothing(self):
        watched = Watched(self.parts)
        self.post("/api/hold", {"watts": 500, "minutes": 1})
        self.assertEqual(watched.at_save, [])
        self.assertEqual(self.parts.ct.watts, 1500)


class Typed(unittest.TestCase):
    def obey(self, line):
        parts = fake.make()
        watched = Watched(parts)
        console = Screen(parts)
        asyncio.run(conversation.obey(console, words, line))
        return watched, console.shown

    def test_what_changes_something_does_so_at_zero(self):
        for line in ("settings limit_w 4000", "mute", "settings accept"):
            watched, shown = self.obey(line)
            self.assertTrue(shown)
            if line != "settings accept":
                self.assertTrue(watched.at_save, line)
            self.assertEqual(watched.parts.ct.watts, 0)
            for watts, silent_ms in watched.at_save:
                self.assertEqual(watts, 0)
                self.assertTrue(silent_ms > _RING_MS + 10.24, silent_ms)

    def test_who_only_looks_changes_nothing(self):
        for line in ("settings", "settings limit_w", "profiles", "scan cancel", "home"):
            watched, shown = self.obey(line)
            self.assertEqual(watched.at_save, [])
            self.assertEqual(watched.parts.ct.watts, 1500, line)


class Views(WebCase):
    """Live views are ended where they are in the way, and only there."""

    def setUp(self):
        super().setUp()
        self.spare = 10_000  # as long as there is a view
        self.parts = Parts(*self.parts[:-1], self)
        api_live.PERIOD_MS = 20
        self.parts.clock.sleep_ms = self.sleep_ms

    def tearDown(self):
        api_live.PERIOD_MS = 1000

    async def sleep_ms(self, ms):
        await asyncio.sleep(ms / 10_000)  # the fake clock's own does not let others work

    def system_heap(self):
        return 30_000, gc.mem_free() - (self.spare if web.viewers else 40_000), 20_000

    async def change(self, view):
        task = asyncio.create_task(self.serve(view))
        while not web.viewers:
            await asyncio.sleep(0)
        await quietly(self.parts, 0, lambda: self.parts.settings.change(limit_w=4000))
        still = list(web.viewers)
        view.gone_after = 0
        await task
        return still

    def test_one_that_is_in_the_way_is_ended_and_may_come_again(self):
        view = Visitor(b"GET /api/stream HTTP/1.1\r\n\r\n")
        self.assertEqual(asyncio.run(self.change(view)), [])
        self.assertEqual(self.parts.settings.now.limit_w, 4000)
        self.assertTrue(view.closed)
        self.assertIn(b"retry: ", view.got)
        self.assertEqual(api_live._telling, [])

    def test_an_answer_that_has_no_room_ends_it_too(self):
        async def ask(view):
            task = asyncio.create_task(self.serve(view))
            while not web.viewers:
                await asyncio.sleep(0)
            ondemand._pack = Shelf({"firmware.views.api_log": 3000})
            other = Visitor(b"GET /api/log HTTP/1.1\r\n\r\n")
            try:
                await self.serve(other)
            finally:
                ondemand._pack = None
            await task
            return other.answer()[0]

        view = Visitor(b"GET /api/stream HTTP/1.1\r\n\r\n")
        self.assertEqual(asyncio.run(ask(view)), 200)
        self.assertIn(b"retry: ", view.got)

    def test_one_that_is_not_stays(self):
        self.spare = 30_000
        view = Visitor(b"GET /api/stream HTTP/1.1\r\n\r\n")
        self.assertEqual(len(asyncio.run(self.change(view))), 1)
        self.assertEqual(self.parts.settings.now.limit_w, 4000)
        self.assertFalse(b"retry: " in view.got)
