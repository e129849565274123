"""The play time of the next block is known to the microsecond, whatever the pump missed."""

import unittest

import boardtime
import micropython
from ring import SLOT_US, Ring

from lib.dmaring import PlayClock

BUFFERS = 8


class Pump:
    """A pump that looks at the ring every so often and writes all it takes."""

    def __init__(self, start_us=1000, hidden_us=0, write_us=0):
        self.start_us = start_us
        self.write_us = write_us  # how long filling and writing a block take
        self.since_us = 0
        self.ring = Ring(BUFFERS, hidden_us)
        self.clock = PlayClock(BUFFERS, SLOT_US)
        self.clock.start(start_us % boardtime.WRAP)
        self.errors = []  # predicted minus true play time of each block while synced, µs

    def now(self):
        return (self.start_us + self.since_us) % boardtime.WRAP

    def run(self, duration_us, every_us=5000):
        end_us = self.since_us + duration_us
        while self.since_us < end_us:
            self.since_us += every_us
            self.pump()

    def pump(self):
        for _ in range(BUFFERS):
            looked_us = self.now()
            self.clock.advance(looked_us)
            predicted_us = self.clock.next_play_us()
            self.since_us += self.write_us
            self.ring.advance(self.since_us)
            at_us = self.ring.write()
            if at_us < 0:
                self.clock.refused(looked_us)
                return
            if self.clock.synced:
                true_us = (self.start_us + at_us) % boardtime.WRAP
                self.errors.append(boardtime.ticks_diff(predicted_us, true_us))
            self.clock.accepted(self.now(), self.now())


class KeepingUp(unittest.TestCase):
    def test_every_play_time_is_exact(self):
        for every_us in (3001, 5000, 9000, 20_000, 60_000):
            pump = Pump()
            pump.run(2_000_000, every_us)
            self.assertTrue(pump.clock.synced)
            self.assertEqual(set(pump.errors), {0})
            self.assertEqual((pump.clock.underruns, pump.clock.slips), (0, 0))

    def test_a_slot_that_ends_while_a_block_is_written_moves_nothing(self):
        for every_us in (3001, 5003, 9001):
            pump = Pump(write_us=400)
            pump.run(5_000_000, every_us)
            self.assertEqual(set(pump.errors), {0})

    def test_the_ring_is_full_after_each_visit(self):
        pump = Pump()
        for _ in range(100):
            pump.run(5000)
            queued_us = pump.clock.queued_us(pump.now())
            self.assertTrue((BUFFERS - 1) * SLOT_US <= queued_us <= BUFFERS * SLOT_US)

    def test_before_the_ring_was_seen_full_nothing_is_promised(self):
        clock = PlayClock(BUFFERS, SLOT_US)
        clock.start(0)
        clock.advance(3 * SLOT_US + 100)
        clock.accepted(3 * SLOT_US + 100, 3 * SLOT_US + 110)
        self.assertFalse(clock.synced)

    def test_a_wrap_of_the_ticks_changes_nothing(self):
        for start_us in (boardtime.WRAP - 500_000, boardtime.WRAP // 2 - 500_000):
            pump = Pump(start_us)
            pump.run(1_000_000)
            self.assertEqual(set(pump.errors), {0})
            self.assertEqual((pump.clock.underruns, pump.clock.slips), (0, 0))


class FallingBehind(unittest.TestCase):
    def late_by(self, slots):
        """A pump that came back after so many slots, from a ring that was just full."""
        pump = Pump()
        pump.run(1_000_000)
        pump.errors = []
        pump.since_us += slots * SLOT_US
        pump.pump()
        return pump

    def test_a_pause_within_the_queue_is_no_underrun(self):
        pump = self.late_by(6)
        self.assertEqual(pump.clock.underruns, 0)
        self.assertEqual(set(pump.errors), {0})

    def test_each_block_that_played_as_zeros_is_counted(self):
        for slots in (9, 12, 40):
            pump = self.late_by(slots)
            self.assertEqual(pump.clock.underruns, slots - BUFFERS + 1)

    def test_after_an_underrun_it_does_not_know_what_plays(self):
        pump = Pump()
        pump.run(1_000_000)
        pump.clock.advance(boardtime.ticks_add(pump.now(), 10 * SLOT_US))
        self.assertFalse(pump.clock.synced)

    def test_after_an_underrun_it_is_sure_again_within_two_visits(self):
        pump = self.late_by(12)
        pump.run(10_000)
        self.assertTrue(pump.clock.synced)
        pump.run(1_000_000)
        self.assertEqual(set(pump.errors), {0})
        self.assertEqual(pump.clock.slips, 0)


class FindingOut(unittest.TestCase):
    def test_a_ring_that_started_before_it_was_told_is_found_out(self):
        for hidden_us in (-300, -1900):
            pump = Pump(hidden_us=hidden_us)
            pump.run(300_000, 777)
            pump.errors = []
            pump.run(1_000_000, 777)
            self.assertEqual(pump.clock.underruns, 0)
            worst = max(abs(error) for error in pump.errors)
            self.assertTrue(worst <= 777 + 100, "%d us" % worst)

    def test_a_wrong_count_is_put_right_when_the_ring_is_full(self):
        pump = Pump()
        pump.run(1_000_000)
        pump.clock.ahead -= 2
        pump.errors = []
        pump.run(40_000)
        self.assertEqual(pump.clock.slips, 1)
        pump.errors = []
        pump.run(1_000_000)
        self.assertEqual(set(pump.errors), {0})

    def test_near_the_edge_of_a_slot_fullness_proves_nothing(self):
        for into_us in (0, 2000, 8200, 10_239):
            clock = PlayClock(BUFFERS, SLOT_US)
            clock.start(0)
            clock.refused(into_us)
            self.assertFalse(clock.synced)
        clock.refused(5000)
        self.assertTrue(clock.synced)


class Creeping(unittest.TestCase):
    def crept_us(self, clock, blocks):
        """By how much the play times move later while so many blocks are written in time."""
        before_us = clock.next_play_us()
        for _ in range(blocks):
            freed_us = boardtime.ticks_add(clock.next_play_us(), (1 - clock.ahead) * SLOT_US)
            now_us = boardtime.ticks_add(freed_us, 500)
            clock.advance(now_us)
            clock.accepted(now_us, now_us)
        expected_us = (before_us + blocks * SLOT_US) % boardtime.WRAP
        return boardtime.ticks_diff(clock.next_play_us(), expected_us)

    def put_earlier(self, clock, late_us):
        """A block is taken so long before the end of the slot that plays, by our idea of it."""
        early_us = (1 - clock.ahead) * SLOT_US - late_us
        now_us = boardtime.ticks_add(clock.next_play_us(), early_us)
        clock.accepted(now_us, now_us)

    def synced(self):
        clock = PlayClock(BUFFERS, SLOT_US)
        clock.start(0)
        clock.refused(5000)
        return clock

    def test_what_was_never_put_earlier_does_not_creep(self):
        self.assertEqual(self.crept_us(self.synced(), 20_000), 0)

    def test_what_was_put_too_early_creeps_back(self):
        clock = self.synced()
        self.put_earlier(clock, 40)
        self.assertEqual(self.crept_us(clock, 12_000), 4)

    def test_the_oftener_it_was_right_the_slower_it_creeps(self):
        clock = self.synced()
        self.put_earlier(clock, 40)
        self.put_earlier(clock, 1)
        self.assertEqual(self.crept_us(clock, 12_000), 2)
        self.put_earlier(clock, 2)
        self.assertEqual(self.crept_us(clock, 12_000), 1)
        self.put_earlier(clock, 40)
        self.assertEqual(self.crept_us(clock, 12_000), 4)

    def test_it_creeps_for_ever_lest_an_error_stays(self):
        clock = self.synced()
        for _ in range(40):
            self.put_earlier(clock, 1)
        self.assertEqual(self.crept_us(clock, 200_000), 1)


class Memory(unittest.TestCase):
    def test_bookkeeping_allocates_nothing_across_the_wrap(self):
        clock = PlayClock(BUFFERS, SLOT_US)
        now_us = boardtime.WRAP - 100_000
        clock.start(now_us)
        micropython.heap_lock()
        try:
            for _ in range(100):
                now_us = boardtime.ticks_add(now_us, 3000)
                clock.advance(now_us)
                play_us = clock.next_play_us()
                if clock.queued_us(now_us) > 7 * SLOT_US:
                    clock.refused(now_us)
                else:
                    clock.accepted(now_us, now_us)
        finally:
            micropython.heap_unlock()
        self.assertTrue(0 < play_us < 400_000)


if __name__ == "__main__":
    unittest.main()
