"""The mains as the device sees it: sampled by a timer, fitted and tracked every 20 ms.

Clock domains: `_sample` is *sample* (stamps, stores, nothing else), `step` is *cycle*.
"""

from collections import namedtuple
from math import cos, pi, sin, sqrt
from time import ticks_diff, ticks_us

from micropython import const

from lib import harmonics, phasor, tracker

Lock = namedtuple("Lock", ("volts", "hz"))

# 17.5 samples per cycle: each harmonic up to the 33rd then folds at least half the mains
# frequency away from it (17th and 19th of 50 Hz onto 25 and 75 Hz); four cycles are 70 samples.
_SAMPLES_PER_CYCLE = const(17.5)
# Two conversions are averaged, or thrown away when a WiFi burst has spiked one of them: 48 mV is
# six sigma of 4 mV noise plus what the mains moves in the 40 µs between them (16 mV).
_AGREE = const(60 << 4)
VOLTS_PER_COUNT = 3.3 / 4096  # at the converter's pin; the real scale is the mains_scale setting
_RETUNE = const(0.003)  # relative error of the sampling rate that a whole window still forgives
_UPDATE_MS = const(20)
_REJECTS = const(0.3)  # if more than this share of a window looks wrong, the expectation is wrong
_LOWEST_HZ = const(44.5)  # 45 to 65 Hz, with room for the noise of the estimate
_HIGHEST_HZ = const(65.5)
_LOWEST_V = const(150.0)
_HIGHEST_V = const(280.0)
GONE_MS = 100  # no sample for so long: the timer has stopped, nothing can be known


class Mains:
    """Voltage, frequency and phase of the mains at any time, and whether to believe them.

    adc: object with read_u16(); start_timer(callback, hz): starts or retunes the sampling.
    also: None, or called with each stamp, for a second channel sampled at the same moments.
    """

    def __init__(self, adc, start_timer, settings, health, clock):
        self._adc = adc
        self._start_timer = start_timer
        self._settings = settings
        self._health = health
        self._clock = clock
        self._samples = phasor.Samples()
        self._flat = harmonics.Harmonics(self._samples)
        self._fitter = phasor.Fitter()
        self._offset = float(phasor.MIDDLE)
        self._noise = 0.0  # rms of what the fit leaves unexplained, counts
        self._sample_hz = 0
        self._interrupted = False  # Ctrl-C came while a sample was taken
        self._callback = self._sample  # bound once: a bound method is an allocation
        self.also = None
        self._was = tracker.SEEKING
        self.tracker = tracker.Tracker()
        self.lock = None  # Lock or None: rebuilt every 20 ms
        self.volts = 0.0
        self.updates = 0  # steps done; wraps at 2**16, moving while healthy

    def _sample(self, _timer):
        try:
            at_us = ticks_us()
            first = self._adc.read_u16()
            second = self._adc.read_u16()
            if -_AGREE < first - second < _AGREE:
                self._samples.put(at_us, (first + second) >> 5)
            if self.also:
                self.also(at_us)
        except KeyboardInterrupt:  # the board would print and forget it: `step` passes it on
            self._interrupted = True

    async def run(self):
        """Sample and track for ever."""
        self._tune()
        while True:
            await self._clock.sleep_ms(_UPDATE_MS)
            self.step()

    def step(self):
        """Take in what was sampled since the last step."""
        if self._interrupted:
            self._interrupted = False
            raise KeyboardInterrupt
        self.updates = (self.updates + 1) & 0xFFFF
        t = self.tracker
        now_us = ticks_us()
        newest = self._samples.newest()
        newest_us = self._samples.at_us[newest]
        if ticks_diff(now_us, newest_us) > GONE_MS * 1000:
            t.lose()
        elif self._samples.fresh:
            self._samples.fresh = 0
            fit = self._fit(t, newest)
            t.update(fit, newest_us, self._fitter.gap_us)
        self.volts = t.amplitude * VOLTS_PER_COUNT * self._settings.now.mains_scale / sqrt(2)
        believable = _LOWEST_V <= self.volts <= _HIGHEST_V and _LOWEST_HZ <= t.hz <= _HIGHEST_HZ
        if t.locked and not believable:
            t.lose()
        self.lock = Lock(self.volts, t.hz) if t.locked else None
        if t.state != self._was:
            self._health.event("mains", state=t.state, hz=round(t.hz, 2), volts=round(self.volts))
            self._was = t.state
        self._tune()

    def _fit(self, t, newest):
        """The phasor of the window that ends with sample `newest`, outliers thrown out; None when
        too much is missing."""
        fit = None
        if t.state == tracker.SEEKING:
            self._flat.forget()
        else:
            limit = 60 + int(4 * self._noise)
            self._flat.take_away(t, newest, self._offset, limit)
            expected = self._expected(t, newest)
            fit = self._fitter.fit(self._flat, t.hz, t.window_us, expected, limit, newest=newest)
            if fit and fit.rejected > _REJECTS * (fit.count + fit.rejected):
                fit = None
        if fit is None:
            fit = self._fitter.fit(self._samples, t.hz, t.window_us, newest=newest)
        if fit is None or fit.count < 0.6 * t.window_us * self._sample_hz * 1e-6:
            return None
        self._offset = fit.offset
        self._noise += 0.1 * (fit.rms_error - self._noise)
        return fit

    def _expected(self, t, newest):
        """The phasor that the tracker predicts, its origin at sample `newest`."""
        turn = t.phase30(self._samples.at_us[newest]) * (2 * pi / (1 << 30))
        return phasor.Fit(
            t.amplitude * cos(turn), t.amplitude * sin(turn), self._offset, 0, 0, 0, 0
        )

    def _tune(self):
        """Keep the sampling rate at 17.5 per cycle of the tracked frequency."""
        hz = int(_SAMPLES_PER_CYCLE * self.tracker.hz + 0.5)
        if abs(hz - self._sample_hz) > _RETUNE * hz:
            self._sample_hz = hz
            self._start_timer(self._callback, hz)

    def status(self):
        """What a person may want to know of the mains."""
        t = self.tracker
        return {
            "locked": self.lock is not None,
            "state": t.state,
            "volts": round(self.volts, 1),
            "hz": round(t.hz, 3),
            "hz_per_s": round(t.hz_per_s, 2),
            "phase_error_deg": round(t.error_turn * 360, 2),
            "noise_pct": round(100 * self._noise / (t.amplitude + 1), 1),
            "sample_hz": self._sample_hz,
        }
