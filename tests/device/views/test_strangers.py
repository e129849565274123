"""Whoever connects, the device stays well, its owner gets through, and no other site steers it."""

import asyncio
import json
import unittest

import parts as fake
from client import Visitor, WebCase

from firmware.views import api_live, web
from firmware.views.parts import Parts
from lib import http, http_request


class Guard(WebCase):
    def test_under_a_foreign_name_nothing_is_told_or_done(self):
        for name in ("evil.example", "evil.example:80", "4.3.2.1.evil.example"):
            status, _, body = self.get("/api/status", "Host: %s\r\n" % name)
            self.assertEqual(status, 403)
            self.assertIn("evil", json.loads(body)["error"])
            self.assertEqual(self.get("/", "Host: %s\r\n" % name)[0], 302)

    def test_another_sites_page_steers_nothing(self):
        head = "POST /api/release HTTP/1.1\r\nHost: 4.3.2.1\r\n%s\r\n"
        kind = "Content-Type: application/json\r\n"
        for headers, status in (
            ("", 415),
            ("Content-Type: text/plain\r\n", 415),
            (kind + "Origin: http://evil.example\r\n", 403),
            (kind + "Origin: null\r\n", 403),
            (kind + "Origin: http://4.3.2.1\r\n", 200),
            (kind, 200),
        ):
            self.assertEqual(self.exchange((head % headers).encode())[0], status)

    def test_a_link_or_a_picture_steers_nothing(self):
        """What another site can make a browser fetch without asking is GET, with any query."""
        from firmware.views import httpd

        before = self.parts.settings.now
        for topic in httpd._TOPICS:
            if topic != "stream":
                status = self.get("/api/%s?muted=true&watts=2000&use=own&undo=1" % topic)[0]
                self.assertTrue(status in (200, 405), topic)
        self.assertEqual(self.parts.settings.now, before)
        self.assertEqual(self.parts.hold.left_s(self.parts.clock.ms()), 0)
        self.assertEqual(self.parts.inverter.scan.calls, [])

    def test_no_answer_tells_a_password_but_the_one_that_is_for_the_next_phone(self):
        from firmware.views import httpd

        self.parts.settings.change(password="the owner's own")
        for topic in httpd._TOPICS:
            if topic not in ("stream", "wifi"):  # wifi: for the next phone, from one that knows it
                body = self.get("/api/" + topic)[2]
                self.assertFalse(b"the owner's own" in body)
        wrong = self.post("/api/settings", {"password": "another one", "old_password": "guess"})
        self.assertEqual(wrong[0], 400)
        self.assertFalse("the owner's own" in json.dumps(wrong[1]))

    def test_nobody_may_frame_it(self):
        for path in ("/", "/api/status", "/api/nothing"):
            _, headers, _ = self.get(path)
            self.assertEqual(headers["x-frame-options"], "DENY")
            self.assertIn("frame-ancestors 'none'", headers["content-security-policy"])


class Strangers(WebCase):
    def setUp(self):
        super().setUp()
        http.PATIENCE_MS = 8000
        api_live.PATIENCE_MS = 8000
        api_live.PERIOD_MS = 20

    def run_for(self, seconds, *clients):
        """(places taken, tasks' ends) after so many seconds with these clients, one by one."""

        async def all_of_them():
            tasks = []
            for client in clients:
                tasks.append(asyncio.create_task(self.serve(client)))
                await asyncio.sleep(0)
            await asyncio.sleep(seconds)
            open_now = len(http.links) + len(web.viewers)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for client in clients:
                client.gone_after = 0
            while web.viewers:
                await asyncio.sleep_ms(api_live.PERIOD_MS)
            return open_now

        return asyncio.run(all_of_them())

    def test_noise_is_refused_without_a_word_on_the_console(self):
        for noise in (
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n",
            b"GET\r\n\r\n",
            b"GET / nonsense\r\n\r\n",
            b"GET http://4.3.2.1/ HTTP/1.1\r\n\r\n",
            b"GET  HTTP/1.1\r\n\r\n",
            b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
            b"GET / HTTP/1.1\r\n\xff: y\r\n\r\n",
            b"POST /api/hold HTTP/1.1\r\nContent-Length: many\r\n\r\n",
            b"POST /api/hold HTTP/1.1\r\nContent-Length: -5\r\n\r\n{}",
            b"POST /api/hold HTTP/1.1\r\nContent-Length: 100\r\n\r\n{}",
            b"GET / HTTP/1.1\r\nHost: half",
        ):
            self.assertEqual(self.exchange(noise)[0], 400)

    def test_a_request_without_end_is_cut_off(self):
        self.assertEqual(self.exchange(b"GET /" + b"a" * 9000)[0], 413)
        many = b"".join([b"X-%d: y\r\n" % n for n in range(999)])
        self.assertEqual(self.exchange(b"GET / HTTP/1.1\r\n" + many)[0], 413)

    def test_a_body_too_long_is_refused(self):
        for length in (http_request.BODY_BYTES + 1, 10**12):
            head = b"POST /api/settings HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % length
            self.assertEqual(self.exchange(head + b"x" * 2000)[0], 413)

    def test_a_request_may_come_in_any_pieces(self):
        body = b'{"watts": 100, "minutes": 1}'
        head = b"POST /api/hold HTTP/1.1\r\nContent-Type: application/json\r\n"
        sent = head + b"Content-Length: %d\r\n\r\n" % len(body) + body

        class Slow(Visitor):
            async def read(self, count):
                return await Visitor.read(self, 1)

        self.parts.inverter.latest = fake.reading(1500, 0)
        client = Slow(sent)
        asyncio.run(self.serve(client))
        self.assertEqual(client.answer()[0], 200)

    def test_a_connection_opened_in_advance_is_closed_quietly(self):
        self.assertIsNone(self.exchange(b""))
        self.assertEqual(self.parts.health.counters, {})

    def test_a_client_that_says_nothing_is_not_waited_for(self):
        http.PATIENCE_MS = 50
        silent = Visitor(None)
        self.assertEqual(self.run_for(0.3, silent), 0)
        self.assertTrue(silent.closed)

    def test_a_client_that_takes_nothing_is_dropped(self):
        http.PATIENCE_MS = 50
        asleep = Visitor(b"GET /api/status HTTP/1.1\r\n\r\n", asleep=True)
        self.assertEqual(self.run_for(0.3, asleep), 0)
        self.assertTrue(asleep.closed)
        self.assertEqual(self.parts.health.last_words["web"], "too slow")

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

    def test_a_view_waits_while_the_network_needs_the_last_of_its_memory(self):
        """And one that takes nothing is dropped all the same: it may be what holds that memory."""

        class Board:
            free = 6000

            def system_heap(self):
                return self.free, 0, 0

        board = Board()
        self.parts = Parts(*self.parts[:-1], board)
        viewers = [Visitor(b"GET /api/stream HTTP/1.1\r\n\r\n") for _ in range(2)]

        async def watch():
            tasks = [asyncio.create_task(self.serve(viewer)) for viewer in viewers]
            await asyncio.sleep_ms(50)
            board.free = 5999
            await asyncio.sleep_ms(30)
            before = viewers[0].got
            await asyncio.sleep_ms(60)
            self.assertEqual((viewers[0].got, viewers[0].closed), (before, False))
            board.free = None  # a board that does not know
            await asyncio.sleep_ms(60)
            self.assertTrue(len(viewers[0].got) > len(before))
            api_live.PATIENCE_MS = 40
            board.free = 100
            await asyncio.gather(*tasks)

        asyncio.run(watch())
        self.assertEqual(self.parts.health.last_words["web"], "too slow")

    def test_the_owner_gets_through_a_crowd_that_never_says_what_it_wants(self):
        crowd = [Visitor(None, ip="4.3.2.9") for _ in range(http.CONNECTIONS)]
        owner = Visitor(b"GET /api/status HTTP/1.1\r\n\r\n")

        async def later():
            tasks = [asyncio.create_task(self.serve(client)) for client in crowd]
            await asyncio.sleep(0.3)
            await self.serve(owner)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        asyncio.run(later())
        self.assertEqual(owner.answer()[0], 200)
        self.assertEqual([c.closed for c in crowd].count(True), http.CONNECTIONS)
        self.assertEqual(self.parts.health.counters["web"], http.CONNECTIONS)

    def test_who_holds_all_places_gives_one_to_a_newcomer(self):
        ip = "4.3.2.9"
        greedy = [Visitor(b"GET /api/stream HTTP/1.1\r\n\r\n", ip=ip) for _ in range(2)]
        greedy += [
            Visitor(b"GET /api/status HTTP/1.1\r\n\r\n", ip=ip, asleep=True)
            for _ in range(http.CONNECTIONS - 2)
        ]
        owner = Visitor(b"GET /api/status HTTP/1.1\r\n\r\n")
        self.run_for(2.8, *greedy, owner)  # who rests is waited for a second
        self.assertEqual(owner.answer()[0], 200)

    def test_a_crowd_of_the_quick_is_turned_away_with_words(self):
        crowd = [Visitor(None, ip="4.3.2.%d" % n) for n in range(http.CONNECTIONS)]
        late = Visitor(b"GET /api/status HTTP/1.1\r\n\r\n", ip="4.3.2.200")
        self.run_for(0.05, *crowd, late)
        self.assertEqual(late.answer()[0], 503)
        self.assertIn("busy", json.loads(late.answer()[2])["error"])

    def test_memory_that_is_short_is_a_503_and_changes_nothing_else(self):
        def status():
            raise MemoryError

        whole, self.parts.inverter.status = self.parts.inverter.status, status
        self.assertEqual(self.get("/api/status")[0], 503)
        self.parts.inverter.status = whole
        self.assertEqual(self.get("/api/status")[0], 200)

    def test_a_fault_of_ours_is_a_500_and_is_counted(self):
        def status():
            raise ValueError("broken")

        self.parts.inverter.status = status
        self.assertEqual(self.get("/api/status")[0], 500)
        self.assertEqual(self.parts.health.last_words["web"], "broken")

    def test_a_network_short_of_memory_is_asked_again(self):
        class Short(Visitor):
            refusals = 3

            def write(self, data):
                if self.refusals:
                    self.refusals -= 1
                    raise OSError(12)  # ENOMEM, as lwIP says
                Visitor.write(self, data)

        client = Short(b"GET /api/status HTTP/1.1\r\n\r\n")
        asyncio.run(self.serve(client))
        self.assertEqual(client.answer()[0], 200)

    def test_no_piece_of_an_answer_is_large(self):
        class Picky(Visitor):
            largest = 0

            def write(self, data):
                self.largest = max(self.largest, len(data))
                Visitor.write(self, data)

        for path in ("/", "/api/status", "/api/settings", "/api/log"):
            client = Picky(b"GET %s HTTP/1.1\r\n\r\n" % path.encode())
            asyncio.run(self.serve(client))
            self.assertEqual(client.answer()[0], 200)
            self.assertTrue(client.largest <= 512)


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


if __name__ == "__main__":
    unittest.main()
