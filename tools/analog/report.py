"""The tables that `make analog` writes into the documents, between marks."""

from pathlib import Path

import numpy as np

from tools.analog import mains, stages

DOCS = Path(__file__).parents[2] / "docs"
STAGES = ("prototype", "reference")


def put(document, name, text):
    """Replace what stands between the marks of that name; the marks stay."""
    path = DOCS / document
    begin, end = marks(name)
    before, rest = path.read_text().split(begin)
    path.write_text(f"{before}{begin}\n\n{text}\n\n{end}{rest.split(end)[1]}")


def shown(document, name):
    """What stands between the marks."""
    begin, end = marks(name)
    return (DOCS / document).read_text().split(begin)[1].split(end)[0].strip()


def marks(name):
    """The comments around a table that a command writes."""
    return f"<!-- {name}: written by make analog -->", f"<!-- end of {name} -->"


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
    for ohm in stages.BURDENS:
        line(f"largest sine into {ohm:g} Ω (mA rms)", "{:.1f}", "compliance_ma", f"{ohm:g}")
    line(
        "small step into a loop of 10 mH: rests after (µs; 498: still rings)", "{:.0f}", "ring_us"
    )
    line("worst direct current at the CT: offset, bias (mA)", "{:.2f}", "dc_ma")
    line("cable shorted, input overdriven (mA)", "{:.0f}", "short_ma")
    line("cable open: voltage at the terminals (V)", "{:.1f}", "open_v")
    for kind, words in stages.EVENTS.items():
        line(f"{words}: peak (mA)", "{:.3f}", "events", kind, "peak_ma")
        line("… below 1 % of full scale after (ms)", "{:.0f}", "events", kind, "until_ms")
    return "\n".join(lines)


def mains_rows(numbers):
    """Markdown table of {variant: mains.measure(variant)}."""
    lines = ["| | safety transformer | ZMPT101B |", "|---|---|---|"]
    for words, name, form in (
        ("mains volts per volt at the pin, setting `mains_scale`", "scale", "{:.1f}"),
        ("… 95 % of boards within ± (%), turns ratio aside", "scale_spread_pct", "{:.1f}"),
        ("lag at 50 Hz (degrees)", "lag_deg", "{:.2f}"),
        ("… 95 % of boards within ± (degrees)", "lag_spread_deg", "{:.2f}"),
        ("lag slope (degrees/Hz)", "lag_slope_deg_per_hz", "{:.3f}"),
        ("gain slope (%/Hz)", "gain_slope_pct_per_hz", "{:.3f}"),
        ("bend of the lag at 45 and 55 Hz, not in the slope (minutes)", "bend_min", "{:.1f}"),
        ("at 195 V the lag moves by (degrees)", "lag_moves_195_deg", "{:+.2f}"),
        ("at 253 V the lag moves by (degrees)", "lag_moves_253_deg", "{:+.2f}"),
        ("at 195 V the voltage reads (%)", "scale_moves_195_pct", "{:+.2f}"),
        ("at 253 V the voltage reads (%)", "scale_moves_253_pct", "{:+.2f}"),
        ("825 Hz, which folds onto 50 Hz, is weakened by", "alias_825", "{:.0f}"),
        ("925 Hz, likewise", "alias_925", "{:.0f}"),
        ("pin at rest (V)", "rest_v", "{:.3f}"),
        ("pin at 253 V, lowest (V)", "low_v", "{:.2f}"),
        ("pin at 253 V, highest (V)", "high_v", "{:.2f}"),
    ):
        cells = (_signed(form, numbers[variant][name]) for variant in mains.VARIANTS)
        lines.append(f"| {words} | {' | '.join(cells)} |")
    return "\n".join(lines)


def budget(sensing, stage):
    """{variant: [(place, degrees, degrees/Hz)]}: where the current's phase comes from."""
    found = {}
    for variant in mains.VARIANTS:
        of = sensing[variant]
        lag, slope = mains.before_filter(variant)
        found[variant] = [
            ("transformer, divider (minus: leads)", lag, slope),
            ("anti-alias filter", of["lag_deg"] - lag, of["lag_slope_deg_per_hz"] - slope),
            ("converter: the stamp is taken between its two conversions", 0.0, 0.0),
            ("ring: predicted to the moment of play", 0.0, 0.0),
            ("word: the sine's value is that of its middle, as its pulses are", 0.0, 0.0),
            ("output filter and coupling", stage["lag_deg"], stage["lag_slope_deg_per_hz"]),
        ]
    return found


def budget_rows(found):
    """Markdown table of `budget`."""
    one, two = (found[variant] for variant in mains.VARIANTS)
    lines = [
        "| where | transformer: lag (°) | slope (°/Hz) | ZMPT101B: lag (°) | slope (°/Hz) |",
        "|---|---|---|---|---|",
    ]
    for (place, *left), (_, *right) in zip(one, two, strict=True):
        lines.append(f"| {place} | " + " | ".join(_plain(x) for x in left + right) + " |")
    sums = [sum(row[i] for row in part) for part in (one, two) for i in (1, 2)]
    names = "**sum: settings `lag_deg`, `lag_slope_deg_per_hz`**"
    lines.append(f"| {names} | " + " | ".join(f"**{_plain(x)}**" for x in sums) + " |")
    return "\n".join(lines)


def _signed(form, x):
    """Formatted, without a sign at zero."""
    text = form.format(x)
    return text if float(text) else text.lstrip("+-")


def _plain(x):
    text = f"{x:.2f}" if abs(x) >= 1 else f"{x:.3f}"
    return "0" if float(text) == 0 else text


def reading_error_pct(lag_error_deg):
    """What a phase error does to a real power, in %."""
    return 100 * (np.cos(np.radians(lag_error_deg)) - 1)
