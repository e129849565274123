"""A recorded mains voltage made into an endless loop of words.

1. Resampled to 25 kHz, band-limited (polyphase FIR); the ends, where the filter has seen only half
   of what it needs, are cut off.
2. The loop ends where the recording looks like its own beginning: over one mains cycle the rms
   difference is within 0.5 % of the least found from half the recording on; the longest such loop.
3. That cycle is cross-faded into the beginning, so value and slope join.

`python -m tools.plant.recording FILE.npz` says how good the join is.
"""

import sys
from fractions import Fraction
from functools import lru_cache

import numpy as np
from scipy import signal

WORD_HZ = 25_000
_EDGE = 12  # samples of the recording that resample_poly's default filter reaches to each side


class Loop:
    """A recording to be repeated for ever.

    volts (25 kHz, read-only), rms, hz (mean frequency), join_pct: rms of what the cross-fade had
    to bridge, in % of the loop's rms.
    """

    def __init__(self, path):
        self.volts, self.join_pct, self.hz = _load(str(path))
        self.rms = float(np.sqrt(np.mean(self.volts**2)))


@lru_cache(maxsize=4)
def _load(path):
    with np.load(path, allow_pickle=False) as inside:
        volts, hz = np.asarray(inside["v"], float), float(inside["fs"].item())
    ratio = Fraction(WORD_HZ / hz).limit_denominator(10_000)
    fine = signal.resample_poly(volts, ratio.numerator, ratio.denominator)
    edge = int(_EDGE * max(1.0, WORD_HZ / hz))
    fine = fine[edge:-edge]
    mean_hz = _frequency(fine)
    cycle = round(WORD_HZ / mean_hz)
    length, mismatch = _best_length(fine, cycle)
    fade = np.linspace(0.0, 1.0, cycle, endpoint=False)
    loop = fine[:length].copy()
    loop[:cycle] = fade * fine[:cycle] + (1 - fade) * fine[length : length + cycle]
    loop.flags.writeable = False
    return loop, 100 * mismatch / np.sqrt(np.mean(loop**2)), mean_hz


def _frequency(volts):
    """Mean frequency between 40 and 70 Hz: peak of the spectrum, refined by a parabola."""
    count = 8 * len(volts)
    spectrum = np.abs(np.fft.rfft(volts * np.hanning(len(volts)), count))
    low, high = (int(hz * count / WORD_HZ) for hz in (40, 70))
    k = low + int(np.argmax(spectrum[low:high]))
    left, mid, right = np.log(spectrum[k - 1 : k + 2])
    return (k + 0.5 * (left - right) / (left - 2 * mid + right)) * WORD_HZ / count


def _best_length(volts, cycle):
    """(loop length, rms difference in V of the cycle after it to the first cycle)."""
    head = volts[:cycle]
    power = np.concatenate([[0.0], np.cumsum(volts**2)])
    energy = power[cycle:] - power[:-cycle]
    likeness = signal.correlate(volts, head, mode="valid")
    difference = np.maximum(energy + energy[0] - 2 * likeness, 0.0)
    mismatch = np.sqrt(difference / cycle)
    first = len(volts) // 2
    bound = mismatch[first:].min() + 0.005 * np.sqrt(power[-1] / len(volts))
    length = first + int(np.flatnonzero(mismatch[first:] <= bound)[-1])
    return length, float(mismatch[length])


def main():
    """Describe the loop made of each file named."""
    for path in sys.argv[1:]:
        loop = Loop(path)
        print(f"{path}: {len(loop.volts) / WORD_HZ:.3f} s, {loop.rms:.1f} V, {loop.hz:.3f} Hz, "
              f"join bridges {loop.join_pct:.1f} % of rms")  # fmt: skip


if __name__ == "__main__":
    main()
