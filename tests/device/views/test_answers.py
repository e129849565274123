"""How an answer is sent: in small turns, and only where the network has memory for it."""

import asyncio
import gc
from time import ticks_diff, ticks_ms

from client import Visitor, WebCase

from firmware.views.parts import Parts
from lib import http, ondemand

_TURN_MS = 6  # of lib/http.py


class Answers(WebCase):
    def test_nothing_is_sent_while_the_system_has_no_memory_for_it(self):
        """A radio that gets nothing through: what is written stays in memory, beside two views."""
        free = self.free = [2000, 2000, 5999, 6000, 20_000, None]

        async def send():
            link = http.Link(Visitor(b""), self.heap)
            await link.send(b"first")
            self.assertEqual((link.stream.got, free), (b"first", [20_000, None]))
            await link.send(b" second")
            await link.send(b" third")  # a board that does not know
            self.assertEqual(link.stream.got, b"first second third")

        asyncio.run(send())

    def heap(self):
        return self.free.pop(0), 10_000, 5000

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
        turns = []

        def pieces():
            for k in range(20):
                begun_ms = ticks_ms()
                while ticks_diff(ticks_ms(), begun_ms) < _TURN_MS:
                    pass
                turns.append("piece")
                yield None if k % 2 else "x"

        async def other():
            while True:
                turns.append("other")
                await asyncio.sleep(0)

        async def both():
            task = asyncio.create_task(other())
            await http.answer(http.Link(Visitor(b"")), 200, "", pieces())
            task.cancel()

        asyncio.run(both())
        text = " ".join(turns)
        self.assertFalse("piece piece" in text, text)
        self.assertEqual(text.count("piece"), 20)

    def test_who_must_be_ready_by_then_is_called_ahead_of_each_turn(self):
        done = []

        def pieces():
            for _ in range(5):
                begun_ms = ticks_ms()
                while ticks_diff(ticks_ms(), begun_ms) < _TURN_MS:
                    pass
                done.append("piece")
                yield "x"

        async def answer():
            await http.answer(http.Link(Visitor(b"")), 200, "", pieces())

        ondemand.ahead = lambda: done.append("ahead")
        try:
            asyncio.run(answer())
        finally:
            ondemand.ahead = None
        self.assertEqual("".join([word[0] for word in done]).count("pp"), 0, done)

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
