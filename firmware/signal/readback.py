"""What really flows in the CT loop: measured at the sense resistor, compared, and trimmed.

Optional (setting `readback`; app.py loads it then). Ten times per second the sense channel's
phasor is compared with the phasor that was asked for. Small, steady differences are trimmed away;
large ones are named and the trim goes back to none, so that a broken readback leaves the output as
it is without one.

A converter is 6 % off before anybody has compared it: `calibration` says what the settings
sense_trim_pct and sense_trim_deg must be so that the sense channel shows what is asked for, at a
moment when a person has seen that this is right. Until then the verdict is "uncalibrated": an open
loop, clipping and drift are named, and nothing is trimmed.

Clock domain: *cycle* for `step`; `sample` is *sample*: one conversion, one store.
"""

from math import atan2, pi
from time import ticks_add, ticks_us

from micropython import const

from firmware.policy import CT_RATIO
from lib import phasor
from lib.jump import wrapped

_STEP_MS = const(100)
_HALF_US = const(8)  # of a conversion, 15 to 18 µs on the chip
MV_PER_COUNT = 3300 / 4096
_REMEMBERED = const(4)  # steps; the ring (61 ms), the fit's window (80 ms), the stage, a reserve
_JUDGE_MA = const(0.15)  # below that (86 W) converter noise is a tenth of the signal
# Of full scale; below, noise would be trimmed in, and what was learnt above holds.
_TRIM_SHARE = const(0.2)
# Of the difference, per step: the first trims settle in 2 s, later ones average the noise of more
# and more fits, in the end of 200 (0.014 degrees are left).
_TRIM_QUICK = const(0.05)
_TRIM_RATE = const(0.005)
# Most that is trimmed; commissioning leaves less than 1 %, warmth adds 0.5 %.
_TRIM_GAIN = const(0.03)
TRIM_TURN = 2 / 360
_LOOP_OPEN = const(0.2)  # of the current asked for
# Unexplained rms over the fundamental's; a sine cut at 85 % of its peak has 6 %.
_CLIPPED = const(0.06)
_ROOT2 = const(1.41421356)
_PATIENCE = const(10)  # steps in a row before a judgement is believed

_GOOD = const("good")
_OPEN = const("CT loop open")
_CLIPPING = const("clipping")
_DISAGREES = const("readback disagrees")
_UNCALIBRATED = const("uncalibrated")
_RAW = const(0.15)  # most that an uncalibrated channel may be off: converter, resistor, stage
_RAW_TURN = 10 / 360
_SMOOTH = const(0.005)  # of a steady difference; `calibration` wants _ENOUGH of them
_ENOUGH = const(50)
# The mains input lags and reads the volts a little wrong. At 50 Hz the calibration takes that out;
# off 50 Hz these do: what the chain's slopes (degrees/Hz, %/Hz) have beside the output stage's.
_PROTOTYPE = (0.525, -0.211)
_REFERENCE = (0.1537, 0.0025)


class Readback:
    """Compares the current that flows with the current that `ct` was asked for.

    adc: the sense channel, object with read_u16(); mains: for phase and frequency; ct: the output.
    verdict: "" (nothing to judge) -> _GOOD | _UNCALIBRATED <-> _OPEN | _CLIPPING | _DISAGREES.
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
        self._trims = 0  # since the last time that they were given up
        self.verdict = ""
        self.gain_error = 0.0  # measured over asked, minus one
        self.error_turn = 0.0  # measured phase minus asked
        self.measured_ma = None
        self._first = (
            None  # differences once they had settled: what an uncalibrated one drifts from
        )
        self._steady = 0  # comparisons in a row at one and the same power
        self._mean = 0.0, 0.0  # of their differences: gain, turn

    def sample(self, _at_us):
        """One conversion, stamped by its own middle. Allocates nothing."""
        at_us = ticks_add(ticks_us(), _HALF_US)
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
        lock = self._mains.lock
        if not lock or self._ct.ahead_deg:
            recent.clear()
            return
        recent.append(self._ct.watts / lock.volts * 1000 / CT_RATIO)
        if len(recent) <= _REMEMBERED:
            return
        recent.pop(0)
        low, high = sorted((abs(min(recent)), abs(max(recent))))
        if low < _JUDGE_MA or min(recent) * max(recent) < 0:
            return
        steady = high - low <= 0.01 * high
        found = self._judge(low, high, steady)
        self._believe(found)
        self._average(steady and found in (_GOOD, _UNCALIBRATED))
        learn_ma = _TRIM_SHARE * self._settings.now.full_scale_ma
        if steady and found == _GOOD and self.verdict == _GOOD and high >= learn_ma:
            self._trim()

    def _average(self, steady):
        if not steady:
            self._steady = 0
            return
        gain, turn = self._mean if self._steady else (self.gain_error, self.error_turn)
        rate = max(_SMOOTH, 1 / (self._steady + 1))
        gain += rate * (self.gain_error - gain)
        turn += rate * wrapped(self.error_turn - turn)
        self._mean = gain, turn
        self._steady += 1
        if self._steady == _ENOUGH and not self._first:
            self._first = self._mean

    def calibration(self):
        """{"sense_trim_pct", "sense_trim_deg"} that make the sense channel agree with what is
        asked for; ValueError with words when that cannot be told now.

        For the moment when the output itself is right: a power is held, its gain and phase have
        been corrected by what the charger shows. Give it to `settings.change`.
        """
        if self._steady < _ENOUGH:
            raise ValueError("hold a power for 5 s first: %s" % (self.verdict or "no current"))
        now = self._settings.now
        if abs(self._recent[-1]) < _TRIM_SHARE * now.full_scale_ma / 2:
            raise ValueError("hold a larger power: this current is lost in the converter's noise")
        gain, turn = self._mean
        return {
            "sense_trim_pct": (now.sense_trim_pct or 100.0) / (1 + gain),
            "sense_trim_deg": now.sense_trim_deg - 360 * turn,
        }

    def _judge(self, low_ma, high_ma, steady):
        """Measure, and say what the measurement looks like beside low_ma … high_ma asked for."""
        asked_ma = self._recent[-1]
        t = self._mains.tracker
        newest = self._samples.newest()
        w = self._fitter.work
        w[phasor.NEWEST] = newest
        t.refer(w, self._samples.at_us[newest], 4)
        w[phasor.PEAK] = 0
        if not self._fitter.fit(self._samples):
            self.measured_ma = None
            return _DISAGREES
        now = self._settings.now
        trim_pct = now.sense_trim_pct or 100.0
        to_ma = MV_PER_COUNT / (16 * _ROOT2) / now.sense_mv_per_ma * trim_pct / 100
        a, b = w[phasor.SINE_PART], w[phasor.COSINE_PART]
        size = (a * a + b * b) ** 0.5
        self.measured_ma = size * to_ma
        turn_per_hz, gain_per_hz = self._mains_slopes(now)
        off_hz = t.hz - 50.0
        self.measured_ma /= 1 + gain_per_hz * off_hz
        nearest_ma = abs(asked_ma) if steady else min(high_ma, max(low_ma, self.measured_ma))
        self.gain_error = self.measured_ma / nearest_ma - 1
        if self.gain_error < _LOOP_OPEN - 1:
            return _OPEN
        turn = atan2(b, a) / (2 * pi) + (0.5 if self._backwards(asked_ma) else 0)
        self.error_turn = wrapped(turn + now.sense_trim_deg / 360 - turn_per_hz * off_hz)
        if self.gain_error < 0 and w[phasor.RMS] * 4 > _CLIPPED * size / _ROOT2 + 128:
            return _CLIPPING
        if not now.sense_trim_pct:
            if not self._first:  # the mains input's lag is in the phase: any may be right
                return _DISAGREES if abs(self.gain_error) > _RAW else _UNCALIBRATED
            gain, turn = self._first  # from then on it is drift that counts
            drifted = 4 * abs(self.gain_error - gain) > _RAW
            drifted = drifted or 4 * abs(wrapped(self.error_turn - turn)) > _RAW_TURN
            return _DISAGREES if drifted else _UNCALIBRATED
        # Of a small current the converter's noise is a large share.
        room = max(1.0, _TRIM_SHARE * now.full_scale_ma / abs(asked_ma))
        trim = self._ct.trim_gain - 1 - self.gain_error, self._ct.trim_turn - self.error_turn
        if abs(trim[0]) > _TRIM_GAIN * room or abs(trim[1]) > TRIM_TURN * room:
            return _DISAGREES
        return _GOOD

    def _mains_slopes(self, now):
        if now.stage == "own":
            return 0.0, 0.0
        lag, gain = _PROTOTYPE if now.stage == "prototype" else _REFERENCE
        return (now.lag_slope_deg_per_hz - lag) / 360, (gain - now.gain_slope_pct_per_hz) / 100

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
        if found in (_GOOD, _UNCALIBRATED):
            self._health.clear("readback")
            return
        self._trims = 0
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
        self._trims += 1
        rate = max(_TRIM_RATE, min(_TRIM_QUICK, 2 / self._trims))
        ct.trim(ct.trim_gain - rate * self.gain_error, ct.trim_turn - rate * self.error_turn)

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
