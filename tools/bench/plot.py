"""The bench's pictures."""

import matplotlib
import numpy as np

from tools.bench import cases, limits

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402  (the backend must be chosen first)

OURS, PROTOTYPE, LIMIT = "#1e5fb3", "#b3541e", "#555555"
MARKS = {"pure": "o", "EN 50160": "s", "flat-topped": "^", cases.CURVED: "D"}


def class_errors(found, path):
    """Ratio error and phase displacement against load, every corner a dot, the limits drawn."""
    figure, panels = plt.subplots(2, 1, figsize=(9, 8.5), sharex=True, layout="constrained")
    quantities = ("ratio_pct", "ratio error, %"), ("phase_min", "phase displacement, minutes")
    for panel, (quantity, label), which in zip(panels, quantities, (0, 1), strict=True):
        for case in cases.class_grid():
            for who, colour, shift in (("prototype", PROTOTYPE, 0.13), ("ours", OURS, -0.13)):
                loads = found[case.name][who]["loads"]
                x = [limits.LOADS_PCT.index(abs(one["pct"])) + shift for one in loads]
                y = [one[quantity] for one in loads]
                mark = MARKS[case.extra["wave"]]
                panel.plot(x, y, mark, color=colour, ms=4, alpha=0.5, mew=0)
        for name, dashes in (("0.2S", "-"), ("0.1", ":")):
            points = limits.IEC_61869_2[name]
            for sign in (1, -1):
                bound = [sign * points[load][which] for load in points]
                x = [limits.LOADS_PCT.index(load) for load in points]
                panel.plot(x, bound, dashes, color=LIMIT, lw=1.3)
        panel.set(ylabel=label)
        linear = 0.2 if which == 0 else 10
        panel.set_yscale("symlog", linthresh=linear, linscale=2)
        panel.grid(alpha=0.3)
    panels[0].set_title("Every corner: 45 / 50 / 55 Hz, 195 / 230 / 253 V, both directions")
    panels[1].set_xticks(range(len(limits.LOADS_PCT)), [f"{load} %" for load in limits.LOADS_PCT])
    panels[1].set_xlabel("load, % of 40 A")
    for name, colour in (("firmware", OURS), ("prototype's algorithm", PROTOTYPE)):
        panels[0].plot([], [], "o", color=colour, label=name)
    for wave, mark in MARKS.items():
        panels[0].plot([], [], mark, color="#888888", label=wave)
    panels[0].plot([], [], "-", color=LIMIT, label="class 0.2S")
    panels[0].plot([], [], ":", color=LIMIT, label="class 0.1")
    figure.legend(
        *panels[0].get_legend_handles_labels(), ncols=7, fontsize=8, loc="outside lower center"
    )
    _save(figure, path)


def ramps(found, path):
    """Frequency and phase error through the ramps and the island."""
    names = ("ramps of 0.1 Hz/s", "ramps of 1 Hz/s", "island, 50 to 52 Hz in 1 s")
    figure, panels = plt.subplots(2, 3, figsize=(12, 6), sharex="col", layout="constrained")
    for column, name in enumerate(names):
        hz, phase = panels[:, column]
        for who, colour in (("prototype", PROTOTYPE), ("ours", OURS)):
            one = found[name][who]
            label = "firmware" if who == "ours" else "prototype's algorithm"
            phase.plot(
                one["t_s"], np.array(one["phase_min"]) / 60, color=colour, lw=1, label=label
            )
        hz.plot(found[name]["ours"]["t_s"], found[name]["ours"]["hz"], color="#333333")
        hz.set(title=name, ylabel="Hz" if column == 0 else "")
        phase.axhspan(-0.573, 0.573, color="#dddddd", zorder=0)  # TVE 1 %
        phase.set(xlabel="s", ylabel="phase error, degrees" if column == 0 else "")
        hz.grid(alpha=0.3)
        phase.grid(alpha=0.3)
    panels[1, 0].legend(fontsize=8)
    panels[1, 2].text(9.5, 0.7, "grey: TVE 1 %", ha="right", fontsize=8)
    _save(figure, path)


def harmonics(found, path):
    """Vector error with each harmonic of the mains at its EN 50160 limit."""
    found_cases = [case for case in cases.vectors() if case.name.startswith("harmonic")]
    orders = [int(case.name.split()[1].strip(",")) for case in found_cases]
    figure, panel = plt.subplots(figsize=(9, 3.6), layout="constrained")
    for who, colour, shift in (("ours", OURS, -0.2), ("prototype", PROTOTYPE, 0.2)):
        label = "firmware" if who == "ours" else "prototype's algorithm"
        tve = [found[case.name][who]["tve_pct"] for case in found_cases]
        panel.bar(np.array(orders) + shift, tve, 0.4, color=colour, label=label)
    panel.axhline(limits.TVE_PCT, color=LIMIT, lw=1.3)
    panel.text(25.4, limits.TVE_PCT * 1.05, "limit", fontsize=8, ha="right")
    panel.set(
        yscale="log",
        ylim=(0.1, 100),
        ylabel="worst TVE, %",
        xlabel="order of the harmonic at its limit",
    )
    panel.set_xticks(orders)
    panel.grid(alpha=0.3, axis="y")
    panel.legend(fontsize=8, loc="upper right", ncols=2)
    _save(figure, path)


def _save(figure, path):
    figure.savefig(path, dpi=90)
    plt.close(figure)
