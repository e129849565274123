"""The pulse stream is an exact sine: judged on its bits, from 0.3 % to 94 % of full scale."""

import array
import unittest
from math import atan2, cos, pi, sin, sqrt

import micropython
from bits import Correlator, ones

from lib import waveform
from lib.waveform import AMPLITUDE, FULL_AMPLITUDE, HALF_DUTY, MAX_AMPLITUDE, TURN, Waveform

TIMEOUT_S = 120
FRAMES = 256
MINUTE = pi / 180 / 60
QUARTER = TURN // 4


def new_block():
    return array.array("I", [0] * FRAMES)


def idling():
    """A waveform at rest at half duty, and a block for it."""
    wave, block = Waveform(FRAMES), new_block()
    wave.ramp_bias(HALF_DUTY, FRAMES)
    for _ in range(3):
        wave.fill(block)
    return wave, block


class Sine(unittest.TestCase):
    def play(self, share, hz, blocks=100):
        """Correlators that heard a sine of that signed share of full scale: density, and bits."""
        wave, block = idling()
        meters = [Correlator(hz, blocks * FRAMES, in_middle) for in_middle in (True, False)]
        amplitude = int(share * FULL_AMPLITUDE)
        for n in range(-2, blocks):
            step = 2 * meters[0].step  # a turn is 2**29 to the meter and 2**30 to the oscillator
            wave.steer((n + 1) * FRAMES * step % TURN, step, amplitude)
            wave.fill(block)
            if n >= 0:
                for meter in meters:
                    meter.feed(block)
        return meters

    def check(self, share, hz, place_gain=3e-4):
        """Within 0.01 % and a minute; where odd pulses stand may cost `place_gain` more."""
        density, bits = self.play(share, hz)
        for meter, limit in ((density, 1e-4), (bits, place_gain)):
            gain_error, phase_min = self.error(meter, share)
            self.assertTrue(abs(gain_error) < limit, "gain off by %.2e" % gain_error)
            self.assertTrue(abs(phase_min) < 1, "phase off by %.2f minutes" % phase_min)

    def error(self, meter, share):
        sin_part, cos_part = meter.phasor()
        gain = sqrt(sin_part**2 + cos_part**2) / abs(share) - 1
        sign = 1 if share > 0 else -1
        return gain, atan2(cos_part * sign, sin_part * sign) / MINUTE

    def test_a_trickle_is_as_exact_as_full_power(self):
        self.check(0.003, 50, place_gain=2e-3)

    def test_one_percent(self):
        self.check(0.01, 50)

    def test_a_tenth(self):
        self.check(0.1, 50)

    def test_a_half(self):
        self.check(0.5, 50)

    def test_the_largest_that_can_be_shown(self):
        self.check(0.94, 50)

    def test_the_sign_turns_the_sine_round(self):
        self.check(-0.003, 50, place_gain=2e-3)
        self.check(-0.94, 50)

    def test_a_slow_and_a_fast_grid(self):
        self.check(0.2, 45)
        self.check(-0.2, 65)

    def test_a_step_told_a_little_wrong_is_put_right_by_the_phase(self):
        wave, block = idling()
        right, wrong = 2147482, 2149000  # 50 Hz, and 0.04 Hz faster
        meter = Correlator(50, 100 * FRAMES)
        for n in range(-2, 100):
            wave.steer((n + 1) * FRAMES * right % TURN, wrong, FULL_AMPLITUDE // 2)
            wave.fill(block)
            if n >= 0:
                meter.feed(block)
        sin_part, cos_part = meter.phasor()
        self.assertTrue(abs(sin_part - 0.5) < 1e-4)
        self.assertTrue(abs(atan2(cos_part, sin_part)) < MINUTE)


class Idle(unittest.TestCase):
    def test_idle_is_the_same_half_of_ones_in_every_frame(self):
        _, block = idling()
        self.assertEqual(set(ones(block)), {16})
        self.assertEqual(len(set(block)), 1)

    def test_silence_after_a_current_is_idle_again(self):
        wave, block = idling()
        for amplitude in (FULL_AMPLITUDE // 2, 0, 0):
            wave.steer(12345678, 2147484, amplitude)
            wave.fill(block)
        self.assertEqual(set(ones(block)), {16})
        self.assertEqual(wave.state[AMPLITUDE], 0)

    def test_the_duty_rises_evenly_within_a_second_and_comes_down_again(self):
        wave, block = Waveform(FRAMES), new_block()
        for target in (HALF_DUTY, 0):
            wave.ramp_bias(target, 25000)
            levels = [sum(self.filled(wave, block)) / FRAMES for _ in range(101)]
            rising = 1 if target else -1
            steps = [(levels[n + 1] - levels[n]) * rising for n in range(100)]
            # 16 levels in 98 blocks; a pulse through the coupling capacitor goes with the slope.
            self.assertTrue(min(steps) >= -0.01 and max(steps) < 0.19)
            self.assertAlmostEqual(levels[100], 16 if target else 0, delta=0.004)

    def filled(self, wave, block):
        wave.fill(block)
        return ones(block)


class Transition(unittest.TestCase):
    """How the mean of 16 frames (0.64 ms) goes on while something changes."""

    STEP = 2147484

    def setUp(self):
        self.wave, self.block = idling()
        self.levels = []

    def steer(self, phase, amplitude):
        self.wave.steer(phase & (TURN - 1), self.STEP, amplitude)
        self.wave.fill(self.block)
        self.levels.extend(ones(self.block))

    def means(self):
        return [sum(self.levels[n : n + 16]) / 16 - 16 for n in range(len(self.levels) - 15)]

    def test_the_amplitude_grows_along_a_straight_line_from_the_crest(self):
        end = QUARTER + FRAMES * self.STEP
        top = 0.8 * 16
        self.steer(end, int(0.8 * FULL_AMPLITUDE))
        self.steer(end + FRAMES * self.STEP, int(0.8 * FULL_AMPLITUDE))
        for n, mean in enumerate(self.means()):
            middle = n + 8
            turn = 0.25 + middle * self.STEP / TURN
            wanted = top * min(1, middle / FRAMES) * sin(2 * pi * turn)
            self.assertTrue(abs(mean - wanted) < 0.4, "frame %d: %.2f" % (n, mean - wanted))

    def test_it_never_exceeds_what_is_asked_for_on_the_way(self):
        phase = 0
        for share in (0.1, 0.5, -0.5, 0.3, 0.0, 0.94, -0.94):
            before = abs(self.wave.state[AMPLITUDE]) / FULL_AMPLITUDE
            phase += FRAMES * self.STEP
            self.levels = []
            self.steer(phase, int(share * FULL_AMPLITUDE))
            peak = max(abs(mean) for mean in self.means())
            self.assertTrue(peak < 16 * max(before, abs(share)) + 0.3, "%.2f" % peak)

    def test_more_than_can_be_shown_is_clipped(self):
        for n in range(1, 5):
            self.steer(n * FRAMES * self.STEP, 2 * FULL_AMPLITUDE)
        self.assertEqual(self.wave.state[AMPLITUDE], MAX_AMPLITUDE)
        self.assertTrue(max(abs(mean) for mean in self.means()) < 0.94 * 16 + 0.3)
        self.steer(5 * FRAMES * self.STEP, -2 * FULL_AMPLITUDE)
        self.assertEqual(self.wave.state[AMPLITUDE], -MAX_AMPLITUDE)

    def test_a_phase_jump_bends_the_current_instead_of_breaking_it(self):
        phase = 0
        for n in range(8):
            phase += FRAMES * self.STEP
            jump = QUARTER if n >= 3 else 0
            self.steer(phase + jump, FULL_AMPLITUDE // 2)
        # One 16th of a turn per block on top of half a turn: never steeper than 66 Hz would be.
        means = self.means()[16:]
        steepest = max(abs(means[n + 8] - means[n]) for n in range(len(means) - 8))
        self.assertTrue(steepest < 8 * 2 * pi * 66 * 8 / 25000 + 0.3, "%.2f" % steepest)

    def phase_after(self, blocks, jump):
        """Where a running current of 50 Hz is (turn) after blocks that ask for a phase jump."""
        phase = 0
        for n in range(3 + blocks):
            phase += FRAMES * self.STEP
            self.steer(phase + (jump if n >= 3 else 0), FULL_AMPLITUDE // 2)
        ahead = (self.wave.state[waveform.PHASE] - phase) % TURN / TURN
        return ahead - 1 if ahead > 0.5 else ahead

    def test_a_quarter_turn_is_made_up_in_four_blocks(self):
        for blocks, turn in ((1, 1 / 16), (3, 3 / 16), (4, 1 / 4), (6, 1 / 4)):
            self.setUp()
            self.assertAlmostEqual(self.phase_after(blocks, QUARTER), turn, delta=1e-5)
            self.setUp()
            self.assertAlmostEqual(self.phase_after(blocks, -QUARTER), -turn, delta=1e-5)

    def test_in_silence_the_phase_jumps_unheard(self):
        for n in range(3):
            self.steer(n * FRAMES * self.STEP, 0)
        self.steer(2 * FRAMES * self.STEP + FRAMES * self.STEP + TURN // 3, 1000)
        ahead = (self.wave.state[waveform.PHASE] - 3 * FRAMES * self.STEP) % TURN
        self.assertTrue(abs(ahead - TURN // 3) < 300)


class Wire(unittest.TestCase):
    def test_each_level_is_one_pulse_of_that_many_bits_in_the_middle_of_its_frame(self):
        for word in set(waveform.PATTERN):
            octets = array.array("I", [word])
            low, high = bytes(memoryview(octets))[:2], bytes(memoryview(octets))[2:]
            sent = "".join("{:08b}".format(b) for b in (low[1], low[0], high[1], high[0]))
            pulse = sent.strip("0")
            self.assertFalse("0" in pulse, sent)
            before, after = len(sent) - len(sent.lstrip("0")), len(sent) - len(sent.rstrip("0"))
            self.assertTrue(not pulse or abs(before - after) <= 1, sent)

    def test_behind_a_gate_the_word_clock_makes_the_same_pulses_of_it(self):
        plain = list(waveform.PATTERN)
        word_clock = array.array("I", [0x0001FFFE >> 16 | (0x0001FFFE & 0xFFFF) << 16])[0]
        waveform.wire(True)
        try:
            self.assertEqual([word ^ word_clock for word in waveform.PATTERN], plain)
            self.assertEqual(ones(array.array("I", [word_clock])), [16])  # what zeros play
        finally:
            waveform.wire(False)

    def test_without_the_gate_its_patterns_are_all_the_same_density(self):
        """A setting that does not fit the circuit must be silence, whatever the level."""
        waveform.wire(True)
        try:
            found = [bin(word).count("1") for word in waveform.PATTERN]
        finally:
            waveform.wire(False)
        means = [(found[level] + found[33 + level]) / 2 for level in range(33)]
        self.assertEqual(set(means[2:31]), {14})
        self.assertTrue(all(14 <= mean <= 16 for mean in means))

    def test_there_is_a_pattern_for_each_level(self):
        self.assertEqual(set(ones(waveform.PATTERN)), set(range(33)))


class Memory(unittest.TestCase):
    def test_steering_and_filling_allocate_nothing(self):
        wave, _ = idling()
        block = bytearray(4 * FRAMES)
        phase, amplitude = 1073741823, -MAX_AMPLITUDE
        micropython.heap_lock()
        try:
            for _ in range(20):
                wave.steer(phase, 2147484, amplitude)
                wave.fill(block)
                phase -= 40000000
                amplitude += 3000000
        finally:
            micropython.heap_unlock()
        self.assertTrue(any(block))


class FullTurn(unittest.TestCase):
    def test_no_phase_is_special(self):
        """Every 32nd of a turn as the end of a block, at the highest frequency and amplitude."""
        wave, block = idling()
        step = TURN // 25000 * 65
        for part in range(-2, 32):
            end = part * (TURN // 32) % TURN
            wave.state[waveform.PHASE] = (end - FRAMES * step) % TURN
            wave.steer(end, step, MAX_AMPLITUDE)
            wave.fill(block)
            if part < 0:
                continue
            found = ones(block)
            first = 2 * pi * ((end - FRAMES * step) % TURN / TURN)
            turn = 2 * pi * step / TURN
            wanted = [sin(first + turn * (n + 0.5)) for n in range(FRAMES)]
            swing = sum((found[n] - 16) * wanted[n] for n in range(FRAMES))
            power = sum(w * w for w in wanted)
            self.assertAlmostEqual(swing / power / 16, 0.94, delta=0.004)
            crossed = [cos(first + turn * (n + 0.5)) for n in range(FRAMES)]
            lost = sum((found[n] - 16 - 15.04 * wanted[n]) * crossed[n] for n in range(FRAMES))
            self.assertAlmostEqual(lost / power / 16, 0, delta=0.004)


if __name__ == "__main__":
    unittest.main()
