"""Live views: told each second, dropped when they take nothing, in the way of nobody."""

import asyncio
import json
import unittest

from client import Visitor, WebCase

from firmware.views import api_live, web
from lib import http


class Stream(WebCase):
    def setUp(self):
        super().setUp()
        api_live.PERIOD_MS = 20
        api_live.PATIENCE_MS = 8000

    def test_the_status_comes_again_and_again_until_the_client_goes(self):
        client = Visitor(b"GET /api/stream HTTP/1.1\r\n\r\n", gone_after=12)
        asyncio.run(self.serve(client))
        _, headers, body = client.answer()
        self.assertEqual(headers["content-type"], "text/event-stream")
        events = [json.loads(line[6:]) for line in body.decode().split("\n\n")[:-1]]
        self.assertTrue(len(events) >= 3)
        self.assertEqual(web.viewers, [])

    def test_the_protocol_is_not_in_memory_while_there_are_only_views(self):
        client = Visitor(b"GET /api/stream HTTP/1.1\r\n\r\n", gone_after=12)
        asyncio.run(web.connected(self.parts, client))
        self.assertEqual(http.links, [])
        self.assertEqual((len(web.viewers), client.closed), (1, False))
        asyncio.run(self.serve(client))

    def test_who_comes_while_the_last_one_goes_is_told_once_a_second_too(self):
        class Slow(Visitor):
            async def wait_closed(self):
                await asyncio.sleep_ms(100)

        first = Slow(b"GET /api/stream HTTP/1.1\r\n\r\n")
        second = Visitor(b"GET /api/stream HTTP/1.1\r\n\r\n")

        async def watch():
            api_live.PERIOD_MS = 50
            await web.connected(self.parts, first)
            first.gone_after = 0
            await asyncio.sleep_ms(80)  # noticed, and being closed
            await web.connected(self.parts, second)
            await asyncio.sleep_ms(520)
            told = second.got.count(b"data: ")
            second.gone_after = 0
            await asyncio.sleep_ms(200)
            return told

        told = asyncio.run(watch())
        self.assertTrue(6 <= told <= 12, told)
        self.assertEqual(web.viewers, [])

    def test_a_view_for_whose_task_there_is_no_memory_leaves_its_place(self):
        viewer = Visitor(b"GET /api/stream HTTP/1.1\r\n\r\n")
        create_task, made = asyncio.create_task, []

        def short(coroutine):
            if made:  # the first is whoever looks after slow clients
                raise MemoryError
            made.append(create_task(coroutine))
            return made[0]

        asyncio.create_task = short
        try:
            asyncio.run(self.serve(viewer))
        finally:
            asyncio.create_task = create_task
        self.assertEqual(web.viewers, [])
        self.assertEqual(self.parts.health.last_words["web"], "out of memory for a client")

    def test_a_third_live_view_is_refused_and_a_closed_one_makes_room(self):
        viewers = [Visitor(b"GET /api/stream HTTP/1.1\r\n\r\n") for _ in range(3)]

        async def watch():
            for viewer in viewers:
                await web.connected(self.parts, viewer)
            open_now = len(web.viewers)
            viewers[0].gone_after = 0
            await asyncio.sleep(0.1)
            left = len(web.viewers)
            viewers[1].gone_after = 0
            await asyncio.sleep(0.1)
            return open_now, left

        self.assertEqual(asyncio.run(watch()), (2, 1))
        self.assertEqual(viewers[2].answer()[0], 503)
        self.assertEqual(web.viewers, [])

    def test_a_view_that_finds_no_memory_for_its_words_comes_again(self):
        viewer = Visitor(b"GET /api/stream HTTP/1.1\r\n\r\n")

        def short():
            raise MemoryError

        async def watch():
            await web.connected(self.parts, viewer)
            uptime, self.parts.health.uptime = self.parts.health.uptime, short
            await asyncio.sleep(0.1)
            self.parts.health.uptime = uptime
            told = viewer.writes
            await asyncio.sleep(0.1)
            self.assertTrue(viewer.writes > told)
            viewer.gone_after = 0
            await asyncio.sleep(0.1)

        asyncio.run(watch())
        self.assertEqual(viewer.closed, True)

    def test_a_live_view_that_takes_nothing_is_dropped_and_delays_no_other(self):
        api_live.PATIENCE_MS = 100
        asleep = Visitor(b"GET /api/stream HTTP/1.1\r\n\r\n", asleep=True)
        awake = Visitor(b"GET /api/stream HTTP/1.1\r\n\r\n")
        self.assertEqual(self.run_for(0.4, asleep, awake), 1)
        self.assertTrue(asleep.closed)
        self.assertEqual(self.parts.health.counters["web"], 2)  # later the other went, too
        self.assertTrue(awake.got.count(b"data: ") >= 8)

    def test_a_view_that_was_slow_for_a_moment_misses_some_and_stays(self):
        slow = Visitor(b"GET /api/stream HTTP/1.1\r\n\r\n")

        async def sleepy():
            task = asyncio.create_task(self.serve(slow))
            await asyncio.sleep_ms(50)
            slow.asleep = True
            await asyncio.sleep_ms(100)
            missed, held = slow.got.count(b"data: "), slow.out_buf.count(b"data: ")
            slow.asleep = False
            await asyncio.sleep_ms(100)
            self.assertEqual(held, 1)  # not one for each second of sleep
            self.assertTrue(slow.got.count(b"data: ") > missed + held)
            self.assertFalse(slow.closed)
            slow.gone_after = 0
            await task

        asyncio.run(sleepy())
        for event in slow.answer()[2].decode().split("\n\n")[:-1]:
            json.loads(event[6:])

    def test_a_network_that_is_full_for_a_moment_loses_no_view(self):
        class Short(Visitor):
            refusals = 0

            def write(self, data):
                if self.refusals:
                    self.refusals -= 1
                    raise OSError(12)  # ENOMEM, as lwIP says
                Visitor.write(self, data)

        viewer = Short(b"GET /api/stream HTTP/1.1\r\n\r\n")

        async def watch():
            task = asyncio.create_task(self.serve(viewer))
            await asyncio.sleep_ms(50)
            viewer.refusals = 2
            await asyncio.sleep_ms(150)
            self.assertFalse(viewer.closed)
            viewer.gone_after = 0
            await task

        asyncio.run(watch())
        self.assertTrue(viewer.got.count(b"data: ") >= 5)


if __name__ == "__main__":
    unittest.main()
