"""How an answer is sent: in small turns, and only where the network has memory for it."""

import asyncio
import gc
from time import ticks_diff, ticks_ms

from client import Others, Visitor, WebCase

from firmware.views import web
from firmware.views.parts import Parts
from lib import http, http_answer, ondemand

_TURN_MS = 6  # of lib/http_answer.py


class Answers(WebCase):
    def test_nothing_is_sent_while_the_system_has_no_memory_for_it(self):
        """A radio that gets nothing through: what is written stays in memory, beside two views."""
        free = self.free = [2000, 2000, 5999, 6000, 20_000, None]  # the last for good

        async def send():
            link = http.Link(Visitor(b""), self.heap)
            await link.send(b"first")
            self.assertEqual((link.stream.got, free), (b"first", [None]))
            await link.send(b" second")
            await link.send(b" third")  # a board that does not know
            self.assertEqual(link.stream.got, b"first second third")

        asyncio.run(send())

    def heap(self):
        return self.free.pop(0) if self.free[1:] else self.free[0], 10_000, 5000

    def test_no_more_is_under_way_than_the_network_can_keep(self):
        """Each piece is kept until it came; a network that keeps it for ever stops nobody."""
        network = {"free": 20_000, "kept": []}

        class Phone(Visitor):
            def write(self, data):
                super().write(data)
                network["free"] -= 2 * len(data)
                network["kept"].append(2 * len(data))

        async def arrive(stuck):
            while True:
                await asyncio.sleep_ms(70)
                if network["kept"] and not stuck:
                    network["free"] += network["kept"].pop(0)

        async def answer(stuck):
            phone, least = Phone(b""), []

            def heap():
                least.append(network["free"])
                return network["free"], 0, 0

            task = asyncio.create_task(arrive(stuck))
            await http_answer.answer(
                http.Link(phone, heap), http.first_lines(200, ""), iter(["x" * 4000])
            )
            task.cancel()
            self.assertEqual(len(phone.answer()[2]), 4000)
            return min(least)

        self.assertTrue(asyncio.run(answer(False)) > 20_000 - 2500 - 2 * 512)
        network["free"], network["kept"] = 20_000, []
        self.assertTrue(asyncio.run(answer(True)) >= 20_000 - 2 * 4300)

    def test_who_waits_for_memory_in_vain_is_given_up(self):
        class Full:
            def system_heap(self):
                return 5000, gc.mem_free() - 100_000, 20

        http.PATIENCE_MS = 60
        self.parts = Parts(*self.parts[:-1], Full())
        client = Visitor(b"GET /api/status HTTP/1.1\r\n\r\n")
        try:
            asyncio.run(self.serve(client))
        finally:
            http.PATIENCE_MS = 8000
        self.assertEqual((client.got, http.links), (b"", []))
        self.assertEqual(self.parts.health.last_words["web"], "too slow")

    def test_others_have_their_turn_while_an_answer_is_made(self):
        others = Others()
        turns = others.turns

        def pieces():
            for k in range(20):
                begun_ms = ticks_ms()
                while ticks_diff(ticks_ms(), begun_ms) < _TURN_MS:
                    pass
                turns.append("piece")
                yield None if k % 2 else "x"

        async def answer():
            await http_answer.answer(http.Link(Visitor(b"")), http.first_lines(200, ""), pieces())

        asyncio.run(others.beside(answer()))
        text = " ".join(turns)
        self.assertFalse("piece piece" in text, text)
        self.assertEqual(text.count("piece"), 20)

    def test_one_answer_is_made_after_the_other_in_the_order_of_coming(self):
        """Page and console alike: two at once want the memory of both."""
        said = []

        async def ask(n, gets_on=None):
            place = await web.take_place(self.parts, gets_on)
            said.append("%d begins" % n)
            await asyncio.sleep_ms(30)
            said.append("%d ends" % n)
            place.__exit__()

        async def three():
            await asyncio.gather(ask(0), ask(1, lambda: True), ask(2))

        asyncio.run(three())
        self.assertEqual(said, ["%d %s" % (n, w) for n in range(3) for w in ("begins", "ends")])
        self.assertEqual(web.at_work, [])

    def test_two_phones_are_answered_one_after_the_other(self):
        told = []

        class Phone(Visitor):
            def write(self, data):
                told.append(self.ip)
                super().write(data)

        async def both():
            asked = b"GET /api/status HTTP/1.1\r\n\r\n"
            phones = [Phone(asked, ip=ip) for ip in ("4.3.2.2", "4.3.2.3")]
            await asyncio.gather(*[self.serve(phone) for phone in phones])
            return [phone.answer()[0] for phone in phones]

        self.assertEqual(asyncio.run(both()), [200, 200])
        self.assertEqual(told, sorted(told))
        self.assertEqual(web.at_work, [])

    def test_who_takes_nothing_of_an_answer_keeps_nobody_waiting_for_long(self):
        asked = b"GET /api/status HTTP/1.1\r\n\r\n"

        async def serve():
            slow = Visitor(asked, ip="4.3.2.2", asleep=True)
            task = asyncio.create_task(self.serve(slow))
            while not slow.got:
                await asyncio.sleep_ms(5)
            begun_ms = ticks_ms()
            await self.serve(Visitor(asked))
            took_ms = ticks_diff(ticks_ms(), begun_ms)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            return took_ms

        self.assertTrue(asyncio.run(serve()) < 2500)
        self.assertEqual(web.at_work, [])

    def test_a_live_view_keeps_no_place(self):
        view = Visitor(b"GET /api/stream HTTP/1.1\r\n\r\n")
        phone = Visitor(b"GET /api/status HTTP/1.1\r\n\r\n", ip="4.3.2.3")

        async def look():
            task = asyncio.create_task(self.serve(view))
            await asyncio.sleep_ms(50)
            await self.serve(phone)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        asyncio.run(look())
        self.assertEqual((phone.answer()[0], web.at_work), (200, []))

    def told_beside_others(self, work, others):
        """What `work` did and who else had a turn, in order; collections too."""

        class Collector:
            threshold = staticmethod(gc.threshold)

            def collect(self):
                others.turns.append("collect" if gc.threshold() > 10_000 else "late collect")

        real, ondemand.gc = ondemand.gc, Collector()
        try:
            asyncio.run(others.beside(work))
        finally:
            ondemand.gc = real
        return " ".join(others.turns)

    def test_what_a_topic_left_is_collected_before_its_answer_is_sent(self):
        others = Others()
        every = gc.threshold()

        class Phone(Visitor):
            def write(self, data):
                others.turns.append("send")
                super().write(data)

        phone = Phone(b"GET /api/scan HTTP/1.1\r\n\r\n")
        text = self.told_beside_others(self.serve(phone), others)
        self.assertEqual((phone.answer()[0], gc.threshold()), (200, every))
        before = text[: text.index("send")].split()
        self.assertEqual(before.count("collect"), 1, text)
        for pair in ("collect collect", "collect send", "late"):
            self.assertFalse(pair in text, text)

    def test_making_sending_and_collecting_are_turns_of_their_own(self):
        others = Others()
        turns = others.turns

        class Phone(Visitor):
            def write(self, data):
                turns.append("send")
                super().write(data)

        def pieces():
            for _ in range(4):
                turns.append("make")
                yield "x" * 600

        async def answer():
            await http_answer.answer(http.Link(Phone(b"")), http.first_lines(200, ""), pieces())

        text = self.told_beside_others(answer(), others)
        self.assertTrue(turns.count("collect") >= 4, turns)
        self.assertFalse("late" in text, text)  # it came by itself before
        for pair in ("make send", "send collect", "collect make", "send make", "make collect"):
            self.assertFalse(pair in text, text)

    def test_no_collection_comes_amid_a_piece(self):
        every = gc.threshold()
        seen = []

        def pieces():
            for _ in range(3):
                seen.append(gc.threshold() > 10_000)
                yield "x"

        async def answer():
            await http_answer.answer(http.Link(Visitor(b"")), http.first_lines(200, ""), pieces())

        try:
            gc.threshold(6000)
            few = gc.threshold()
            asyncio.run(answer())
            self.assertEqual((seen, gc.threshold()), ([True] * 3, few))
        finally:
            gc.threshold(every)

    def test_who_waits_for_us_is_not_too_slow(self):
        """A change may wait for memory, for the flash and for the mains."""

        async def respond(_request):
            await asyncio.sleep_ms(400)
            return 200, "", "done", ()

        async def serve():
            client = Visitor(b"GET /api/status HTTP/1.1\r\n\r\n")
            await http.serve(client, respond, self.parts.health)
            return client.answer()

        http.PATIENCE_MS = 60
        try:
            self.assertEqual(asyncio.run(serve())[2], b"done")
        finally:
            http.PATIENCE_MS = 8000
        self.assertEqual(self.parts.health.counters, {})
