"""The true mains voltage at the start of every 40 us word of the output stream.

    v(t) = A(t) [sin(theta) + sum pct/100 sin(n theta + phi)],  theta = 2 pi * integral of hz

so harmonics keep their place when frequency or phase move, and phase never jumps unless asked to.
`volts` is what a true-rms voltmeter reads, harmonics included. Amplitude modulation multiplies A
by 1 + pct/100 cos(2 pi f t); phase modulation adds rad * cos(2 pi f t - pi) to theta (the shapes
of IEEE C37.118.1); phase steps add up. A recording replaces all that (tools/plant/recording.py).
During dropouts the voltage is zero.

Every sample is a function of its word number alone, so chunks never change a bit.
"""

import numpy as np

from tools.plant import recording
from tools.plant.analog import WORD_S

WORDS_PER_S = 25_000


class Mains:
    """The grid of a scenario (`scenario.mains`)."""

    def __init__(self, config):
        self._config = config
        self._loop = recording.Loop(config.recording) if config.recording else None
        distortion = sum((pct / 100) ** 2 for _, pct, _ in config.harmonics)
        self._peak_per_rms = np.sqrt(2 / (1 + distortion))

    def volts_at_words(self, first_word, count):
        """Voltage (V, float64) at the start of words first_word … first_word + count - 1."""
        words = np.arange(first_word, first_word + count)
        t_s = words * WORD_S
        v = self._recorded(words, t_s) if self._loop else self._synthetic(t_s)
        for begin, end in self._config.dropouts:
            v[(t_s >= begin) & (t_s < end)] = 0.0
        return v

    def rms_at(self, t_s):
        """True rms voltage that the scenario asks for at `t_s`; 0 in dropouts."""
        if self._config.volts is None:
            rms = np.full(np.shape(t_s), self._loop.rms)
        else:
            rms = self._config.volts.at(t_s)
        out = False
        for begin, end in self._config.dropouts:
            out = out | ((np.asarray(t_s) >= begin) & (np.asarray(t_s) < end))
        return np.where(out, 0.0, rms)[()]

    def hz_at(self, t_s):
        """Frequency at `t_s` without modulation; a recording's mean frequency, if it is one."""
        if self._loop:
            return np.full(np.shape(t_s), self._loop.hz)[()]
        return self._config.hz.at(t_s)

    def _recorded(self, words, t_s):
        v = self._loop.volts[words % len(self._loop.volts)]
        if self._config.volts is None:
            return v
        return v * (self._config.volts.at(t_s) / self._loop.rms)

    def _synthetic(self, t_s):
        config = self._config
        theta = self._theta(t_s)
        v = np.sin(theta)
        if config.harmonics:
            v += self._harmonics(theta)
        for hz, pct in config.tones:
            v += pct / 100 * np.sin(2 * np.pi * hz * t_s)
        v *= config.volts.at(t_s) * self._peak_per_rms
        hz, pct = config.am
        if pct:
            v *= 1 + pct / 100 * np.cos(2 * np.pi * hz * t_s)
        for degrees, ms, pct in config.notches:
            since = (theta / (2 * np.pi) - degrees / 360) % 1.0
            v[since < ms * 1e-3 * config.hz.at(t_s)] *= 1 - pct / 100
        return v

    def _theta(self, t_s):
        """Phase of the fundamental in radians, reduced to about one turn."""
        turns = self._config.hz.integral(t_s)
        theta = 2 * np.pi * (turns - np.floor(turns))
        hz, radians = self._config.pm
        if radians:
            theta -= radians * np.cos(2 * np.pi * hz * t_s)
        for at_s, degrees in self._config.phase_steps:
            theta[t_s >= at_s] += np.radians(degrees)
        return theta

    def _harmonics(self, theta):
        """Sum of the harmonics per unit of fundamental: polynomial in e^(j theta), by Horner."""
        order_to_gain = {
            n: pct / 100 * np.exp(1j * np.radians(deg)) for n, pct, deg in self._config.harmonics
        }
        turning = np.exp(1j * theta)
        total = np.zeros(len(theta), complex)
        for order in range(max(order_to_gain), 0, -1):
            total += order_to_gain.get(order, 0.0)
            total *= turning
        return total.imag
