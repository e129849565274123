"""The independent judge of a recorded run: an instrument-transformer test set in numpy.

It takes the bits that the pin sent (32 per word, most significant first, 1.25 us each) and the
true mains voltage, passes the bits through its own model of the analog stage, and compares the
current with the primary current that was meant: P / V1, in phase with the mains voltage's
fundamental V1 (what an inverter without distortion feeds in). It shares no code with the
firmware or with the simulated plant.

    run = Run.load("dir", "prototype")
    for w in run.windows(10.0, 15.0):
        print(w.t_s, w.watts, w.ratio_error_pct(3000), w.phase_min(3000), w.tve_pct(3000))

The stage is a transfer function worked out by hand from the component values. A pole's response to
bits is exact: each byte of a word adds what a table says to the pole's state and to its mean over
the word. The mean (the box of one word puts its zeros on the carrier) is the current at the word's
centre, in mA at the CT terminals. No op-amp limits here; `Run.peak_ma` shows when they matter.
"""

from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy import signal

WORD_S = 40e-6
BITS = 32
BIT_S = WORD_S / BITS
PIN_V = 3.3
TURNS = 2500


def prototype_transfer():
    """(numerator, denominator) in s, pin volts to amperes: 10k-100n, 2u2, 15k, 10k || 100n, 43."""
    r7, c4, c3, r10, r11, c5, r9 = 10e3, 100e-9, 2.2e-6, 15e3, 10e3, 100e-9, 43.0
    load = np.array([r11 * c5, 1.0])
    branch = np.polyadd(np.polymul(load, [c3 * r10, 1.0]), [c3 * r11, 0.0])
    bottom = np.polymul([r7 * c4, 1.0], branch)
    bottom = np.polyadd(bottom, np.polymul([r7 * c3, 0.0], load))
    return np.array([c3 * r11 / r9, 0.0]), bottom


def reference_transfer(r=15e3, c1=15e-9, c2=39e-9, c3=2.2e-9, c4=1e-6):
    """Sallen-Key of third order (3 x r, c1, c2, c3), then c4 and 100k, 51 ohm of sense."""
    low_pass = [r**3 * c1 * c2 * c3, 2 * r**2 * c3 * (c1 + c2), r * (c1 + 3 * c3), 1.0]
    tau = c4 * 100e3
    return np.array([tau / 51.0, 0.0]), np.polymul(low_pass, [tau, 1.0])


TRANSFER = {"prototype": prototype_transfer, "reference": reference_transfer}


def gain_ma_per_v(stage, hz):
    """Complex gain of a stage at `hz`."""
    top, bottom = TRANSFER[stage]()
    s = 2j * np.pi * hz
    return 1e3 * np.polyval(top, s) / np.polyval(bottom, s)


def current_ma(words, stage):
    """Mean current (mA) during each word; everything is discharged at the beginning.

    stage: a name in TRANSFER, or (numerator, denominator) in s, pin volts to amperes.
    """
    residues, poles, _ = signal.residue(*(TRANSFER[stage]() if isinstance(stage, str) else stage))
    octets = np.ascontiguousarray(words, dtype=">u4").view(np.uint8).reshape(-1, 4)
    total = np.zeros(len(octets))
    for residue, pole in zip(residues, poles, strict=True):
        if pole.imag < 0:
            continue  # its twin counts double
        ends, means = _byte_tables(pole)
        kick = sum(ends[k][octets[:, k]] for k in range(4))
        state = signal.lfilter([0.0, 1.0], [1.0, -np.exp(pole * WORD_S)], kick)
        share = sum(means[k][octets[:, k]] for k in range(4))
        share = share + state * np.expm1(pole * WORD_S) / (pole * WORD_S)
        total += (residue * share).real * (2 if pole.imag else 1)
    return total * PIN_V * 1e3


def _byte_tables(pole):
    """What byte k (0 = first on the wire) of a word adds to x' = pole x + bit, x = 0 before:
    (x at the word's end, mean of x over the word), each [byte position][value]."""
    turn = np.exp(pole * BIT_S)
    gain = np.expm1(pole * BIT_S) / pole
    bits = (np.arange(256)[:, None] >> np.arange(7, -1, -1)) & 1
    ends, means = [], []
    for position in range(4):
        x = np.zeros(256, complex)
        area = np.zeros(256, complex)
        for bit in range(BITS):
            u = bits[:, bit - 8 * position] if bit // 8 == position else np.zeros(256)
            area += gain * x + (gain - BIT_S) / pole * u
            x = turn * x + gain * u
        ends.append(x)
        means.append(area / WORD_S)
    return ends, means


def ripple_ma(words, stage):
    """(rms, peak to peak) of what is left in the current above 12.5 kHz, mA, bit by bit.

    Give it some 0.1 s of words; the first half settles the filter and is not counted.
    """
    pin = np.unpackbits(np.ascontiguousarray(words, dtype=">u4").view(np.uint8)) * PIN_V
    discrete = signal.cont2discrete(TRANSFER[stage](), BIT_S, "zoh")
    filtered = signal.lfilter(discrete[0].ravel(), discrete[1], pin - pin.mean())
    smooth = np.convolve(filtered, np.full(BITS, 1 / BITS), "same")
    rest = 1e3 * (filtered - smooth)[len(pin) // 2 : -BITS]
    return float(np.sqrt(np.mean(rest**2))), float(np.ptp(rest))


def misplaced_pulses(words):
    """How many words are not one run of ones in the middle of the word (one bit of grace)."""
    bits = np.unpackbits(np.ascontiguousarray(words, dtype=">u4").view(np.uint8)).reshape(-1, BITS)
    count = bits.sum(axis=1)
    edges = np.count_nonzero(np.diff(bits.astype(np.int8), axis=1, prepend=0, append=0), axis=1)
    centre = (bits * (np.arange(BITS) + 0.5)).sum(axis=1)
    off = np.abs(centre - 16.0 * count) > 1.01 * count
    return int(np.count_nonzero((count > 0) & ((edges != 2) | off)))


class Window(NamedTuple):
    """Some cycles of a run. Phasors are rms values; `amps` on the primary side (2500 x CT)."""

    t_s: float  # centre
    hz: float
    volts: complex
    amps: complex
    watts: float  # mean(v i)
    pf: float  # watts over apparent power, with the sign of watts

    def meant(self, battery_w):
        """The primary current that means `battery_w` on this voltage."""
        return battery_w / np.conj(self.volts)

    def ratio_error_pct(self, battery_w):
        """Size of the current against the one meant."""
        return float(100 * (abs(self.amps / self.meant(battery_w)) - 1))

    def phase_min(self, battery_w):
        """Phase displacement in minutes of arc, + = the current leads."""
        return float(60 * np.degrees(np.angle(self.amps / self.meant(battery_w))))

    def tve_pct(self, battery_w):
        """Total vector error."""
        return float(100 * abs(self.amps / self.meant(battery_w) - 1))

    def power_error_pct(self, battery_w):
        """What the Zappi reads against the battery's power."""
        return 100 * (self.watts / battery_w - 1)


class Run:
    """A recording: words, true mains voltage at their starts, and the current made of them."""

    def __init__(self, words, volts, stage):
        self.words = np.asarray(words)
        self.volts = np.asarray(volts, float)
        self.ma = current_ma(self.words, stage)

    @classmethod
    def of_current(cls, ma, volts):
        """A run whose current (mA, mean of each word) is known already."""
        run = cls.__new__(cls)
        run.words, run.volts, run.ma = None, np.asarray(volts, float), np.asarray(ma, float)
        return run

    @classmethod
    def load(cls, folder, stage):
        """From stream.bin and mains.bin."""
        words = np.fromfile(Path(folder) / "stream.bin", "<u4")
        return cls(words, np.fromfile(Path(folder) / "mains.bin", "<f8"), stage)

    def peak_ma(self, from_s, to_s):
        """Largest current of either sign."""
        return float(np.max(np.abs(self.ma[round(from_s / WORD_S) : round(to_s / WORD_S)])))

    def windows(self, from_s, to_s, cycles=10, step_s=None):
        """Windows of that many cycles from `from_s` to `to_s`, back to back or every `step_s`."""
        found = []
        at = from_s
        while True:
            hz = self._hz(at + 0.5 * cycles / 50)
            length = cycles / hz
            if at + length > to_s + WORD_S:
                return found
            found.append(self._window(at, round(length / WORD_S), cycles))
            at += step_s or length

    def _window(self, at_s, count, cycles):
        first = round(at_s / WORD_S)
        middle = (first + count / 2) * WORD_S
        hz = self._hz(middle)
        v = self.volts[first : first + count]
        i = self.ma[first : first + count] * (TURNS / 1e3)
        begin_s = first * WORD_S - middle
        volts = _phasor(v, begin_s, hz)
        amps = _phasor(i, begin_s + WORD_S / 2, hz)
        watts, pf = self._power(first, count)
        return Window(middle, hz, volts, amps, watts, pf)

    def _power(self, first, count):
        """Mean(v i) and power factor; the voltage is brought to the words' centres."""
        wide = self.volts[max(first - 1, 0) : first + count + 2]
        v = np.convolve(wide, np.array([-1, 9, 9, -1]) / 16, "valid")
        i = self.ma[max(first, 1) : max(first, 1) + len(v)] * (TURNS / 1e3)
        watts = float(np.mean(v * i))
        apparent = float(np.sqrt(np.mean(v**2) * np.mean(i**2)))
        return watts, watts / apparent if apparent else 0.0

    def _hz(self, at_s):
        """Frequency at a time: how the voltage's phase moves within a cycle; 50 if it is dead."""
        hz = 50.0
        for _ in range(3):
            half = 0.5 / hz
            early, late = self._local(at_s - half, hz), self._local(at_s + half, hz)
            if not early or not late:
                return 50.0
            hz += np.angle(late / early) / (2 * np.pi * 2 * half)
            hz = min(70.0, max(40.0, hz))
        return hz

    def _local(self, at_s, hz):
        """Phasor of two cycles of voltage around a time, its phase against a running clock."""
        count = round(2 / hz / WORD_S)
        first = min(max(round(at_s / WORD_S) - count // 2, 0), len(self.volts) - count)
        return _phasor(self.volts[first : first + count], first * WORD_S, hz)

    def harmonic_pct(self, window, cycles=10, highest=40):
        """Current harmonics 2..highest of a window, % of its fundamental; their rms sum is THD."""
        count = round(cycles / window.hz / WORD_S)
        first = round(window.t_s / WORD_S - count / 2)
        begin_s = (first + 0.5) * WORD_S - window.t_s
        i = self.ma[first : first + count] * (TURNS / 1e3)
        sizes = [abs(_phasor(i, begin_s, n * window.hz)) for n in range(2, highest + 1)]
        return 100 * np.array(sizes) / abs(window.amps)


def _phasor(samples, begin_s, hz):
    """Complex rms of the component at `hz`, one sample per word from `begin_s` on; a Hann window,
    so whole cycles see nothing else."""
    count = len(samples)
    turn = -2j * np.pi * hz  # exp of a sum is a product: 64 exponentials, not a thousand
    coarse = np.exp(turn * (begin_s + 32 * WORD_S * np.arange(-(-count // 32))))
    fine = np.exp(turn * WORD_S * np.arange(32))
    turning = np.outer(coarse, fine).ravel()[:count]
    return np.sqrt(2) * np.dot(samples * _hann(count), turning)


@cache
def _hann(count):
    """The window's weights, their sum 1."""
    weight = np.hanning(count + 1)[:-1]
    return weight / np.sum(weight)
