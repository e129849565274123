"""The mains as the device sees it: sampled by a timer, fitted and tracked every 20 ms.

Clock domains: `_sample` is *sample* (stamps, stores, nothing else), `step` is *cycle*; neither
allocates while all is quiet.
"""

from collections import namedtuple
from time import ticks_diff, ticks_us

import micropython
from micropython import const

from lib import harmonics, phasor, tracker

Lock = namedtuple("Lock", ("volts", "hz"))

# 17.5 samples per cycle: each harmonic up to the 33rd then folds at least half the mains
# frequency away from it (17th and 19th of 50 Hz onto 25 and 75 Hz); two cycles are 35 samples.
# What lies between the harmonics may fold onto it (825 and 925 Hz do), so the rate is never the
# same for long: a tone then beats with 5 Hz and more, which the loop averages.
_SAMPLES_PER_TWO_CYCLES = (3464, 3470, 3536, 3530)  # hundredths
_TUNE_UPDATES = const(6)
VOLTS_PER_COUNT = 3.3 / 4096  # at the converter's pin; the real scale is the mains_scale setting
_UPDATE_MS = const(20)
_LOWEST_HZ = const(12231967)  # 44.5 … 65.5 in the tracker's unit: 45 to 65 Hz, and some noise
_HIGHEST_HZ = const(18004503)
_LOWEST_V = const(150.0)
_HIGHEST_V = const(280.0)
GONE_MS = 100  # no sample for so long: the timer has stopped, nothing can be known
_ROOT2 = const(1.41421356)
_PATIENCE = const(25)  # updates in a row before something wrong has a name
_TRIES = const(4)  # holdover, seeking, settling; what goes to and fro after that is not news
_DISTORTED = const(20)  # % of the fundamental left unexplained; EN 50160 allows 8, a square has 48
_FAR = const(80)  # times 0.12 s
_CUT = "the mains input is cut off at the converter's end: check its bias (1.3 V) and divider"
_STRANGE = "this waveform is no mains: check the mains input"


@micropython.viper
def _take(read: object, at_us: ptr32, counts: ptr32, state: ptr32) -> int:
    """Two conversions around one stamp; their mean is stored if they agree.

    When a WiFi burst has spiked one of them they differ: 48 mV is six sigma of 4 mV noise plus
    what the mains moves between them (16 mV). Answers the stamp.
    """
    first = int(read())  # type: ignore[operator]
    now_us = int(ticks_us())
    second = int(read())  # type: ignore[operator]
    off = first - second
    if off < 960 and off > -960:
        i = state[0]
        at_us[i] = now_us
        counts[i] = (first + second) >> 5
        state[0] = (i + 1) & 127
        state[1] += 1
    return now_us


class Mains:
    """Voltage, frequency and phase of the mains at any time, and whether to believe them.

    adc: object with read_u16(); start_timer(callback, hz): starts or retunes the sampling.
    also: None, or called with each stamp, for a second channel sampled at the same moments.
    """

    def __init__(self, adc, start_timer, settings, health, clock):
        self._read = adc.read_u16
        self._start_timer = start_timer
        self._settings = settings
        self._health = health
        self._clock = clock
        self._samples = phasor.Samples()
        self._flat = harmonics.Harmonics(self._samples)
        self._fitter = phasor.Fitter()
        self.noise = 0  # rms of what the fit leaves unexplained, 1/64 count
        self.sample_hz = 0
        self._tuned = 0
        self._interrupted = False  # Ctrl-C came while a sample was taken
        self._callback = self._sample  # bound once: a bound method is an allocation
        self.also = None
        self._was = tracker.SEEKING
        self._tries = 0  # changes of state since it was locked
        self._wrong = ""  # what no mains has, in words
        self._suspect = 0
        self._far = 0
        self._turn = 0
        self._now = None  # the settings that the next three are made of
        self.volts_per_peak = 0.0
        self._least = self._most = 0
        self.tracker = tracker.Tracker()
        self._lock = None  # as made last, after that many updates
        self._lock_of = -1
        self.live = False  # phase and volts can be relied on
        self.updates = 0  # steps done; wraps at 2**16, moving while healthy

    def _sample(self, _timer):
        try:
            samples = self._samples
            at_us = _take(self._read, samples.at_us, samples.counts, samples.state)
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
        elif self._samples.state[1]:
            self._fit(t, newest, newest_us)
        self.live = self._is_believable(t) and t.locked and not self._wrong
        # A holdover that the output flies through is no news: on a busy chip there are many.
        if t.state != self._was and not (t.locked and t.state == tracker.HOLDOVER):
            self._was = t.state
            self._tries = 0 if t.state == tracker.LOCKED else self._tries + 1
            if self._tries < _TRIES:
                self._health.event(
                    "mains", state=t.state, hz=round(t.hz, 2), volts=round(self.volts)
                )
        self._tuned += 1
        if self._tuned >= _TUNE_UPDATES:
            self._tune()
            self._compare()

    def _fit(self, t, newest, newest_us):
        """Let the tracker take in the window that ends with sample `newest`."""
        w = self._fitter.work
        fresh = self._samples.state[1]
        self._samples.state[1] = 0
        w[phasor.NEWEST] = newest
        t.refer(w, newest_us, 2)
        if t.state == tracker.SEEKING:
            self._flat.forget()
            self._flat.take_away(w, fresh, 0)
            if self._fitter.fit(self._flat) and self._is_full(w, 2):
                t.update(w, newest_us)
                self.noise = w[phasor.RMS] << 4
            return
        limit = 60 + (self.noise >> 4)
        self._flat.take_away(w, fresh, limit)
        self._fitter.forget()
        solved = self._fitter.fit(self._flat, limit)
        leaky = w[phasor.GAP_US] * 4 > t.cycle_us
        if leaky:  # a hole: a longer window closes it
            t.refer(w, newest_us, 4)
            solved = self._fitter.fit(self._flat, limit)
        if w[phasor.REJECTED] * 4 > w[phasor.COUNT]:  # then it is the expectation that is wrong
            solved = self._fitter.fit(self._flat)
        if solved and self._is_full(w, 3 if leaky else 2):
            self.noise += ((w[phasor.RMS] << 4) - self.noise) >> 3
            self._watch(w, t)
            torn = w[phasor.RMS] << 3 > self.noise  # twice what it mostly is
            if not t.update(w, newest_us, leaky and self.noise * 6 > t.peak, torn):
                t.refer(w, newest_us, 1)
                if self._fitter.fit(self._samples):
                    t.judge(w, newest_us)
        else:
            t.miss(newest_us)

    def _is_full(self, w, cycles):
        """Whether at least 0.6 of the samples are there."""
        return w[phasor.COUNT] * 10 >= 105 * cycles

    def _is_believable(self, t):
        """Whether frequency and voltage are those of a mains."""
        now = self._settings.now
        if now is not self._now:
            self._now = now
            self.volts_per_peak = VOLTS_PER_COUNT * now.mains_scale / (16 * _ROOT2)
            self._least = int(_LOWEST_V / self.volts_per_peak)
            self._most = int(_HIGHEST_V / self.volts_per_peak)
        return _LOWEST_HZ <= t.frequency <= _HIGHEST_HZ and self._least <= t.peak <= self._most

    def _watch(self, w, t):
        """Give what no mains does a name; what lasts for half a second is believed."""
        found = ""
        if w[phasor.CLIPPED] * 20 > w[phasor.COUNT]:
            found = _CUT
        elif w[phasor.RMS] * 566 > _DISTORTED * t.peak:
            found = _STRANGE
        if found == self._wrong:
            self._suspect = 0
            return
        # What never locks is looked at once in each try, five times a second.
        self._suspect += 5 if found and t.state == tracker.SETTLING else 1
        if self._suspect >= _PATIENCE:
            self._wrong = found
            if found:
                self._health.fault("mains input", found)
            else:
                self._health.clear("mains input")

    def _compare(self):
        """Another voltage than at commissioning, for ten seconds, is said."""
        expected = self._settings.now.mains_v
        volts = self.volts
        if not self.live or not expected or abs(volts - expected) < 0.15 * expected:
            if self._far > _FAR:
                self._health.clear("mains volts")
            self._far = 0
            return
        self._far += 1
        if self._far == _FAR:
            words = "%d V, %d V at commissioning: mains_scale or the transformer may be wrong"
            self._health.fault("mains volts", words % (volts, expected))

    @property
    def volts(self):
        """Rms."""
        return self.tracker.peak * self.volts_per_peak

    @property
    def lock(self):
        """Lock(volts, hz), or None where the mains is not known or not believed."""
        if not self.live:
            return None
        if self._lock_of != self.updates:
            self._lock_of = self.updates
            self._lock = Lock(self.volts, self.tracker.hz)
        return self._lock

    def _tune(self):
        """Keep the sampling rate near 17.5 per cycle of the tracked frequency."""
        self._tuned = 0
        self._turn = turn = (self._turn + 1) & 3
        hz = _SAMPLES_PER_TWO_CYCLES[turn] * (self.tracker.frequency >> 8) // 214748
        if hz != self.sample_hz:
            self.sample_hz = hz
            self._start_timer(self._callback, hz)
