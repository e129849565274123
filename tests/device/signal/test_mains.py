"""Volts, hertz and phase of the mains from a 12-bit converter; believed only where they can be."""

import unittest
from math import pi, sin, sqrt

import boardtime
import micropython
from fakes import Disk
from grid import TURN, Grid

from firmware.device.health import Health
from firmware.device.settings import Settings
from firmware.device.store import Store
from firmware.inverter.poll import objection
from firmware.signal.mains import Mains
from firmware.views import status
from lib.clock import Clock
from lib.tracker import Tracker

PIN_VOLTS_PER_MAINS_VOLT = 1 / 361.4  # the transformer and divider that the default setting means


class Adc:
    """A converter that looks at a grid of so many volts, its middle a little off."""

    def __init__(self, grid, volts):
        self.grid = grid
        self.volts = volts
        self.middle = 2070
        self.spikes = 0  # every so many conversions half a volt off …
        self.wide = 1  # … and so many in a row
        self.looks = 0
        self.frozen = None  # what it reads whatever happens

    def read_u16(self):
        if self.frozen is not None:
            return self.frozen
        self.looks += 1
        pin = self.volts * sqrt(2) * PIN_VOLTS_PER_MAINS_VOLT
        pin *= sin(2 * pi * self.grid.turn(self.grid.now_us))
        if self.spikes and (self.looks - 1) % self.spikes < self.wide:
            pin += 0.5
        counts = int(self.middle + pin * 4096 / 3.3 + 0.5)
        return min(4095, max(0, counts)) << 4


class Rig:
    """Mains on a fake converter; samples come up to 0.15 ms late, the loop comes every 20 ms."""

    def __init__(self, hz=50.0, volts=230.0, start_us=77_000_000, **ramp):
        boardtime.set_us(start_us)
        self.grid = Grid(hz, start_us=start_us, **ramp)
        self.adc = Adc(self.grid, volts)
        self.callback = None
        self.sample_hz = 0
        self.tuned = []
        self.drop = 0  # so many samples are lost
        self.one_in = 1  # of so many samples the others are lost
        clock = Clock()
        self.health = Health(clock)
        settings = Settings(Store("settings.json", Disk()), self.health, objection)
        self.mains = Mains(self.adc, self.start_timer, settings, self.health, clock)
        self.mains._tune()
        self._next_us = 0
        self._count = 0

    def start_timer(self, callback, hz):
        self.callback = callback
        self.sample_hz = hz
        self.tuned.append(hz)

    def run(self, seconds):
        """Let it sample and track for so long; the locks seen at each step."""
        locks = []
        for _ in range(int(seconds * 50 + 0.5)):
            step_us = self.grid.now_us // 20_000 * 20_000 + 20_000
            while self._next_us < step_us:
                self.sample()
            self.at(step_us)
            self.mains.step()
            locks.append(self.mains.lock)
        return locks

    def sample(self):
        self._count += 1
        late_us = self._count * 7919 % 151
        self.at(self._next_us + late_us)
        self._next_us += 1_000_000 // self.sample_hz
        if self.drop:
            self.drop -= 1
        elif self._count % self.one_in == 0:
            self.callback(None)

    def at(self, since_start_us):
        if since_start_us > self.grid.now_us:
            self.grid.now_us = since_start_us
            boardtime.set_us(self.grid.start_us + since_start_us)

    def phase_error_deg(self, ahead_us=72_000):
        at_us = boardtime.ticks_add(boardtime.ticks_us(), ahead_us)
        off = self.mains.tracker.phase30(at_us) / TURN - self.grid.turn(
            self.grid.now_us + ahead_us
        )
        return ((off + 0.5) % 1 - 0.5) * 360


class Locking(unittest.TestCase):
    def check(self, rig, hz, volts):
        """Locked within a second and a half, then right in volts, hertz and phase."""
        rig.run(1.5)
        lock = rig.mains.lock
        self.assertTrue(lock is not None, "no lock")
        self.assertAlmostEqual(lock.volts, volts, delta=volts * 2e-3)
        self.assertAlmostEqual(lock.hz, hz, delta=0.02)
        for _ in range(50):
            rig.run(0.02)
            self.assertTrue(abs(rig.phase_error_deg()) < 0.3, "%.2f" % rig.phase_error_deg())

    def test_on_an_ordinary_grid(self):
        self.check(Rig(49.98, 231.0), 49.98, 231.0)

    def test_on_the_slowest_and_the_fastest(self):
        self.check(Rig(45.0), 45.0, 230)
        self.check(Rig(52.0), 52.0, 230)
        self.check(Rig(65.0), 65.0, 230)

    def test_on_the_weakest_and_the_strongest(self):
        self.check(Rig(volts=155.0), 50.0, 155.0)
        self.check(Rig(volts=275.0), 50.0, 275.0)

    def test_across_the_wrap_of_the_microseconds(self):
        for before_us in (700_000, 2_000_000):
            self.check(Rig(start_us=boardtime.WRAP - before_us), 50, 230)

    def test_nothing_is_believed_in_the_first_eight_tenths_of_a_second(self):
        self.assertEqual(set(Rig().run(0.8)), {None})

    def test_not_outside_of_45_to_65_hz(self):
        for hz in (42.0, 44.0, 66.0, 68.5):
            self.assertEqual(set(Rig(hz).run(2)), {None}, "%g Hz" % hz)

    def test_not_outside_of_150_to_280_v(self):
        for volts in (0.0, 20.0, 145.0, 285.0):
            self.assertEqual(set(Rig(volts=volts).run(2)), {None}, "%g V" % volts)

    def test_the_sampling_rate_follows_the_mains(self):
        rig = Rig(52.0)
        self.assertAlmostEqual(rig.tuned[0], 875, delta=12)
        rig.run(2)
        self.assertAlmostEqual(rig.tuned[-1], 910, delta=12)

    def test_the_sampling_rate_is_never_the_same_for_long(self):
        rig = Rig()
        rig.run(3)
        self.assertTrue(len(set(rig.tuned[-4:])) == 4)
        self.assertTrue(max(rig.tuned) - min(rig.tuned) <= 26)

    def test_each_change_of_state_is_an_event(self):
        rig = Rig()
        rig.run(2)
        events = [entry for _, entry in rig.health.log()]
        states = [e["state"] for e in events if e["event"] == "mains"]
        self.assertEqual(states, ["settling", "locked"])

    def test_what_the_output_flies_through_is_no_event(self):
        rig = Rig()
        rig.run(2)
        before = rig.health.events_written
        states = set()
        for _ in range(5):
            rig.drop = 45
            for _ in range(20):
                self.assertTrue(rig.run(0.02)[0] is not None)
                states.add(rig.mains.tracker.state)
        self.assertEqual(states, {"locked", "holdover"})
        self.assertEqual(rig.health.events_written, before)

    def test_a_holdover_that_ends_in_silence_is_an_event(self):
        rig = Rig()
        rig.run(2)
        before = rig.health.events_written
        rig.drop = 400
        rig.run(0.3)
        self.assertTrue(rig.mains.lock is None)
        self.assertTrue(rig.health.events_written > before)


class Losing(unittest.TestCase):
    def locked(self, **values):
        rig = Rig(**values)
        rig.run(2)
        self.assertTrue(rig.mains.lock is not None)
        return rig

    def seconds_to_let_go(self, rig):
        """How long after what has just been done there is no lock any more."""
        for steps in range(1, 100):
            rig.run(0.02)
            if rig.mains.lock is None:
                return steps * 0.02
        return 9

    def test_a_mains_that_is_gone_is_let_go_within_0_24_s(self):
        rig = self.locked()
        rig.adc.volts = 0.0
        self.assertTrue(self.seconds_to_let_go(rig) <= 0.24)

    def test_a_timer_that_has_stopped_within_0_14_s(self):
        rig = self.locked()
        rig.drop = 1 << 20
        self.assertTrue(self.seconds_to_let_go(rig) <= 0.14)
        self.assertFalse(rig.mains.tracker.locked)

    def test_a_timer_that_has_stopped_just_before_the_ticks_wrap(self):
        rig = self.locked(start_us=boardtime.WRAP - 2_010_000)
        rig.drop = 1 << 20
        self.assertTrue(self.seconds_to_let_go(rig) <= 0.14)

    def test_a_timer_that_calls_only_every_other_time(self):
        rig = self.locked()
        rig.one_in = 2
        self.assertTrue(self.seconds_to_let_go(rig) <= 0.4)

    def test_a_voltage_that_sags_below_150_v(self):
        rig = self.locked()
        rig.adc.volts = 140.0
        self.assertTrue(self.seconds_to_let_go(rig) <= 0.6)

    def test_a_frequency_that_runs_away(self):
        rig = self.locked(hz=64.0, hz_per_s=2.0, ramp_from_us=2_000_000)
        self.assertAlmostEqual(self.seconds_to_let_go(rig), 0.8, delta=0.25)

    def test_it_comes_back_by_itself(self):
        rig = self.locked()
        rig.adc.volts = 0.0
        rig.run(1)
        rig.adc.volts = 230.0
        rig.run(1.5)
        self.assertAlmostEqual(rig.mains.lock.volts, 230, delta=0.5)


class Enduring(unittest.TestCase):
    def endure(self, rig):
        """Two seconds of it move neither the phase nor the voltage."""
        for _ in range(100):
            rig.run(0.02)
            self.assertTrue(rig.mains.lock is not None)
            self.assertTrue(abs(rig.phase_error_deg()) < 0.3, "%.2f" % rig.phase_error_deg())
            self.assertAlmostEqual(rig.mains.volts, 230, delta=0.7)

    def test_spikes_of_half_a_volt_on_a_hundredth_of_the_conversions(self):
        rig = Rig()
        rig.run(2)
        rig.adc.spikes = 97
        self.endure(rig)

    def test_spikes_that_last_for_a_whole_sample_whatever_the_middle(self):
        for middle in (2070, 2250):
            rig = Rig()
            rig.adc.middle = middle
            rig.run(2)
            rig.adc.spikes, rig.adc.wide = 130, 2
            self.endure(rig)

    def test_a_sample_whose_two_conversions_disagree_is_none(self):
        rig = Rig()
        rig.run(1)
        rig.adc.spikes = 2
        rig.sample()
        self.assertEqual(rig.mains._samples.state[1], 0)

    def test_ten_samples_lost_in_a_row(self):
        rig = Rig()
        rig.run(2)
        for _ in range(10):
            rig.drop = 10
            rig.run(0.2)
            self.assertTrue(rig.mains.lock is not None)
            self.assertTrue(abs(rig.phase_error_deg()) < 0.3, "%.2f" % rig.phase_error_deg())

    def test_a_step_of_a_tenth_in_the_volts_turns_no_phase(self):
        for late in (3, 13):  # ms after the zero crossing: where it would turn it by 2 degrees
            rig = Rig(volts=242.0)
            rig.run(2)
            rig.sample()
            while rig.grid.now_us % 20_000 < late * 1000:
                rig.sample()
            rig.adc.volts = 217.8
            for _ in range(20):
                rig.run(0.02)
                self.assertTrue(abs(rig.phase_error_deg()) < 0.3, rig.phase_error_deg())

    def test_a_middle_that_moves(self):
        rig = Rig()
        rig.run(2)
        rig.adc.frozen = 2170 << 4  # for one sample: a glitch of the converter
        rig.sample()
        rig.adc.frozen = None
        rig.run(0.2)
        self.assertTrue(abs(rig.phase_error_deg()) < 0.3)


class Life(unittest.TestCase):
    def test_each_step_is_a_sign_of_life_even_without_samples(self):
        rig = Rig()
        rig.drop = 1 << 20
        before = rig.mains.updates
        rig.run(1)
        self.assertEqual(rig.mains.updates - before, 50)

    def test_the_status_says_what_is_measured(self):
        rig = Rig(50.02, 228.0)
        rig.run(3)
        found = status.mains(rig.mains)
        self.assertEqual((found["locked"], found["state"]), (True, "locked"))
        self.assertAlmostEqual(found["volts"], 228, delta=0.4)
        self.assertAlmostEqual(found["hz"], 50.02, delta=0.01)
        self.assertTrue(found["noise_pct"] < 0.2 and abs(found["hz_per_s"]) < 0.2)


class Interrupted(Tracker):
    """While the step looks at it, the timer interrupts with one more sample."""

    interrupt = None

    def phase30(self, at_us):
        if self.interrupt:
            self.interrupt()
        return super().phase30(at_us)


class Interrupts(unittest.TestCase):
    def test_a_sample_that_comes_amid_a_step_does_not_turn_the_phase(self):
        rig = Rig()
        rig.mains.tracker = Interrupted()
        rig.run(3)
        rig.mains.tracker.interrupt = rig.sample
        rig.run(2)
        rig.mains.tracker.interrupt = None
        self.assertTrue(rig.mains.tracker.locked)
        self.assertTrue(abs(rig.phase_error_deg()) < 0.5, rig.phase_error_deg())

    def test_ctrl_c_amid_a_sample_is_not_lost(self):
        rig = Rig()
        rig.run(1)

        def interrupted():
            raise KeyboardInterrupt

        read, rig.mains._read = rig.mains._read, interrupted
        rig.sample()
        rig.mains._read = read
        with self.assertRaises(KeyboardInterrupt):
            rig.mains.step()
        rig.run(2)
        self.assertTrue(rig.mains.lock is not None)


class Memory(unittest.TestCase):
    def sampled(self, also):
        """Three hundred samples, the wrap of the ticks among them."""
        rig = Rig(start_us=boardtime.WRAP - 100_000)
        rig.adc.frozen = 4095 << 4 | 15
        rig.mains.also = also
        callback = rig.callback
        micropython.heap_lock()
        try:
            for _ in range(300):
                boardtime.pass_us(1143)
                callback(None)
        finally:
            micropython.heap_unlock()
        self.assertEqual(rig.mains._samples.state[1], 300)
        self.assertEqual(
            rig.mains._samples.at_us[rig.mains._samples.newest()], boardtime.ticks_us()
        )

    def test_the_sampling_callback_allocates_nothing(self):
        self.sampled(None)

    def test_nor_with_a_second_channel(self):
        last = [0]

        def also(at_us):
            last[0] = at_us

        self.sampled(also)
        self.assertEqual(last[0], boardtime.ticks_us())


if __name__ == "__main__":
    unittest.main()
