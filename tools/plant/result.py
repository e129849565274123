"""What a recorded run says about itself: the part of result.json that recordings can tell.

    summary = result.of_run("dir", stage=analog.Stage.named("prototype"))

reads stream.bin, mains.bin and truth.csv of a run directory (docs/scenario.md) in chunks, plays
the stream through the analog stage and measures the last 5 s, cut to whole cycles.
`python -m tools.plant.result DIR [STAGE]` prints it.
"""

import argparse
import csv
import json
from pathlib import Path

import numpy as np

from tools.plant import analog, zappi

WORDS_PER_S = 25_000
LAST_S = 5.0
_CHUNK = 1_000_000  # words
_WINDOW = 1000  # words looked at for the first current: two cycles of 50 Hz
_FIRST_CURRENT = 1e-3  # of full scale


def of_run(folder, stage):
    """Dict of zappi_w, pf, ratio_error_pct, phase_min, mains_v, mains_hz, ct_ma, first_current_s,
    zero_words and duration_s of the run in `folder`; None where nothing can be said.

    FileNotFoundError or ValueError if the recordings are not there or don't belong together.
    """
    folder = Path(folder)
    words = np.memmap(folder / "stream.bin", "<u4", "r")
    mains = np.memmap(folder / "mains.bin", "<f8", "r")
    if len(words) != len(mains):
        raise ValueError(f"{len(words)} words in stream.bin, {len(mains)} voltages in mains.bin")
    keep = min(len(words), int(LAST_S * WORDS_PER_S))
    ma, first_word, zero_words = _play(words, stage, keep)
    volts = np.array(mains[len(mains) - keep :])
    battery_w = _mean_battery_w(folder / "truth.csv", (len(words) - keep) / WORDS_PER_S)
    return {
        **judge(volts, ma, battery_w),
        "first_current_s": None if first_word is None else first_word / WORDS_PER_S,
        "zero_words": zero_words,
        "duration_s": len(words) / WORDS_PER_S,
    }


def judge(volts, ma, battery_w):
    """What zappi and an instrument-transformer bench make of voltage (V) and CT current (mA).

    Ratio error (%) and phase displacement (minutes, + = leading) compare with the primary current
    that `battery_w` means: battery_w / rms of the voltage's fundamental, in phase with it.
    """
    cycles = zappi.whole_cycles(volts)
    reading = zappi.measure(volts[cycles], ma[cycles])
    hz = _frequency(volts)
    found = {
        "zappi_w": reading.watts,
        "pf": reading.pf,
        "ratio_error_pct": None,
        "phase_min": None,
        "mains_v": reading.vrms,
        "mains_hz": hz,
        "ct_ma": reading.arms / zappi.TURNS * 1e3,
    }
    if hz and battery_w and reading.arms > 0:
        v, i = phasor(volts, hz), phasor(ma, hz) * zappi.TURNS / 1e3
        ratio = i / (battery_w / np.conj(v))
        found["ratio_error_pct"] = float(100 * (abs(ratio) - 1))
        found["phase_min"] = float(np.degrees(np.angle(ratio)) * 60)
    return found


def phasor(samples, hz):
    """Complex rms value of the component at `hz` (Hann window, phase at the first sample)."""
    window = np.hanning(len(samples))
    turning = np.exp(-2j * np.pi * hz / WORDS_PER_S * np.arange(len(samples)))
    return np.sqrt(2) * np.sum(samples * window * turning) / np.sum(window)


def _frequency(volts):
    """Mean frequency (Hz) between the first and last rising crossing; None without two of them."""
    rising = np.flatnonzero((volts[:-1] < 0) & (volts[1:] >= 0))
    if len(rising) < 2:
        return None
    exact = rising - volts[rising] / (volts[rising + 1] - volts[rising])
    return float((len(rising) - 1) * WORDS_PER_S / (exact[-1] - exact[0]))


def _play(words, stage, keep):
    """(mA of the last `keep` words, first word with current or None, zero words after that)."""
    tail, state = np.empty(0), None
    detector = _FirstCurrent()
    zero_words = 0
    for start in range(0, len(words), _CHUNK):
        chunk = np.array(words[start : start + _CHUNK])
        levels = analog.words_to_levels(chunk)
        ma, state = stage.simulate(levels, state)
        tail = np.concatenate([tail, ma])[-keep:]
        begun = detector.word is not None
        detector.feed(levels)
        if detector.word is not None:
            zero_words += np.count_nonzero(chunk[0 if begun else detector.word - start :] == 0)
    return tail, detector.word, int(zero_words)


class _FirstCurrent:
    """Finds the first of two successive windows with a sine of 0.1 % of full scale in the density.

    A cubic is fitted beside the sine, so that the slow ramp of the idle density doesn't count.
    """

    def __init__(self):
        self.word = None
        self._rest = np.empty(0)
        self._start = 0  # word at which _rest begins
        self._loud_before = False
        x = np.linspace(-1, 1, _WINDOW, endpoint=False)
        turn = 2j * np.pi * analog.MAINS_HZ * analog.WORD_S * np.arange(_WINDOW)
        basis = [np.exp(turn).real, np.exp(turn).imag, *(x**k for k in range(4))]
        self._fit = np.linalg.pinv(np.stack(basis, axis=1))[:2]

    def feed(self, levels):
        """Take in the next words' levels."""
        if self.word is not None:
            return
        rest = np.concatenate([self._rest, levels])
        windows = rest[: len(rest) // _WINDOW * _WINDOW].reshape(-1, _WINDOW)
        amplitude = np.linalg.norm(windows @ self._fit.T, axis=1)
        loud = amplitude > _FIRST_CURRENT * analog.LEVELS / 2
        before = np.concatenate([[self._loud_before], loud[:-1]])
        both = np.flatnonzero(loud & before)
        if len(both):
            self.word = max(0, self._start + int(both[0] - 1) * _WINDOW)
        elif len(loud):
            self._loud_before = bool(loud[-1])
        self._start += windows.size
        self._rest = rest[windows.size :]


def _mean_battery_w(path, from_s):
    """Mean true battery power from `from_s` on."""
    with open(path, newline="") as file:
        found = [float(row["battery_w"]) for row in csv.DictReader(file)
                 if float(row["t_s"]) >= from_s]  # fmt: skip
    return float(np.mean(found)) if found else 0.0


def main():
    """Print the summary of a run directory as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("stage", nargs="?", default="prototype")
    options = parser.parse_args()
    print(json.dumps(of_run(options.folder, analog.Stage.named(options.stage)), indent=2))


if __name__ == "__main__":
    main()
