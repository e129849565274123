"""The bench's results as rows with limits, as text, and as the page docs/metrology.md."""

from typing import NamedTuple

from tools.bench import cases, limits


class Row(NamedTuple):
    """One line of the table. Values are numbers or None; `limit` None = shown, not judged."""

    group: str
    what: str
    unit: str
    ours: float | None
    limit: float | None
    prototype: float | None

    @property
    def inside(self):
        """Whether the firmware keeps the limit; True where there is none."""
        return self.limit is None or (self.ours is not None and abs(self.ours) <= self.limit)


def class_rows(found, grid, class_name, group):
    """Worst ratio error and phase displacement per waveform and load, over direction, frequency
    and voltage; `found` = {case name: {"ours", "prototype"}} for the cases of `grid`."""
    rows = []
    for wave in cases.WAVES:
        for load, limit in limits.IEC_61869_2[class_name].items():
            for quantity, unit, which in (("ratio_pct", "%", 0), ("phase_min", "'", 1)):
                worst = {
                    who: max(_points(found, grid, who, wave, load, quantity), key=_size)
                    for who in ("ours", "prototype")
                }
                name = "ratio error" if which == 0 else "phase displacement"
                what = f"{name} at {load} %, {wave} (worst: {worst['ours'][1]})"
                values = worst["ours"][0], limit[which], worst["prototype"][0]
                rows.append(Row(group, what, unit, *values))
    return rows


def _points(found, grid, who, wave, load, quantity):
    """[(value, corner)] of all corners with that waveform and load."""
    return [
        (one[quantity], f"{case.extra['hz']:g} Hz {case.extra['volts']:g} V {one['pct']:+d} %")
        for case in grid
        if case.extra["wave"] == wave
        for one in found[case.name][who]["loads"]
        if abs(one["pct"]) == load
    ]


def _size(point):
    return abs(point[0])


def vector_rows(found):
    """Vector and power error per case."""
    rows = []
    for case in cases.vectors():
        ours, prototype = found[case.name]["ours"], found[case.name]["prototype"]
        for quantity, what in (("tve_pct", "TVE"), ("power_pct", "real power")):
            limit = case.extra["limit"].get(quantity)
            values = ours[quantity], limit, prototype[quantity]
            rows.append(Row("vectors", f"{case.name}: {what}", "%", *values))
    return rows


def moving_rows(found):
    """Recovery after jumps of the grid, steps of battery power."""
    rows = []
    for case in cases.jumps():
        both = [found[case.name][who]["recovery_s"] for who in ("ours", "prototype")]
        rows.append(
            Row("moves", f"{case.name}: below 1 % again after", "s", both[0], None, both[1])
        )
    for case in cases.power_steps():
        both = [found[case.name][who]["slowest_s"] for who in ("ours", "prototype")]
        limit = limits.step_limit_s(case.extra["poll_s"])
        rows.append(
            Row("moves", "step of battery power, 98 % after", "s", both[0], limit, both[1])
        )
    return rows


def hostile_rows(found):
    """Cycles that anything on a bad board could be seen in."""
    rows = []
    for case in cases.hostile():
        ours, prototype = found[case.name]["ours"], found[case.name]["prototype"]
        what = f"{case.name}: cycles beyond {limits.GLITCH_PCT:g} % of {ours['cycles']}"
        rows.append(Row("bad days", what, "", ours["glitches"], 0, prototype["glitches"]))
        what = f"{case.name}: worst cycle"
        rows.append(Row("bad days", what, "%", ours["tve_pct"], None, prototype["tve_pct"]))
    return rows


def all_rows(found):
    """Every row of the table."""
    rows = class_rows(found, cases.class_grid(), "0.2S", "class 0.2S of 40 A, open loop")
    drifted = "class 0.1 of 40 A, readback on a stage that has drifted by 1 % and 0.5°"
    rows += class_rows(found, cases.readback_grid(), "0.1", drifted)
    return rows + vector_rows(found) + moving_rows(found) + hostile_rows(found)


def number(value, unit):
    """A value as the table shows it; "never" where there is none."""
    if value is None:
        return "never"
    digits = 0 if unit == "" else 1 if unit == "'" or abs(value) >= 100 else 2
    return f"{value:.{digits}f}{' ' if unit == 's' else ''}{unit}"


def text(rows):
    """The table for a terminal."""
    wide = max(len(row.what) for row in rows)
    lines, group = [], None
    for row in rows:
        if row.group != group:
            group = row.group
            lines += ["", f"{group:<{wide}}  {'firmware':>10} {'limit':>8} {'prototype':>10}"]
        limit = "" if row.limit is None else number(row.limit, row.unit)
        mark = "" if row.inside else "  OUTSIDE"
        ours, prototype = number(row.ours, row.unit), number(row.prototype, row.unit)
        lines.append(f"{row.what:<{wide}}  {ours:>10} {limit:>8} {prototype:>10}{mark}")
    return "\n".join(lines)


def markdown(rows):
    """The same for the page, a table per group."""
    lines, group = [], None
    for row in rows:
        if row.group != group:
            group = row.group
            lines += ["", f"## {group[0].upper()}{group[1:]}", ""]
            lines += ["| | firmware | limit | prototype |", "|---|---:|---:|---:|"]
        limit = "–" if row.limit is None else number(row.limit, row.unit)
        ours = number(row.ours, row.unit) if row.inside else f"**{number(row.ours, row.unit)}**"
        lines.append(f"| {row.what} | {ours} | {limit} | {number(row.prototype, row.unit)} |")
    return "\n".join(lines)
