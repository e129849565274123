"""Whoever connects, the device stays well, its owner gets through, and no other site steers it."""

import asyncio
import json
import unittest

import parts as fake
from client import Visitor, WebCase

from firmware.views import api_live
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
        self.run_for(0.8, *greedy, owner)
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


if __name__ == "__main__":
    unittest.main()
