"""The bench's results as rows with limits, as text, and as the page docs/metrology.md."""

from typing import NamedTuple

from tools.bench import cases, events, limits


class Row(NamedTuple):
    """One line of the table. Values are numbers or None; `limit` None = shown, not judged."""

    group: str
    what: str
    unit: str
    ours: float | None
    limit: float | None
    prototype: float | None
    median: float | None = None

    @property
    def inside(self):
        """Whether the firmware keeps the limit; True where there is none."""
        return self.limit is None or (self.ours is not None and abs(self.ours) <= self.limit)


def class_rows(found, grid, class_name, group):
    """Worst ratio error and phase displacement per waveform and load, over direction, frequency
    and voltage; `found` = {case name: {"ours", "prototype"}} for the cases of `grid`."""
    rows = []
    for wave in dict.fromkeys(case.extra["wave"] for case in grid if case.name in found):
        for load, limit in limits.IEC_61869_2[class_name].items():
            for quantity, unit, which in (("ratio_pct", "%", 0), ("phase_min", "'", 1)):
                worst = {
                    who: max(_points(found, grid, who, wave, load, quantity), key=_size)
                    for who in ("ours", "median", "prototype")
                }
                name = "ratio error" if which == 0 else "phase displacement"
                what = f"{name} at {load} %, {wave} (worst: {worst['ours'][1]})"
                values = worst["ours"][0], limit[which], worst["prototype"][0], worst["median"][0]
                rows.append(Row(group, what, unit, *values))
    return rows


def _points(found, grid, who, wave, load, quantity):
    """[(value, corner)] of all corners with that waveform and load."""
    return [
        (one[quantity], f"{case.extra['hz']:g} Hz {case.extra['volts']:g} V {one['pct']:+.0f} %")
        for case in grid
        if case.extra["wave"] == wave and case.name in found
        for one in found[case.name][who].get("loads", ())
        if abs(one["pct"]) == load
    ] or [(0.0, "")]


def _size(point):
    return abs(point[0])


def vector_rows(found):
    """Vector and power error per case."""
    rows = []
    for case in _run(found, cases.vectors()):
        for quantity, what in (("tve_pct", "TVE"), ("power_pct", "real power")):
            values = _three(found, case, quantity, case.extra["limit"][quantity])
            rows.append(Row("vectors", f"{case.name}: {what}", "%", *values))
    return rows


def moving_rows(found):
    """Recovery after jumps of the grid, steps of battery power."""
    rows = []
    for case in _run(found, cases.jumps()):
        values = _three(found, case, "recovery_s", limits.STEP_S)
        rows.append(Row("moves", f"{case.name}: below 1 % again after", "s", *values))
    for case in _run(found, cases.power_steps()):
        values = _three(found, case, "slowest_s", limits.step_limit_s(case.extra["poll_s"]))
        rows.append(Row("moves", "step of battery power, 98 % after", "s", *values))
    return rows


def hostile_rows(found):
    """Cycles that anything on a bad board could be seen in."""
    rows = []
    for case in _run(found, cases.hostile()):
        ours = found[case.name]["ours"]
        what = f"{case.name}: cycles beyond {limits.GLITCH_PCT:g} % of {ours['cycles']:g}"
        rows.append(Row("bad days", what, "", *_three(found, case, "glitches", 0)))
        values = _three(found, case, "tve_pct", limits.GLITCH_PCT)
        rows.append(Row("bad days", f"{case.name}: worst cycle", "%", *values))
    return rows


def _run(found, some):
    """Those of the cases that were run."""
    return [case for case in some if case.name in found]


def _three(found, case, quantity, limit):
    """(worst, limit, prototype's, median) of a case."""
    one = found[case.name]
    return one["ours"][quantity], limit, one["prototype"].get(quantity), one["median"][quantity]


_EVENT_ROWS = {
    "second_pct": ("worst second", "%"),
    "wrong": ("cycles of the wrong sign in a row", ""),
    "over": ("cycles above 1.1 × in a row", ""),
    "right_s": ("right again after", "s"),
    "dead_s": ("longest silence on a mains that is one", "s"),
}


def event_rows(found, group, some):
    """What each event is judged by."""
    return [
        Row(group, f"{case.name}: {_EVENT_ROWS[name][0]}", _EVENT_ROWS[name][1],
            *_three(found, case, name, limit))
        for case in _run(found, some)
        for name, limit in case.extra["limit"].items()
    ]  # fmt: skip


def all_rows(found):
    """Every row of the table."""
    rows = class_rows(found, cases.class_grid(), "0.2S", "class 0.2S of 40 A, open loop")
    drifted = "class 0.1 of 40 A, readback on a stage that has drifted by 1 % and 0.5°"
    rows += class_rows(found, cases.readback_grid(), "0.1", drifted)
    rows += vector_rows(found) + moving_rows(found) + hostile_rows(found)
    rows += event_rows(found, "events", events.events())
    without = "without the mains input's filter"
    rows += class_rows(found, cases.unfiltered_grid(), "0.2S", without)
    rows += event_rows(found, without, events.unfiltered())
    return rows + event_rows(found, "recorded swings", events.swings())


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
            lines += [
                "",
                f"{group:<{wide}}  {'firmware':>10} {'median':>10} {'limit':>8} {'prototype':>10}",
            ]
        limit = "" if row.limit is None else number(row.limit, row.unit)
        mark = "" if row.inside else "  OUTSIDE"
        ours, prototype = number(row.ours, row.unit), number(row.prototype, row.unit)
        median = number(row.median, row.unit)
        lines.append(
            f"{row.what:<{wide}}  {ours:>10} {median:>10} {limit:>8} {prototype:>10}{mark}"
        )
    return "\n".join(lines)


def markdown(rows):
    """The same for the page, a table per group."""
    lines, group = [], None
    for row in rows:
        if row.group != group:
            group = row.group
            lines += ["", f"## {group[0].upper()}{group[1:]}", ""]
            lines += ["| | firmware, worst | median | limit | prototype |"]
            lines += ["|---|---:|---:|---:|---:|"]
        limit = "–" if row.limit is None else number(row.limit, row.unit)
        ours = number(row.ours, row.unit) if row.inside else f"**{number(row.ours, row.unit)}**"
        rest = number(row.median, row.unit), limit, number(row.prototype, row.unit)
        lines.append(f"| {row.what} | {ours} | {' | '.join(rest)} |")
    return "\n".join(lines)
