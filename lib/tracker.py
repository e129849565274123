"""Follows the phase, frequency and drift of the mains from one phasor fit to the next.

A third-order (alpha-beta-gamma) loop in integers: a steady ramp of frequency leaves no phase
error, so the phase can be predicted across the output queue. The amplitude is followed with its
slope. What cannot be the same mains any more (a jump, a dropout) is not followed: the prediction
flies on, silent where it may be wrong by much, until the newest cycles agree on a phase again.

Clock domain: cycle, allocating nothing while all is quiet; the prediction: sample, in viper.
"""

import array
from math import atan2, pi
from time import ticks_add, ticks_diff

from micropython import const

from lib import prediction
from lib.amplitude import Amplitude
from lib.gains import AGILE, SWINGING, Pull
from lib.jump import Jump

SEEKING = "seeking"
SETTLING = "settling"
LOCKED = "locked"
HOLDOVER = "holdover"
# Frequencies are kept in turn/2**38 per µs, drift in that per 2**16 µs, angles in 1/2**26 turn.
_HZ = const(274877.906944)
_LOWEST = const(10995116)  # 40 Hz; no mains is outside
_MIDDLE = const(13743895)  # 50
_HIGHEST = const(19241453)  # 70 Hz
_DRIFT = const(450000)  # 25 Hz/s; grid codes ask for 2.5 Hz/s at most, a power swing had 13
_TURNS = const(27000)  # 1.5 Hz/s; less is no swing
_LEAST_US = const(8000)  # a step of phase over less, where the window grows, means nothing
_FARTHEST_US = const(240_000)  # keeps the products of a step below 2**31
_TORN = const(120_000)  # 0.66 degrees; a step of a tenth alone makes 0.5
# Windows with holes lie closer together than an update now and then. What such a step tells of the
# frequency is noise, and divided by its time would be more of it.
_SHORT_US = const(18_000)
_AGILE_UPDATES = const(6)  # after a jump: one cycle alone has told the phase
_SETTLE_UPDATES = const(40)  # good fits in a row before the phase is trusted: 0.8 s, after 0.2 s
_HOLDOVER_US = const(200_000)  # longest flight on prediction alone; 1 Hz/s unseen makes 7 degrees
_FORGET_US = const(2_000_000)  # of silence, after which the frequency is no longer believed
_STEP = const(1_030_000)  # 5.5 degrees in 20 ms: hardly any loop makes this of a grid that moves
_MOVED = const(82463)  # 0.3 Hz
_NOISE = const(30)  # %, rms_error over amplitude (rms); 8 % THD gives 8
_SEEKING_NOISE = const(250)  # while the frequency is a guess: 65 Hz fitted at 50 leaves over 200
_PHASE = const(1)  # in the prediction (lib/prediction.py)
# Fields of a fit's work array (lib/phasor.py).
_WINDOW = const(1)
_FIT_COARSE = const(2)
_FIT_FINE = const(3)
_TURN = const(4)
_PEAK = const(5)
_SINE_PART = const(9)
_COSINE_PART = const(10)
_RMS = const(11)
_AGE_US = const(15)


class Tracker:
    """Phase, frequency and amplitude of the mains at any time.

    state: SEEKING -> SETTLING -> LOCKED <-> HOLDOVER -> SEEKING
    locked: the predicted phase can be relied on; False in a HOLDOVER that may be far off.
    frequency: turn/2**38 per µs.
    """

    def __init__(self, hz=50.0):
        self.frequency = int(hz * _HZ)
        self._p = array.array("i", [0] * prediction.FIELDS)
        # The frequencies of the last 0.2 s, one per update, before an event has bent them.
        self._past = array.array("i", [self.frequency] * 10)
        self._place = 0
        self._slow = self.frequency  # its mean over 0.6 s
        self._amplitude = Amplitude()
        self._jump = Jump()
        self._pull = Pull()
        self.lose()

    def lose(self):
        """Forget the mains; start seeking from the last frequency."""
        self.state = SEEKING
        self.locked = False
        self._drift = 0
        self._amplitude.begin(0)
        self._pull.forget()
        self.error = 0  # last surprise: measured minus predicted phase, 1/2**26 turn
        self._good = 0
        self._begun = False  # anew, and not yet confirmed by a fit
        self._good_us = None  # when there was last a good fit
        self._jump.forget()
        self._at_us = None  # stamp of the phase; None until the first usable fit

    def refer(self, w, newest_us, cycles):
        """Set the reference of a fit of that many cycles up to `newest_us`: the prediction.

        The window is half a sample less than whole cycles at 17.5 samples per cycle, so that
        jitter never moves a sample in or out.
        """
        cycle_us = self.cycle_us
        w[_WINDOW] = window_us = cycles * cycle_us - cycle_us // 35
        half_us = window_us >> 1
        f = self.frequency
        middle_us = ticks_add(newest_us, -half_us)
        turn = 0
        if self._at_us is not None:
            turn = self.phase30(middle_us) >> 4
            dt_us = min(_FARTHEST_US, max(-_FARTHEST_US, ticks_diff(middle_us, self._at_us)))
            f += self._drift * (dt_us >> 6) >> 10
        w[_FIT_COARSE] = coarse = f >> 3
        w[_FIT_FINE] = fine = f >> 4
        w[_TURN] = (turn + (half_us >> 9) * coarse + ((half_us & 511) * fine >> 8)) & 0x3FFFFFF
        w[_PEAK] = self.peak

    def update(self, w, newest_us, leaky=False, torn=False):
        """Take in the fit in `w`, made against `refer`'s reference, newest sample at `newest_us`.

        leaky: a hole was in it; torn: two voltages. False: another one; `judge` its newest cycle.
        """
        a, b = w[_SINE_PART], w[_COSINE_PART]
        at_us = ticks_add(newest_us, -w[_AGE_US])
        if self.state == SEEKING:
            self._seek(a, b, w[_RMS], at_us)
            return True
        dt_us = ticks_diff(at_us, self._at_us)
        if dt_us < _LEAST_US:
            return True
        error = (b << 18) // a * 10430 >> 8 if -a < 2 * b < a else 1 << 25
        peak = self.peak
        same = -_STEP < error < _STEP or (
            self.state != HOLDOVER and -_STEP < error - self.error < _STEP  # a swing that goes on
        )
        same = same and 2 * peak > a > peak >> 1
        if not same or w[_RMS] * 566 > _NOISE * a:
            self.error = error
            if dt_us <= _FARTHEST_US and self.state != SETTLING:
                self._fly(newest_us)
                return self.state == SEEKING
            self.lose()
            return True
        if dt_us > _FARTHEST_US:
            self._coast(at_us)
            dt_us = _LEAST_US
        error >>= 3 * (torn and -_TORN < error < _TORN)
        self._follow(error, at_us, dt_us, leaky)
        self._amplitude.follow(a + b * b // (2 * a), dt_us)
        self._good_us = at_us
        self._jump.forget()
        self._begun = False
        if self.state == SETTLING:
            self._good += 1
            if self._good < _SETTLE_UPDATES:
                return True
        self.state = LOCKED
        self.locked = True
        return True

    def miss(self, newest_us):
        """No fit: too few samples. Fly on prediction for a while, then start over."""
        if self.state == SETTLING:
            if ticks_diff(newest_us, self._at_us) > _HOLDOVER_US:
                self.lose()
        elif self.state != SEEKING:
            self._fly(newest_us)

    def _seek(self, a, b, rms, at_us):
        """Frequency from the phase step between two fits; settled when two steps agree."""
        amplitude = (a * a + b * b) ** 0.5
        if amplitude < 320 or rms * 566 > _SEEKING_NOISE * amplitude:
            self.frequency += (_MIDDLE - self.frequency) >> 3  # a wrong guess does not last
            return
        turn = atan2(b, a) / (2 * pi)
        if self._at_us is not None:
            dt_us = ticks_diff(at_us, self._at_us)
            if dt_us < _LEAST_US:
                return
            # Beyond +-20 Hz the step is aliased.
            off = turn / (dt_us * 1e-6) * _HZ
            self._good = self._good + 1 if abs(off) < 0.5 * _HZ else 0
            self.frequency = min(_HIGHEST, max(_LOWEST, self.frequency + int(off)))
        self._p[_PHASE] = self._predicted(at_us) + int(turn * 67108864.0) & 0x3FFFFFF
        self._at_us = at_us
        self._amplitude.begin(int(amplitude))
        if self._good >= 3:
            self.state = SETTLING
            self._good = 0
            self._slow = self.frequency
            for k in range(len(self._past)):
                self._past[k] = self.frequency
        self._publish()

    def _follow(self, error, at_us, dt_us, leaky):
        """One step of the loop."""
        self.error = error
        off = self.frequency - self._slow
        steady = self.state == LOCKED and -_HZ < off < _HZ
        alpha, beta, gamma = gains = self._pull.gains(error, dt_us, leaky, self._good < 0, steady)
        self._good += self._good < 0 and gains is AGILE
        self._slow += self.frequency - self._slow >> 5
        if gains is SWINGING:
            self.frequency, self._drift = self._slow, 0
        self._p[_PHASE] = self._predicted(at_us) + (error * alpha >> 10) & 0x3FFFFFF
        drift = self._drift
        f = self.frequency + (drift * (dt_us >> 6) >> 10)
        dt_us = max(dt_us, _SHORT_US)
        rate = error * 64 // (dt_us >> 6)
        f += rate * beta >> 10
        if not -_TURNS < drift < _TURNS and (error ^ drift) < 0:
            drift >>= 2  # it has turned round: what is left of it overshoots
        drift += (rate * gamma >> 6) // (dt_us >> 10)
        self.frequency = min(_HIGHEST, max(_LOWEST, f))
        self._drift = min(_DRIFT, max(-_DRIFT, drift))
        self._at_us = at_us
        self._place = place = (self._place + 1) % 10
        self._past[place] = self.frequency
        self._publish()

    def judge(self, w, newest_us):
        """Take in a fit of the newest cycle alone, after one that does not belong: silent if the
        prediction may be far off, and ready for a new phase."""
        at_us = ticks_add(newest_us, -w[_AGE_US])
        a, b = w[_SINE_PART], w[_COSINE_PART]
        if self._jump.look(a, b, self.peak, at_us):
            # The fits that held both sides of the jump have bent the frequency: unless it has
            # really moved, that of 0.2 s ago is better.
            f = self._past[(self._place + 1) % 10]
            if not self._jump.level or abs(f - self.frequency) > _MOVED:
                f = self.frequency + int(self._jump.turn_per_us * 1e6 * _HZ)
            self._begin(self._jump.turn, at_us, f, int((a * a + b * b) ** 0.5))
        elif self._jump.doubtful:
            self.locked = False

    def _begin(self, turn, at_us, f, size):
        """The newest cycles agree: this is the mains now."""
        self._p[_PHASE] = self._predicted(at_us) + int(turn * 67108864.0) & 0x3FFFFFF
        self._at_us = at_us
        self.frequency = min(_HIGHEST, max(_LOWEST, f))
        self._slow = self.frequency
        self._drift = self._pull.mean = 0
        if not -size < 16 * (size - self.peak) < size:
            self._amplitude.jump(size)
        self._amplitude.level()
        self._good = -_AGILE_UPDATES
        self._jump.forget()
        self._publish()
        self.state = LOCKED
        # Twice without a good fit between: it agrees with itself, but is no mains.
        self.locked = not self._begun
        self._begun = True

    def _fly(self, newest_us):
        """On prediction alone: without drift, for so long; then silent; then forgotten."""
        self.state = HOLDOVER
        self._drift = 0
        self._amplitude.level()
        if ticks_diff(newest_us, self._at_us) > 100_000:
            self._coast(ticks_add(newest_us, -40_000))
        else:
            self._publish()
        flown_us = ticks_diff(newest_us, self._good_us)
        if flown_us > _HOLDOVER_US:
            self.locked = False
        if flown_us > _FORGET_US:
            self.lose()

    def _coast(self, at_us):
        """Carry the state on to a later time."""
        self._p[_PHASE] = self._predicted(at_us)
        self._at_us = at_us
        self._publish()

    def _predicted(self, at_us):
        return 0 if self._at_us is None else prediction.phase30(self._p, at_us) >> 4

    def _publish(self):
        """Hand the state to the integer side in one go."""
        prediction.put(self._p, self._at_us, self.frequency, self._drift)

    def phase30(self, at_us):
        """Predicted phase at that tick, in 1/2**30 turn; up to 0.4 s ahead, no allocation."""
        return prediction.phase30(self._p, at_us)

    def peak_at(self, at_us):
        """Predicted amplitude at that tick, 1/16 count; no allocation."""
        return self._amplitude.peak_at(min(150_000, max(0, ticks_diff(at_us, self._at_us))))

    @property
    def cycle_us(self):
        """Length of a cycle."""
        return 67108864 // (self.frequency >> 12)

    @property
    def step30(self):
        """Phase step per 40 µs frame in 1/2**30 turn."""
        return (self.frequency >> 3) * 5 >> 2

    @property
    def hz(self):
        """Frequency."""
        return self.frequency / _HZ

    @property
    def hz_per_s(self):
        """Its drift."""
        return self._drift / 18014.4

    @property
    def peak(self):
        """Amplitude, 1/16 count."""
        return self._amplitude.peak
