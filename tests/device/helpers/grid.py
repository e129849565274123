"""A grid whose phase is known at any time, and what least squares would make of it."""

from math import cos, pi, sin

import boardtime

from lib import phasor

STEP_US = 20_000
AHEAD_US = 92_000  # a full ring of 82 ms and the block that is being filled
TURN = 1 << 30


class Grid:
    """A phase that a test may bend; times are whole µs, so that no float loses them."""

    def __init__(self, hz=50.0, hz_per_s=0.0, ramp_from_us=0, start_us=12_345_678):
        self.millihz = int(hz * 1000 + 0.5)
        self.millihz_per_s = int(hz_per_s * 1000)
        self.ramp_from_us = ramp_from_us
        self.start_us = start_us  # of the board's ticks
        self.now_us = 0
        self.step_deg = 0.0
        self.noise_deg = 0.0
        self._random = 1
        self._work = phasor.Fitter().work

    def turn(self, at_us):
        """Phase at that time since the start, 0 … 1."""
        ramped = max(0, at_us - self.ramp_from_us)
        nano = self.millihz * at_us + self.millihz_per_s * ramped * ramped // 2_000_000
        return (nano % 1_000_000_000) / 1e9 + self.step_deg / 360

    def hz(self):
        ramped = max(0, self.now_us - self.ramp_from_us)
        return (self.millihz + self.millihz_per_s * ramped / 1e6) / 1000

    def fit(self, t, amplitude=1100, error=3.0):
        """Let the tracker take in what least squares gives over its window."""
        w = self._work
        t.refer(w, self.ticks(), 2)
        w[phasor.RMS] = int(error * 4)
        noise = self.noise_deg / 360 * self._throw()
        self._fit(w, amplitude, noise)
        if not t.update(w, self.ticks()):
            t.refer(w, self.ticks(), 1)
            self._fit(w, amplitude, noise)
            t.judge(w, self.ticks())

    def _fit(self, w, amplitude, noise):
        """Along the fit's reference and ahead of it, 1/16 count, in the middle of its window."""
        age_us = w[phasor.AGE_US] = w[phasor.WINDOW_US] // 2
        back = (age_us >> 9) * w[phasor.COARSE] + ((age_us & 511) * w[phasor.FINE] >> 8)
        turn = self.turn(self.now_us - age_us) + noise - (w[phasor.TURN] - back) / (1 << 26)
        size = 16 * amplitude
        w[phasor.SINE_PART] = int(size * cos(2 * pi * turn))
        w[phasor.COSINE_PART] = int(size * sin(2 * pi * turn))

    def ticks(self):
        return (self.start_us + self.now_us) % boardtime.WRAP

    def run(self, t, seconds, fit=True):
        """Let the tracker follow for so long; the largest error of its prediction in degrees."""
        worst = 0.0
        for _ in range(int(seconds * 50 + 0.5)):
            self.now_us += STEP_US
            if fit:
                self.fit(t)
            else:
                t.miss(self.ticks())
            if t.locked:
                worst = max(worst, abs(self.error_deg(t)))
        return worst

    def error_deg(self, t, ahead_us=AHEAD_US):
        """How far off the phase predicted for so much later is."""
        at_us = boardtime.ticks_add(self.ticks(), ahead_us)
        off = t.phase30(at_us) / TURN - self.turn(self.now_us + ahead_us)
        return ((off + 0.5) % 1 - 0.5) * 360

    def _throw(self):
        """-1 … 1, the same each time the test runs."""
        self._random = self._random * 16807 % 65521
        return self._random / 32760.5 - 1
