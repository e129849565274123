"""`make analog`: what ngspice says about both stages, as a table in docs/hardware-analog.md, a
JSON file and a picture."""

import json
import sys
from pathlib import Path

import numpy as np

from tools.analog import decks, plot
from tools.plant.analog import TOPOLOGIES, Stage

STAGES = ("prototype", "reference")
BURDENS = (0.0, 10.0, 47.0, 100.0)
EVENTS = {
    "start": "firmware starts: idle density within 1 s",
    "low": "stream stops: zeros at the pin",
    "floating": "ESP32 resets: pin floats",
    "pulled": "ESP32 resets: pin with its own 45 kΩ pull-down",
}
LOADS = [(ohm, farad, decks.CABLE_H) for ohm in BURDENS for farad in (1e-15, 250e-12, 1e-9)]
DOCUMENT = Path(__file__).parents[2] / "docs" / "hardware-analog.md"
BEGIN, END = "<!-- numbers: written by make analog -->", "<!-- end of numbers -->"
RATED_MA = 16.0  # 40 A


def measure(stage):
    """Dict of all numbers of one stage; the names are those of `rows`."""
    gains = decks.at_mains(stage, [45.0, 50.0, 55.0])
    peak_v = decks.PIN_V / 2
    full_scale_ma = abs(gains) * peak_v / np.sqrt(2) * 1e3
    lag = -np.degrees(np.unwrap(np.angle(gains)))
    _, ripple = decks.carrier(stage)
    found = {
        "full_scale_ma": full_scale_ma[1],
        "lag_deg": lag[1],
        "lag_slope_deg_per_hz": (lag[2] - lag[0]) / 10,
        "gain_slope_pct_per_hz": 100 * (full_scale_ma[2] / full_scale_ma[0] - 1) / 10,
        "bend_min": 60 * float(lag[0] + lag[2] - 2 * lag[1]) / 2,
        "ripple_rms_ua": float(np.std(ripple)) * 1e6,
        "ripple_pp_ua": float(np.ptp(ripple)) * 1e6,
        "settle_ms": _settle_ms(stage),
        "overshoot_pct": max(_overshoot_pct(stage, *load) for load in LOADS),
        "open_v": float(np.max(np.abs(decks.sweep(stage, 1e9)[2]))),
        "short_ma": float(np.max(np.abs(decks.sweep(stage, 0.0)[1]))) * 1e3,
    }
    found["lag_spread_deg"], found["slope_spread_deg_per_hz"] = _spread(stage)
    found["compliance_ma"] = {f"{ohm:g}": _linear_ma(stage, ohm) for ohm in BURDENS}
    found["events"] = {kind: _event(stage, kind, full_scale_ma[1]) for kind in EVENTS}
    return {k: v if isinstance(v, dict) else round(float(v), 4) for k, v in found.items()}


def _spread(stage):
    """(lag in degrees, its slope in degrees/Hz): how far 95 % of the stages built stay from the
    nominal one, resistors within 1 % and capacitors within 5 %, all equally likely."""
    draw = np.random.default_rng(1)
    nominal = TOPOLOGIES[stage]
    found = []
    for _ in range(400):
        parts = {
            name: value * (1 + (0.05 if name[0] == "C" else 0.01) * draw.uniform(-1, 1))
            for name, value in nominal.items()
        }
        one = Stage.named({"base": stage, **parts})
        found.append((one.lag_deg, one.slopes[0]))
    middle = Stage.named(stage)
    distance = np.abs(np.array(found) - (middle.lag_deg, middle.slopes[0]))
    return np.quantile(distance, 0.95, axis=0)


def _linear_ma(stage, ohm):
    """Largest sine (rms mA) whose peaks stay within 0.5 % of drive / sense resistor."""
    drive, amps, _ = decks.sweep(stage, ohm)
    small = np.abs(drive - 0.1).argmin()
    wanted = drive * amps[small] / drive[small]
    bad = np.abs(amps - wanted) > 0.005 * np.abs(wanted) + 1e-6
    return round(float(np.min(np.abs(wanted[bad]))) / np.sqrt(2) * 1e3, 2) if bad.any() else None


def _settle_ms(stage):
    """From a step of the mean pin voltage to 99 % of the peak that it makes at the load."""
    t, amps = decks.event(stage, "step", 0.2)
    first = np.flatnonzero(amps >= 0.99 * amps.max())[0]
    return (t[first] - 10e-3) * 1e3


def _overshoot_pct(stage, ohm, farad, henry):
    """Overshoot of the load's current after a small step; RuntimeError if it never rests."""
    t, amps = decks.nudge(stage, ohm, farad, henry)
    if np.ptp(amps[t > 0.5e-3]) > 1e-3 * amps[-1]:
        raise RuntimeError(f"{stage} oscillates into {ohm} ohm, {farad} F")
    return 100 * (float(amps.max() / amps[-1]) - 1)


def _event(stage, kind, full_scale_ma):
    """{peak_ma, until_ms}: largest current, and when it stays below 1 % of full scale's peak."""
    t, amps = decks.event(stage, kind)
    loud = t[np.abs(amps) * 1e3 > 0.01 * np.sqrt(2) * full_scale_ma]
    peak = amps[np.abs(amps).argmax()]
    until = (loud[-1] - 10e-3) * 1e3 if len(loud) else 0.0
    return {"peak_ma": round(float(peak) * 1e3, 4), "until_ms": round(float(until))}


def rows(numbers):
    """Markdown table of {stage: measure(stage)}."""
    one, two = (numbers[stage] for stage in STAGES)
    lines = ["| | prototype | reference |", "|---|---|---|"]

    def line(what, form, *path):
        cells = []
        for value in (one, two):
            for name in path:
                value = value[name]
            cells.append("> limit of the sweep" if value is None else form.format(value))
        lines.append(f"| {what} | {cells[0]} | {cells[1]} |")

    line("current at 100 % modulation, 50 Hz (mA rms)", "{:.3f}", "full_scale_ma")
    line("lag at 50 Hz (degrees)", "{:.2f}", "lag_deg")
    line("lag slope (degrees/Hz)", "{:.4f}", "lag_slope_deg_per_hz")
    line("gain slope (%/Hz)", "{:.4f}", "gain_slope_pct_per_hz")
    line("bend of the lag at 45 and 55 Hz, not in the slope (minutes)", "{:.1f}", "bend_min")
    line(
        "95 % of stages built, 1 % and 5 % parts: lag within ± (degrees)",
        "{:.2f}",
        "lag_spread_deg",
    )
    line("… lag slope within ± (degrees/Hz)", "{:.4f}", "slope_spread_deg_per_hz")
    line("25 kHz ripple at idle (µA rms)", "{:.1f}", "ripple_rms_ua")
    line("25 kHz ripple at idle (µA peak to peak)", "{:.1f}", "ripple_pp_ua")
    line("step to 99 % (ms)", "{:.2f}", "settle_ms")
    line("worst overshoot, 0 … 100 Ω with 0 … 1 nF of cable (%)", "{:.1f}", "overshoot_pct")
    for ohm in BURDENS:
        line(f"largest sine into {ohm:g} Ω (mA rms)", "{:.1f}", "compliance_ma", f"{ohm:g}")
    line("cable shorted, input overdriven (mA)", "{:.0f}", "short_ma")
    line("cable open: voltage at the terminals (V)", "{:.1f}", "open_v")
    for kind, words in EVENTS.items():
        line(f"{words}: peak (mA)", "{:.3f}", "events", kind, "peak_ma")
        line("… below 1 % of full scale after (ms)", "{:.0f}", "events", kind, "until_ms")
    return "\n".join(lines)


def main():
    """Measure, write the files, print the table."""
    try:
        numbers = {stage: measure(stage) for stage in STAGES}
    except decks.NoNgspice as why:
        sys.exit(f"{why} (Debian, Ubuntu, Homebrew: package ngspice)")
    (decks.FOLDER / "numbers.json").write_text(json.dumps(numbers, indent=1) + "\n")
    picture = DOCUMENT.parent / "analog.png"
    plot.draw(picture, STAGES, BURDENS, RATED_MA)
    table = rows(numbers)
    before, rest = DOCUMENT.read_text().split(BEGIN)
    after = rest.split(END)[1]
    DOCUMENT.write_text(f"{before}{BEGIN}\n\n{table}\n\n{END}{after}")
    print(table)
    print(f"\n{DOCUMENT}\n{picture}\n{decks.FOLDER}/*.cir")


if __name__ == "__main__":
    main()
