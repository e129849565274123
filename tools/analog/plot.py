"""The picture of docs/hardware-analog.md."""

import matplotlib
import numpy as np

from tools.analog import decks

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402  (the backend must be chosen first)

COLOURS = {"prototype": "#b3541e", "reference": "#1e5fb3"}


def draw(path, stages, burdens, rated_ma):
    """Four panels: frequency response, ripple, transients, compliance."""
    figure, axes = plt.subplots(2, 2, figsize=(11, 7.5), layout="constrained")
    lag = axes[0, 0].twinx()
    for stage in stages:
        colour = COLOURS[stage]
        _response(axes[0, 0], lag, stage, colour)
        t, amps = decks.carrier(stage)
        ripple = 1e6 * amps[t > t[-1] - 120e-6]
        microseconds = 1e6 * (t[t > t[-1] - 120e-6] - t[-1] + 120e-6)
        axes[0, 1].plot(microseconds, ripple, color=colour, label=stage)
        for kind, dashes in (("start", "-"), ("low", "--"), ("floating", ":")):
            t, amps = decks.event(stage, kind, 1.6)
            axes[1, 0].plot(t, 1e3 * amps, dashes, color=colour, label=f"{stage}: {kind}")
        _compliance(axes[1, 1], stage, colour, burdens)
    axes[0, 0].axvspan(45, 55, color="#dddddd", zorder=0)
    axes[0, 0].legend(loc="lower left")
    axes[0, 0].set(title="Pin to CT terminals (full: gain, dashed: lag)", xlabel="Hz")
    axes[0, 0].set(ylabel="mA rms at 100 % modulation", ylim=(1e-4, 50))
    axes[0, 1].set(title="Idle: ripple at 25 kHz", xlabel="µs", ylabel="µA at the CT terminals")
    axes[0, 1].legend()
    axes[1, 0].set(title="Start within 1 s, stream stops (low), reset (pin floats)")
    axes[1, 0].set(xlabel="s", ylabel="mA at the CT terminals", ylim=(-38, 20))
    axes[1, 0].legend(fontsize=8, ncols=2, loc="upper right")
    axes[1, 1].axhline(rated_ma, color="#888888", lw=1)
    axes[1, 1].axhline(1.2 * rated_ma, color="#888888", lw=1, ls="--")
    axes[1, 1].text(101, 1.2 * rated_ma + 0.4, "120 % of 40 A", ha="right", fontsize=8)
    axes[1, 1].text(101, rated_ma - 1.6, "40 A", ha="right", fontsize=8)
    axes[1, 1].set(title="Largest undistorted sine", xlabel="burden, Ω", ylabel="mA rms")
    axes[1, 1].legend(loc="upper right")
    for panel in axes.flat:
        panel.grid(alpha=0.3)
    figure.savefig(path, dpi=90)
    plt.close(figure)


def _response(panel, lag, stage, colour):
    hz, gain = decks.ac(stage, low_hz=1.0)
    panel.loglog(hz, 1e3 * np.abs(gain) * decks.PIN_V / 2 / np.sqrt(2), color=colour, label=stage)
    lag.semilogx(hz, -np.degrees(np.unwrap(np.angle(gain))), "--", color=colour, lw=1)
    lag.set(ylim=(-90, 400), yticks=[-90, 0, 90, 180, 270], ylabel="lag, degrees")


def _compliance(panel, stage, colour, burdens):
    ohms = np.linspace(0, max(burdens), 9)
    peaks = []
    for ohm in ohms:
        _, amps, _ = decks.sweep(stage, float(ohm))
        peaks.append(1e3 * min(amps.max(), -amps.min()) / np.sqrt(2))
    panel.plot(ohms, peaks, color=colour, label=stage)
