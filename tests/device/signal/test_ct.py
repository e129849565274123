"""The current in the CT: right in size and phase when it plays, and silent whenever in doubt."""

import array
import unittest
from math import atan2, pi, sqrt

import boardtime
import micropython
import ready  # noqa: F401  takes the place of select
from bits import Correlator, ones
from fakes import Disk
from grid import STEP_US, Grid
from ring import SLOT_US, Ring

from firmware.device.health import Health
from firmware.device.settings import Settings
from firmware.device.store import Store
from firmware.inverter.poll import objection
from firmware.signal.ct import BLOCK_US, BUFFERS, CT, FRAMES
from firmware.signal.mains import Lock
from lib.clock import Clock
from lib.tracker import Tracker

TIMEOUT_S = 120


class Output:
    """machine.I2S: takes whole blocks while its ring has room, keeps those it was told to keep."""

    def __init__(self):
        self.started_us = boardtime.ticks_us()
        self.ring = Ring(BUFFERS)
        self.keep = True
        self.blocks = []  # (µs after the start at which it plays, words)
        self.refuse = 0  # so many writes are not taken although there is room
        self.overlooked = False  # asked whether it is writable, it says no
        self.last = bytearray(FRAMES * 4)

    def since_us(self):
        return boardtime.ticks_diff(boardtime.ticks_us(), self.started_us)

    def writable(self):
        return self.free() and not self.overlooked

    def free(self):
        self.ring.advance(self.since_us())
        return self.ring.free > 0

    def write(self, block):
        if self.refuse:
            self.refuse -= 1
            return 0
        if not self.free():
            return 0
        play_us = self.ring.write()
        if self.keep:
            self.blocks.append((play_us, array.array("I", bytes(block))))
        return len(block)


class Mains:
    def __init__(self):
        self.tracker = Tracker()

    @property
    def live(self):
        return self.tracker.locked


class Rig:
    """A CT on a fake output, following a known grid; the loop comes by every 5 ms."""

    def __init__(self, start_us=50_000_000, hz=50.0, **changes):
        boardtime.set_us(start_us)
        clock = Clock()
        self.health = Health(clock)
        self.settings = Settings(Store("settings.json", Disk()), self.health, objection)
        if changes:
            self.settings.change(**changes)
        self.grid = Grid(hz, start_us=start_us)
        self.mains = Mains()
        self.output = Output()
        self.ct = CT(
            self.output, boardtime.ticks_us(), self.mains, self.settings, self.health, clock
        )

    def run(self, ms, fits=True):
        for _ in range(ms // 5):
            boardtime.pass_us(5000)
            if fits and self.output.since_us() % STEP_US == 0:
                self.grid.run(self.mains.tracker, 0.02)
            for _ in range(BUFFERS):
                if not self.ct.pump():
                    break

    def settled(self):
        """Idle at half duty, locked."""
        self.run(2000)
        self.output.blocks = []
        return self

    def show(self, watts, volts=230.0):
        self.ct.show(watts, Lock(volts, self.mains.tracker.hz))

    def levels(self):
        """Mean level of each block kept."""
        return [sum(ones(words)) / FRAMES for _, words in self.output.blocks]

    def current(self):
        """(share of full scale, degrees ahead of the mains) in the last second of blocks kept."""
        blocks = self.output.blocks[-100:]
        meter = Correlator(self.grid.millihz / 1000, len(blocks) * FRAMES)
        for _, words in blocks:
            meter.feed(words)
        sin_part, cos_part = meter.phasor()
        ahead = atan2(cos_part, sin_part) / 2 / pi - self.grid.turn(blocks[0][0])
        ahead_deg = ((ahead + 0.5) % 1 - 0.5) * 360
        return sqrt(sin_part**2 + cos_part**2), ahead_deg


class Showing(unittest.TestCase):
    def check(self, rig, watts, ma, full_ma, lead_deg, volts=230.0):
        """The current asked for flows, `lead_deg` ahead of the mains at the time it plays."""
        rig.settled()
        rig.show(watts, volts)
        rig.run(1300)
        share, ahead_deg = rig.current()
        self.assertAlmostEqual(rig.ct.ma, ma, delta=abs(ma) * 1e-4)
        self.assertAlmostEqual(share * full_ma / abs(ma), 1, delta=5e-4)
        off_deg = (ahead_deg - lead_deg + 180) % 360 - 180
        self.assertTrue(abs(off_deg) < 0.05, "%.3f degrees off" % off_deg)

    def test_three_kilowatts_lead_by_what_the_stage_lags(self):
        # 3000 W / 230 V / 2500 turns
        rig = Rig(full_scale_ma=8.0, lag_deg=22.7)
        self.check(rig, 3000, 5.2174, 8.0, 22.7)

    def test_charging_is_the_opposite_current(self):
        rig = Rig(full_scale_ma=8.0, lag_deg=22.7)
        self.check(rig, -1200, -2.0870, 8.0, 22.7 + 180)

    def test_swapped_wires_are_turned_round(self):
        rig = Rig(full_scale_ma=8.0, lag_deg=22.7, invert=True)
        self.check(rig, 1200, 2.0870, 8.0, 22.7 + 180)

    def test_at_a_lower_voltage_the_same_power_takes_more_current(self):
        rig = Rig(full_scale_ma=8.0, lag_deg=0.0)
        self.check(rig, 3000, 6.0, 8.0, 0, volts=200.0)

    def test_the_stage_at_another_frequency(self):
        rig = Rig(hz=48.0, full_scale_ma=8.0, lag_deg=20.0, lag_slope_deg_per_hz=0.5,
                  gain_slope_pct_per_hz=-0.25)  # fmt: skip
        self.check(rig, 2300, 4.0, 8.0 * 1.005, 19.0)

    def test_the_trim_of_gain_is_what_the_zappi_said(self):
        rig = Rig(full_scale_ma=8.0, lag_deg=-90.0, gain_trim_pct=110.0)
        self.check(rig, 2300, 4.0, 8.0 / 1.1, -90)

    def test_a_wrap_of_the_ticks_in_the_middle_changes_nothing(self):
        rig = Rig(boardtime.WRAP - 2_900_000, full_scale_ma=8.0, lag_deg=22.7)
        self.check(rig, 3000, 5.2174, 8.0, 22.7)
        self.assertTrue(boardtime.ticks_us() < 1_000_000)


class Silence(unittest.TestCase):
    def is_silent(self, rig):
        """Half of ones on the mean of each block, no frame further than one level from it."""
        each = [level for _, words in rig.output.blocks for level in ones(words)]
        return max(abs(level - 16) for level in rig.levels()) < 0.01 and set(each) <= {15, 16, 17}

    def test_zero_watts_are_an_even_half_of_ones(self):
        rig = Rig().settled()
        rig.show(0)
        rig.run(200)
        self.assertTrue(self.is_silent(rig))
        self.assertEqual((rig.ct.watts, rig.ct.ma), (0, 0))

    def swings(self, rig):
        """Largest mean of eight frames off half duty, in each block kept."""
        found = []
        for _, words in rig.output.blocks:
            levels = ones(words)
            found.append(max(abs(sum(levels[n : n + 8]) / 8 - 16) for n in range(0, FRAMES, 8)))
        return found

    def test_from_the_next_block_on_when_the_lock_is_lost(self):
        rig = Rig(stage="prototype").settled()
        rig.show(3000)
        rig.run(300)
        self.assertTrue(min(self.swings(rig)[10:]) > 5)
        rig.mains.tracker.lose()
        rig.output.blocks = []
        rig.run(200, fits=False)
        self.assertTrue(max(self.swings(rig)[1:]) < 0.3)

    def test_from_the_next_block_on_when_none_is_shown(self):
        rig = Rig().settled()
        rig.show(3000)
        rig.run(300)
        rig.ct.show(3000, None)
        self.assertEqual((rig.ct.watts, rig.ct.ma), (0, 0))
        rig.output.blocks = []
        rig.run(200)
        self.assertTrue(max(self.swings(rig)[1:]) < 0.3)

    def test_before_the_first_lock_whatever_is_shown(self):
        rig = Rig()
        rig.run(1500, fits=False)
        rig.ct.show(3000, Lock(230.0, 50.0))
        rig.output.blocks = []
        rig.run(500, fits=False)
        self.assertTrue(self.is_silent(rig))

    def test_while_the_play_time_is_unknown_after_an_underrun(self):
        rig = Rig().settled()
        rig.show(3000)
        rig.run(300)
        rig.output.blocks = []
        boardtime.pass_us((BUFFERS + 4) * SLOT_US)
        for _ in range(BUFFERS - 2):
            self.assertTrue(rig.ct.pump())
        self.assertTrue(max(self.swings(rig)[1:]) < 0.3)
        self.assertEqual(rig.ct.ring.underruns, 5)

    def test_the_duty_comes_up_from_zero_within_1_03_s(self):
        rig = Rig()
        rig.run(1200)
        levels = rig.levels()
        self.assertTrue(levels[0] < 0.2)
        self.assertTrue(max(levels[n + 1] - levels[n] for n in range(len(levels) - 1)) < 0.2)
        rig.output.blocks = [block for block in rig.output.blocks if block[0] > 1_130_000]
        self.assertTrue(rig.output.blocks and self.is_silent(rig))


class KeepingUp(unittest.TestCase):
    def test_the_ring_never_runs_dry(self):
        rig = Rig()
        rig.run(3000)
        times = [at_us for at_us, _ in rig.output.blocks]
        self.assertEqual({times[n + 1] - times[n] for n in range(len(times) - 1)}, {BLOCK_US})
        ring = rig.ct.ring
        self.assertEqual((ring.underruns, ring.slips, ring.synced), (0, 0, True))
        self.assertTrue(BUFFERS - 1 <= ring.ahead <= BUFFERS)

    def test_a_write_that_is_not_taken_loses_no_frame(self):
        rig = Rig(full_scale_ma=8.0, lag_deg=10.0).settled()
        rig.show(3000)
        rig.run(500)
        rig.output.refuse = 3
        rig.run(1300)
        share, ahead_deg = rig.current()
        self.assertAlmostEqual(share * 8, 5.2174, delta=0.003)
        self.assertAlmostEqual(ahead_deg, 10, delta=0.05)

    def test_a_free_buffer_that_the_driver_overlooks_is_used_all_the_same(self):
        rig = Rig().settled()
        for _ in range(100):
            rig.run(10)
            rig.output.overlooked = True
            rig.run(5)
            rig.output.overlooked = False
        self.assertEqual(rig.ct.ring.slips, 0)

    def test_each_block_is_a_sign_of_life(self):
        rig = Rig()
        rig.run(1000)
        self.assertEqual(rig.ct.blocks, len(rig.output.blocks))

    def test_stopping_takes_the_duty_down_to_nothing(self):
        rig = Rig().settled()
        rig.show(3000)
        rig.run(300)
        rig.output.blocks = []
        before_us = boardtime.ticks_us()
        rig.ct.stop()
        levels = rig.levels()
        self.assertTrue(levels[-1] < 0.01)
        self.assertTrue(max(levels[n] - levels[n + 1] for n in range(2, len(levels) - 1)) < 0.2)
        self.assertTrue(boardtime.ticks_diff(boardtime.ticks_us(), before_us) < 1_500_000)

    def test_stopping_gives_up_on_an_output_that_takes_nothing(self):
        rig = Rig().settled()
        rig.output.refuse = 1 << 20
        before_us = boardtime.ticks_us()
        rig.ct.stop()
        self.assertTrue(boardtime.ticks_diff(boardtime.ticks_us(), before_us) < 3_100_000)


class Memory(unittest.TestCase):
    def steady(self, **changes):
        """Two hundred visits without a heap, the ticks' wrap among them."""
        rig = Rig(boardtime.WRAP - 2_800_000, **changes).settled()
        rig.show(-3900)
        rig.run(300)
        rig.output.keep = False
        blocks = rig.ct.blocks
        pump = rig.ct.pump
        micropython.heap_lock()
        try:
            for _ in range(200):
                boardtime.pass_us(5000)
                while pump():
                    pass
        finally:
            micropython.heap_unlock()
        self.assertTrue(boardtime.ticks_us() < 1_000_000)
        self.assertTrue(97 <= rig.ct.blocks - blocks <= 99)

    def test_pumping_allocates_nothing_with_a_current_that_leads(self):
        self.steady(lag_deg=179.0)

    def test_nor_with_one_that_lags(self):
        self.steady(lag_deg=-179.0)


if __name__ == "__main__":
    unittest.main()
