"""What really flows in the CT loop: measured at the sense resistor, compared, and trimmed.

Optional (setting `readback`; app.py loads it then). Ten times per second the sense channel's
phasor is compared with the phasor that was asked for. Small, steady differences are trimmed away;
large ones are named and the trim goes back to none, so that a broken readback leaves the output as
it is without one.

Clock domain: *cycle* for `step`; `sample` is *sample*: one conversion, one store.
"""

from math import atan2, pi, sqrt

from micropython import const

from lib import phasor
from lib.tracker import wrapped

_STEP_MS = const(100)
MV_PER_COUNT = 3300 / 4096
_REMEMBERED = const(4)  # steps; the ring (61 ms), the fit's window (80 ms), the stage, a reserve
_JUDGE_MA = const(0.15)  # below that (86 W) converter noise is a tenth of the signal
# Of full scale; below, noise would be trimmed in, and what was learnt above holds.
_TRIM_SHARE = const(0.2)
# Of the difference, per step: settles in 2 s, averages the noise of 20 fits.
_TRIM_RATE = const(0.05)
# Most that is trimmed; commissioning leaves less than 1 %, warmth adds 0.5 %.
_TRIM_GAIN = const(0.03)
TRIM_TURN = 2 / 360
_LOOP_OPEN = const(0.2)  # of the current asked for
# Unexplained rms over the fundamental's; a sine cut at 85 % of its peak has 6 %.
_CLIPPED = const(0.06)
_PATIENCE = const(10)  # steps in a row before a judgement is believed

_GOOD = const("good")
_OPEN = const("CT loop open")
_CLIPPING = const("clipping")
_DISAGREES = const("readback disagrees")


class Readback:
    """Compares the current that flows with the current that `ct` was asked for.

    adc: the sense channel, object with read_u16(); mains: for phase and frequency; ct: the output.
    verdict: "" (nothing to judge) -> _GOOD <-> _OPEN | _CLIPPING | _DISAGREES.
    """

    def __init__(self, adc, mains, ct, settings, health, clock):
        self._adc = adc
        self._mains = mains
        self._ct = ct
        self._settings = settings
        self._health = health
        self._clock = clock
        self._samples = phasor.Samples()
        self._fitter = phasor.Fitter()
        self._recent = []  # mA asked for, one per step, oldest first
        self._suspect = _GOOD
        self._count = 0
        self.verdict = ""
        self.gain_error = 0.0  # measured over asked, minus one
        self.error_turn = 0.0  # measured phase minus asked
        self.measured_ma = None

    def sample(self, at_us):
        """One conversion, stamped by the caller. Allocates nothing."""
        self._samples.put(at_us, self._adc.read_u16() >> 4)

    async def run(self):
        """Compare until the setting is off."""
        self._mains.also = self.sample
        while self._settings.now.readback:
            self.step()
            await self._clock.sleep_ms(_STEP_MS)
        self._mains.also = None
        self._forget()

    def step(self):
        """One comparison with what was asked for in the last 0.4 s, however it moved."""
        recent = self._recent
        if not self._mains.lock:
            recent.clear()
            return
        recent.append(self._ct.ma)
        if len(recent) <= _REMEMBERED:
            return
        recent.pop(0)
        low, high = sorted((abs(min(recent)), abs(max(recent))))
        if low < _JUDGE_MA or min(recent) * max(recent) < 0:
            return
        steady = high - low <= 0.01 * high
        found = self._judge(low, high, steady)
        self._believe(found)
        learn_ma = _TRIM_SHARE * self._settings.now.full_scale_ma
        if steady and found == _GOOD and self.verdict == _GOOD and high >= learn_ma:
            self._trim()

    def _judge(self, low_ma, high_ma, steady):
        """Measure, and say what the measurement looks like beside low_ma … high_ma asked for."""
        asked_ma = self._recent[-1]
        t = self._mains.tracker
        newest = self._samples.newest()
        fit = self._fitter.fit(self._samples, t.hz, t.window_us, newest=newest)
        if fit is None:
            self.measured_ma = None
            return _DISAGREES
        to_ma = MV_PER_COUNT / sqrt(2) / self._settings.now.sense_mv_per_ma
        size = sqrt(fit.a * fit.a + fit.b * fit.b)
        self.measured_ma = size * to_ma
        nearest_ma = abs(asked_ma) if steady else min(high_ma, max(low_ma, self.measured_ma))
        self.gain_error = self.measured_ma / nearest_ma - 1
        if self.gain_error < _LOOP_OPEN - 1:
            return _OPEN
        here = t.phase30(self._samples.at_us[newest]) / (1 << 30)
        turn = atan2(fit.b, fit.a) / (2 * pi) - here + (0.5 if self._backwards(asked_ma) else 0)
        self.error_turn = wrapped(turn)
        if self.gain_error < 0 and fit.rms_error > _CLIPPED * size / sqrt(2) + 8:
            return _CLIPPING
        trim = self._ct.trim_gain - 1 - self.gain_error, self._ct.trim_turn - self.error_turn
        if abs(trim[0]) > _TRIM_GAIN or abs(trim[1]) > TRIM_TURN:
            return _DISAGREES
        return _GOOD

    def _backwards(self, asked_ma):
        return (asked_ma < 0) != self._settings.now.invert

    def _believe(self, found):
        """Change the verdict once the same finding has stood for a second."""
        if found != self._suspect:
            self._suspect = found
            self._count = 0
        self._count += 1
        if self._count < _PATIENCE or found == self.verdict:
            return
        self.verdict = found
        if found == _GOOD:
            self._health.clear("readback")
            return
        self._ct.trim(1.0, 0.0)
        self._health.fault("readback", self._words(found))

    def _words(self, found):
        if found == _OPEN:
            return "CT loop open: no current flows. Is the cable to the Zappi connected?"
        if found == _CLIPPING:
            return "clipping: the analog stage cannot drive this current. Check its supply."
        return "readback disagrees: %.1f %% and %.1f deg off; it is not used. Check sense wire" % (
            100 * self.gain_error,
            360 * self.error_turn,
        )

    def _trim(self):
        """Take a little of the difference out of what comes next."""
        ct = self._ct
        ct.trim(
            ct.trim_gain - _TRIM_RATE * self.gain_error,
            ct.trim_turn - _TRIM_RATE * self.error_turn,
        )

    def _forget(self):
        self.verdict = ""
        self._ct.trim(1.0, 0.0)
        self._health.clear("readback")

    def status(self):
        """What a person may want to know of the loop; for page and console."""
        return {
            "verdict": self.verdict,
            "ma": self.measured_ma,
            "gain_error_pct": 100 * self.gain_error,
            "phase_error_deg": 360 * self.error_turn,
            "trim_pct": 100 * (self._ct.trim_gain - 1),
            "trim_deg": 360 * self._ct.trim_turn,
        }
