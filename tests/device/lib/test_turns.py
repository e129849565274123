"""What takes some milliseconds of a chip is a turn of its own: making a module, collecting."""

import asyncio
import sys
import unittest

import rs485
from client import Others
from inverter_rig import Rig
from shelf import Shelf

from lib import ondemand, rtu
from lib.ondemand import Module

NAME = "lib.rtumake"  # brings no others with it


class Turns(unittest.TestCase):
    def setUp(self):
        self.others = Others()
        self.turns = self.others.turns
        ondemand._pack = Shelf({}, self.turns)

    def tearDown(self):
        ondemand._pack = None

    def told(self, work):
        """What was done, and by whom, in order."""
        asyncio.run(self.others.beside(work))
        return " ".join(self.turns)

    def test_it_is_collected_a_turn_before_a_module_is_made_and_a_turn_after(self):
        turns = self.turns

        class Collector:
            threshold = staticmethod(ondemand.gc.threshold)

            def collect(self):
                turns.append("collect")

        async def load():
            async with Module(NAME):
                turns.append("at work")

        real, ondemand.gc = ondemand.gc, Collector()
        try:
            text = self.told(load())
        finally:
            ondemand.gc = real
        done = [turn for turn in self.turns if turn != "other"]
        self.assertEqual(done, ["collect", NAME, "collect", "at work"])
        self.assertFalse("collect " + NAME in text, text)
        self.assertFalse(NAME + " collect" in text, text)
        self.assertFalse("collect at work" in text, text)

    def test_no_collection_comes_amid_making(self):
        every, few = ondemand.gc.threshold(), 6000
        seen = self.turns = []

        class Watched(Shelf):
            async def fetch(self, _path):
                seen.append(ondemand.gc.threshold() > few)
                await asyncio.sleep(0)

            def make(self, name):
                seen.append(ondemand.gc.threshold() > few)
                return super().make(name)

        async def load():
            async with Module(NAME):
                seen.append(ondemand.gc.threshold() > few)

        ondemand._pack = Watched({})
        try:
            ondemand.gc.threshold(few)
            asyncio.run(load())
        finally:
            ondemand.gc.threshold(every)
        self.assertEqual(seen, [False, True, False])

    def test_who_gives_up_leaves_no_file_in_memory(self):
        every = ondemand.gc.threshold()

        class Fetching(Shelf):
            async def fetch(self, path):
                self.fetched[path] = "a file"

        async def load():
            async with Module(NAME):
                pass

        async def give_up(turns):
            task = asyncio.create_task(load())
            for _ in range(turns):
                await asyncio.sleep(0)
            self.assertFalse(task.done())
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        for turns in (1, 2, 3, 4):
            pack = ondemand._pack = Fetching({})
            asyncio.run(give_up(turns))
            self.assertEqual((pack.fetched, ondemand.gc.threshold()), ({}, every), turns)
        self.assertFalse(NAME in sys.modules)

    def test_who_leaves_last_lets_collections_come_again(self):
        every, few = ondemand.gc.threshold(), 6000
        seen = []

        async def work(turns):
            with ondemand.uncollected:
                for _ in range(turns):
                    await asyncio.sleep(0)
                    seen.append(ondemand.gc.threshold() > few)

        async def both():
            await asyncio.gather(work(2), work(5))
            seen.append(ondemand.gc.threshold() > few)

        try:
            ondemand.gc.threshold(few)
            asyncio.run(both())
        finally:
            ondemand.gc.threshold(every)
        self.assertEqual(seen, [True] * 7 + [False])

    def test_a_new_question_is_made_a_module_a_turn(self):
        client = rtu.Client(None, rs485.TestClock())
        self.told(client.request(1, 4, 12999, 26))
        made = [k for k in range(len(self.turns)) if self.turns[k] != "other"]
        self.assertEqual(len(made), 3)  # the PDU's numbers, the PDU, the frame around it
        for k in range(2):
            self.assertTrue(made[k + 1] - made[k] > 1, self.turns)

    def test_an_inverter_that_contradicts_itself_is_put_into_words_by_what_was_read_before(self):
        """A module that is not read in pieces before it is made is made amid a poll's turn."""
        read, made_amid = set(), []

        class Watched(Shelf):
            async def fetch(self, path):
                read.add(path)

            def make(self, name):
                if "/%s.mpy" % name.replace(".", "/") not in read:
                    made_amid.append(name)
                return super().make(name)

        ondemand._pack = None  # the profiles are not in this one
        rig = Rig()
        rig.slave.flags, rig.slave.pv_w = "discharging", 3000
        rig.watts(-1500)
        ondemand._pack = Watched({}, self.turns)
        rig.watts(-1500, 8)
        self.assertIn("energy balance says charging", rig.inverter.problem)
        self.assertTrue("firmware.inverter.witness_words" in self.turns)
        self.assertTrue("firmware.inverter.sungrow_rare" in self.turns)
        self.assertEqual(made_amid, [])


if __name__ == "__main__":
    unittest.main()
