"""Draws the pictures of README and docs: `python -m tools.bench.pictures` writes them anew.

docs/chain.svg is the way from register to Zappi; docs/minute.png is measured, a minute on the
virtual board in which the battery turns round, the inverter falls silent and the mains fails.
"""

import csv
import json
import tempfile
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402  the backend must be chosen first
import numpy as np  # noqa: E402

from tools.micropython import ROOT  # noqa: E402
from tools.plant import scenario, zappi  # noqa: E402
from tools.plant.analog import Stage, words_to_levels  # noqa: E402
from tools.play import sim  # noqa: E402

DOCS = ROOT / "docs"
INK, DIM, PAPER, DEVICE = "#1c2733", "#5b6b7b", "#ffffff", "#e8f1fa"
BOX_W, BOX_H = 128, 54

# (x, y, title, below it, on the ESP32?)
BOXES = (
    (20, 40, "inverter", "battery register, W", False),
    (210, 40, "inverter.py", "Modbus RTU, sign", True),
    (400, 40, "policy.py", "watts, or zero: why", True),
    (590, 40, "ct.py", "amplitude, phase", True),
    (780, 40, "analog stage", "RC, V to I", False),
    (970, 40, "Zappi", "mean(v·i) on its CT", False),
    (20, 160, "mains", "isolating transformer", False),
    (210, 160, "mains.py", "samples, fit", True),
    (400, 160, "tracker", "phase, Hz, V, lock", True),
)
# (from x, from y, to x, to y, words)
ARROWS = (
    (148, 67, 210, 67, "RS485"),
    (338, 67, 400, 67, "Reading"),
    (528, 67, 590, 67, "Target"),
    (718, 67, 780, 67, "I2S"),
    (908, 67, 970, 67, "mA"),
    (148, 187, 210, 187, "ADC"),
    (338, 187, 400, 187, "phasor"),
    (450, 160, 450, 94, "Lock"),
    (528, 187, 654, 94, "phase at play time"),
)
MINUTE = """
duration_s = 60.0
[mains]
volts = [[0.0, 230.0], [30.0, 236.0], [60.0, 228.0]]
dropouts = [[48.0, 49.0]]
[inverter]
battery_w = [[0, 1500], [10, 1500], [10, -2400], [20, -2400], [26, 1900], [60, 1900]]
silent = [[28.0, 44.0]]
"""


def chain_svg():
    """The block diagram as SVG text."""
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1118 250" '
        'font-family="sans-serif" font-size="13">',
        f'<rect width="1118" height="250" fill="{PAPER}"/>',
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" '
        f'markerHeight="8" orient="auto"><path d="M0 0 8 4 0 8z" fill="{DIM}"/></marker></defs>',
        f'<rect x="198" y="14" width="532" height="214" rx="10" fill="{DEVICE}"/>',
        f'<text x="664" y="216" text-anchor="middle" fill="{DIM}">one ESP32</text>',
    ]
    for x, y, title, below, ours in BOXES:
        fill = PAPER if ours else "#f4f4f4"
        parts.append(
            f'<rect x="{x}" y="{y}" width="{BOX_W}" height="{BOX_H}" rx="6" fill="{fill}" '
            f'stroke="{INK}"/><text x="{x + BOX_W / 2}" y="{y + 23}" text-anchor="middle" '
            f'font-weight="bold" fill="{INK}">{title}</text>'
            f'<text x="{x + BOX_W / 2}" y="{y + 42}" '
            f'text-anchor="middle" font-size="11" fill="{DIM}">{below}</text>'
        )
    for x1, y1, x2, y2, words in ARROWS:
        parts.append(
            f'<path d="M{x1} {y1}L{x2} {y2}" stroke="{DIM}" fill="none" marker-end="url(#tip)"/>'
            f'<text x="{(x1 + x2) / 2}" y="{(y1 + y2) / 2 - 6}" text-anchor="middle" '
            f'font-size="10" fill="{DIM}">{words}</text>'
        )
    return "\n".join(parts) + "\n</svg>\n"


def zappi_each_fifth_s(folder, stage):
    """(t_s, watts) of the simulated Zappi over windows of ten cycles."""
    words = np.fromfile(folder / "stream.bin", "<u4")
    volts = np.fromfile(folder / "mains.bin", "<f8")
    ma, _ = Stage.named(stage).simulate(words_to_levels(words))
    ends = np.arange(5000, len(words) + 1, 5000)
    watts = [zappi.measure(volts[end - 5000 : end], ma[end - 5000 : end]).watts for end in ends]
    return ends / sim.WORDS_PER_S, watts


def minute_png(path):
    """Play the minute on the virtual board and plot what went in and what came out."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sim.run(scenario.parse(MINUTE), folder)
        truth = list(csv.DictReader((folder / "truth.csv").open()))
        events = [json.loads(line) for line in (folder / "events.jsonl").open()]
        t_s, watts = zappi_each_fifth_s(folder, "prototype")
    figure, axes = plt.subplots(figsize=(9.6, 3.8), layout="constrained")
    axes.plot(
        [float(row["t_s"]) for row in truth],
        [float(row["battery_w"]) for row in truth],
        color="#9aa7b4",
        lw=4,
        label="battery power in the inverter's register",
    )
    axes.plot(t_s, watts, color="#1668b8", lw=1.4, label="what the Zappi reads")
    axes.axvspan(28, 44, color="#f6c344", alpha=0.25, lw=0, label="inverter silent")
    axes.axvspan(48, 49, color="#d64545", alpha=0.35, lw=0, label="no mains")
    for event in events:
        if event["event"] == "reason":
            axes.annotate(
                event["because"],
                (event["t_s"], -2950),
                rotation=90,
                fontsize=6.5,
                color=DIM,
                va="bottom",
            )
    axes.set(xlabel="seconds since power-on", ylabel="W, + = discharging", xlim=(0, 60))
    axes.set_ylim(-3000, 2600)
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right", fontsize=7.5)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def main():
    """Write all pictures."""
    (DOCS / "chain.svg").write_text(chain_svg())
    minute_png(DOCS / "minute.png")


if __name__ == "__main__":
    main()
