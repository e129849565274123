"""Follows the phase, frequency and drift of the mains from one phasor fit to the next.

A third-order (alpha-beta-gamma) loop: a steady ramp of frequency leaves no phase error, so the
phase can be predicted across the output queue. Clock domain: cycle (floats are fine); the
prediction itself is clock domain sample: integers in viper, no allocation.

Time never enters a float: only differences of ticks do.
"""

import array
from math import atan2, floor, pi, sqrt
from time import ticks_add, ticks_diff

import micropython
from micropython import const

from lib.phasor import turns_per_us

SEEKING = "seeking"
SETTLING = "settling"
LOCKED = "locked"
HOLDOVER = "holdover"


# Gains (phase, frequency, drift) of a critically damped loop that forgets with `memory` per update
# of 20 ms. QUIET averages the converter's noise over 80 ms; AGILE catches a ramp within 40 ms.
# The loop turns agile when the mean surprise of some updates exceeds what noise makes of it.
def _gains(memory):
    return (
        1 - memory**3,
        1.5 * (1 - memory**2) * (1 - memory),
        (1 - memory) ** 3,
    )


_QUIET = _gains(0.77)
_AGILE = _gains(0.6)
_WARY = _gains(0.92)  # a window with a gap lets harmonics leak in; it lasts 80 ms
_LEAKS = const(0.015)  # rms_error over amplitude from which a gap matters: 2 % of harmonics
# 0.11 degrees; noise of 4 mV leaves 0.03. Harmonics and jitter make more: then 1.2 times the usual
# surprise, which is two and a half sigma of the mean.
_SURPRISE_TURN = const(0.0003)

_MOVED = const(0.004)  # of the amplitude; harmonics and jitter make 0.3 % of noise in one fit
# Good fits in a row before the phase is trusted: 0.8 s, after 0.2 s seeking.
_SETTLE_UPDATES = const(40)
_HOLDOVER_US = const(200_000)  # longest flight on prediction alone; 1 Hz/s unseen makes 7 degrees
_STEP_TURN = const(0.06)  # a larger surprise than 22 degrees is not the same mains any more
_NOISE = const(0.30)  # rms_error over amplitude (rms); 8 % THD gives 0.08
# While the frequency is still a guess: 65 Hz fitted at 50 leaves over 2.
_SEEKING_NOISE = const(2.5)
_DRIFT_HZ_S = const(10.0)  # fastest drift believed; grid codes ask for 2.5 Hz/s at most
_LOWEST_HZ = const(40.0)  # no mains is outside; a loop that would go there has lost its mains
_HIGHEST_HZ = const(70.0)
# Half an update. Where the window grows, the middle of the next one is that of the last, and a
# step of phase over next to no time means nothing.
_LEAST_US = const(8000)

# Fields of the prediction array.
_AT_US = const(0)
_PHASE = const(1)
_COARSE = const(2)
_FINE = const(3)
_BEND = const(4)


def _mains_hz(hz):
    return min(_HIGHEST_HZ, max(_LOWEST_HZ, hz))


def wrapped(turn):
    """The same angle between -0.5 and +0.5 turn."""
    return turn - floor(turn + 0.5)


@micropython.viper
def _phase30(p: ptr32, at_us: int) -> int:
    dt = (at_us - p[0]) & 0x3FFFFFFF
    if dt > 400000:  # nobody predicts that far; keeps the products below 2**31
        dt = 400000
    ms = dt >> 10
    bend = ((p[4] + 0x20000000) & 0x3FFFFFFF) - 0x20000000
    phase = p[1] + (dt >> 9) * p[2] + (((dt & 511) * p[3]) >> 8)
    phase = (phase & 0x3FFFFFF) + ((ms * ms * bend) >> 4)
    return int((phase & 0x3FFFFFF) << 4)


class Tracker:
    """Phase, frequency and amplitude of the mains at any time.

    state: SEEKING -> SETTLING -> LOCKED <-> HOLDOVER -> SEEKING
    hz, hz_per_s: frequency and its drift; amplitude: smoothed peak, counts.
    """

    def __init__(self, hz=50.0):
        self.hz = hz
        self._p = array.array("i", [0] * 5)
        self.lose()

    def lose(self):
        """Forget the mains; start seeking from the last frequency."""
        self.state = SEEKING
        self.hz_per_s = 0.0
        self.amplitude = 0.0
        self.error_turn = 0.0  # last surprise: measured minus predicted phase
        self._mean_error = 0.0
        self._mean_off = 0.0  # amplitude: mean of fit over estimate, minus one
        self._usual_error = 0.0  # mean size of the surprises of the last two seconds
        self._turn = 0.0
        self._at_us = None  # stamp of the phase; None until the first usable fit
        self._good = 0

    def update(self, fit, newest_us, gap_us=0):
        """Take in the next fit (or None), made at `self.hz`, newest sample at `newest_us`.

        gap_us: longest time between two of its samples.
        """
        if fit is None:
            return self._miss(newest_us)
        amplitude = sqrt(fit.a * fit.a + fit.b * fit.b)
        noise = _SEEKING_NOISE if self.state == SEEKING else _NOISE
        if amplitude < 20 or fit.rms_error > 0.707 * noise * amplitude:
            return self._miss(newest_us)
        at_us = ticks_add(newest_us, -fit.age_us)
        turn = atan2(fit.b, fit.a) / (2 * pi) - self.hz * (fit.age_us * 1e-6)
        if self._at_us is None:
            self._begin(turn, at_us, amplitude)
            return
        dt_us = ticks_diff(at_us, self._at_us)
        if dt_us < _LEAST_US:
            return
        dt_s = dt_us * 1e-6
        if self.state == SEEKING:
            self._seek(turn, at_us, dt_s, amplitude)
        elif self._follow(turn, at_us, dt_s, self._is_leaky(fit, amplitude, gap_us)):
            self._smooth(amplitude)
        else:
            self._miss(newest_us)

    def _begin(self, turn, at_us, amplitude):
        self._turn, self._at_us = turn - floor(turn), at_us
        self.amplitude = amplitude

    def _seek(self, turn, at_us, dt_s, amplitude):
        """Frequency from the phase step between two fits; settled when two steps agree."""
        surprise_hz = wrapped(turn - self._turn - self.hz * dt_s) / dt_s
        # The caller fits at whole counts of 0.05 Hz or better; beyond +-20 Hz the step is aliased.
        self.hz = _mains_hz(self.hz + surprise_hz)
        self._begin(turn, at_us, amplitude)
        self._good = self._good + 1 if abs(surprise_hz) < 0.5 else 0
        if self._good >= 3:
            self.state = SETTLING
            self._good = 0
        self._publish()

    def _smooth(self, amplitude):
        """Average the amplitude over 0.3 s; go after it at once when it has really moved."""
        off = amplitude / self.amplitude - 1
        self._mean_off += 0.25 * (off - self._mean_off)
        rate = 0.5 if abs(self._mean_off) > _MOVED else 0.06
        self.amplitude += rate * (amplitude - self.amplitude)

    def _is_leaky(self, fit, amplitude, gap_us):
        """Whether the window has a hole of more than a seventh of a cycle, and harmonics."""
        return gap_us * self.hz > 140_000 and fit.rms_error > _LEAKS * amplitude

    def _follow(self, turn, at_us, dt_s, leaky):
        """One step of the loop; False if the phase is too far off to be the same mains."""
        hz = self.hz + self.hz_per_s * dt_s
        predicted = self._turn + (self.hz + hz) * 0.5 * dt_s
        error = wrapped(turn - predicted)
        self.error_turn = error
        if abs(error) > _STEP_TURN:
            return False
        self._mean_error += 0.25 * (error - self._mean_error)
        self._usual_error += 0.01 * (abs(error) - self._usual_error)
        surprise = max(_SURPRISE_TURN, 1.2 * self._usual_error)
        if leaky:
            alpha, beta, gamma = _WARY
        else:
            alpha, beta, gamma = _AGILE if abs(self._mean_error) > surprise else _QUIET
        predicted += alpha * error
        self._turn = predicted - floor(predicted)
        self.hz = _mains_hz(hz + beta * error / dt_s)
        drift = self.hz_per_s + gamma * error / (dt_s * dt_s)
        self.hz_per_s = min(_DRIFT_HZ_S, max(-_DRIFT_HZ_S, drift))
        self._at_us = at_us
        self._publish()
        self._good += 1
        if self.state == HOLDOVER or (self.state == SETTLING and self._good >= _SETTLE_UPDATES):
            self.state = LOCKED
        return True

    def _miss(self, newest_us):
        """A fit that cannot be used: fly on prediction for a while, then start over."""
        if self.state == SETTLING:
            self.lose()
        elif self.state in (LOCKED, HOLDOVER):
            self.state = HOLDOVER
            if ticks_diff(newest_us, self._at_us) > _HOLDOVER_US:
                self.lose()

    def _publish(self):
        """Hand the state to the integer side in one go."""
        p = self._p
        p[_AT_US] = self._at_us
        p[_PHASE] = int(self._turn * 67108864.0) & 0x3FFFFFF
        turns_per_us(self.hz, p, _COARSE)
        p[_BEND] = int(self.hz_per_s * 562.95)  # 0.5 * 1.024e-3**2 * 2**26 * 2**4

    def phase30(self, at_us):
        """Predicted phase at that tick, in 1/2**30 turn; up to 0.4 s ahead, no allocation."""
        return _phase30(self._p, at_us)

    @property
    def window_us(self):
        """Length of the window to fit: four cycles, two while the frequency is still unknown.

        Half a sample less than whole cycles at 17.5 samples per cycle, so that jitter never moves
        a sample in or out.
        """
        return int((1_971_429 if self.state == SEEKING else 3_971_429) / self.hz)

    @property
    def step30(self):
        """Phase step per 40 µs frame in 1/2**30 turn."""
        return (self._p[_COARSE] * 5) >> 2

    @property
    def locked(self):
        """True while the predicted phase can be relied on."""
        return self.state == LOCKED or self.state == HOLDOVER
