"""What watches the loop: its share, its longest turn, and a wait that fails."""

import unittest
from time import ticks_diff, ticks_ms

from lib.load import Load, meant


class Queue:
    """asyncio's queue of streams; fails as often as it is told."""

    def __init__(self, failures=0):
        self.failures = failures
        self.waits = 0

    def wait_io_event(self, dt_ms):
        self.waits += 1
        if self.failures:
            self.failures -= 1
            raise OSError(5)


class Loop:
    def __init__(self, queue):
        self.core = self
        self._io_queue = queue


class Waiting(unittest.TestCase):
    def wait(self, failures, times):
        queue = Queue(failures)
        load = Load(Loop(queue))
        for _ in range(times):
            queue.wait_io_event(0)
        return queue.waits, load.take()

    def test_a_long_turn_that_is_meant_counts_as_none(self):
        queue = Queue()
        load = Load(Loop(queue))
        for may, least_ms in ((True, 0), (False, 20)):
            queue.wait_io_event(0)
            begun_ms = ticks_ms()
            while ticks_diff(ticks_ms(), begun_ms) < 25:
                pass
            if may:
                meant.append(True)
            queue.wait_io_event(0)
            longest_ms = load.take()[1]
            self.assertEqual(longest_ms >= 20, least_ms > 0, longest_ms)
        self.assertEqual(meant, [])

    def test_what_cannot_wait_is_called_between_long_turns_in_a_row(self):
        queue, called = Queue(), []
        Load(Loop(queue), lambda: called.append(ticks_ms()))
        told = []
        for turn_ms, wait_ms in ((20, 0), (20, 3), (5, 0), (5, 0)):
            begun_ms = ticks_ms()
            while ticks_diff(ticks_ms(), begun_ms) < turn_ms:
                pass
            queue.wait_io_event(wait_ms)
            told.append(len(called))
        self.assertEqual(told[:2], [1, 1])  # not where the loop is idle anyway
        self.assertTrue(told[3] >= 2)

    def test_each_wait_is_the_queues_own(self):
        waits, (share_pct, longest_ms) = self.wait(0, 3)
        self.assertEqual(waits, 3)
        self.assertTrue(0 <= share_pct <= 100 and 0 <= longest_ms < 1000)

    def test_a_network_without_memory_for_a_moment_is_no_end(self):
        self.assertEqual(self.wait(50, 60)[0], 60)

    def test_one_that_never_comes_back_is(self):
        with self.assertRaises(OSError):
            self.wait(1000, 200)


if __name__ == "__main__":
    unittest.main()
