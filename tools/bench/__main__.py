"""`make bench`, `make bench-all`: how good the current at the CT terminals is.

Runs every case in virtual time, judges the recordings with the independent meter (tests/meter.py),
prints one table, and writes build/bench/results.json, docs/metrology.md and its pictures. Exits
with 1 if the firmware is outside a limit. Each result is kept as soon as it is there, so a long
bench may be run in slices: `--seeds 3-4 --slice`, `--missing` after a stop, `--again` at the end.
"""

import argparse
import json
import sys
import time
from fnmatch import fnmatch
from pathlib import Path

from tools.bench import budget, cases, events, plot, report, runner, slices

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "build" / "bench"
DOCS = ROOT / "docs"

HEAD = (Path(__file__).parent / "head.md").read_text()


_PART = " **Not every case was run with every seed: {missing}.**"

_OLDER = """
## Not measured again

The code of the signal has changed since these cases were run; their rows are of the code before:
"""


_COMMISSIONED = "commissioned"  # kept like a case, of seed 0


def all_cases():
    """Every case, in the order of the table."""
    todo = cases.class_grid() + cases.readback_grid() + cases.vectors() + cases.jumps()
    todo += cases.power_steps() + cases.hostile() + events.events() + events.swings()
    return todo + cases.unfiltered_grid() + events.unfiltered()


def _slices():
    """Of what was measured, that which still counts: the results were corrected by commissioning,
    so a plan of a case holds that, too."""
    first = slices.plan(cases.commissioning(0.0), cases.commissioning(90.0), cases.sensing())
    plans = {case.name: slices.plan(case, after=first) for case in all_cases()}
    return slices.Slices(FOLDER, {**plans, _COMMISSIONED: first})


def measure(seeds, ours_only=False, only=("*",), missing=False, processes=runner.PROCESSES):
    """Run the cases whose names match; each result goes to build/bench/found.jsonl.

    missing: only what is not there yet.
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    kept = _slices()
    there = kept.all() if missing else {}
    calibration = there.pop(_COMMISSIONED, {}).get(0)
    if not calibration:
        calibration = runner.commission(FOLDER)
        kept.keep(0, _COMMISSIONED, calibration)
    for seed in seeds:
        todo = [case for case in all_cases() if any(fnmatch(case.name, one) for one in only)]
        todo = [case for case in todo if seed not in there.get(case.name, {})]
        common = {**calibration, "ours_only": ours_only}
        runner.run_all(todo, FOLDER, common, (seed,), kept.keep, processes)
    print(f"{time.monotonic() - started:.0f} s")


def gathered():
    """Results of all slices: {"calibration", "cases": {name: {"ours", "median", "prototype"}},
    "seeds", "missing", "older", "budget"}; seeds: those that any case was run with; missing:
    words, "" if each case was run with each of them; older: cases that were run before the code
    has changed, and not since."""
    kept = _slices()
    every, before = kept.all(), kept.before()
    calibration = every.pop(_COMMISSIONED)[0]
    names = [case.name for case in all_cases()]
    older = [name for name in names if name not in every and name in before]
    every.update((name, before[name]) for name in older)
    seeds = sorted({seed for found in every.values() for seed in found})
    found = {
        name: runner.merged([every[name][seed] for seed in sorted(every[name])])
        for name in names
        if name in every
    }
    return {
        "calibration": calibration,
        "cases": found,
        "seeds": seeds,
        "missing": _missing(every, names, seeds),
        "older": older,
        "budget": budget.measure(),
    }


def _missing(every, names, seeds):
    """How many cases each seed has seen that has not seen all."""
    ran = {seed: sum(seed in every.get(name, {}) for name in names) for seed in seeds}
    return ", ".join(
        f"{count} of {len(names)} with seed {seed}"
        for seed, count in ran.items()
        if count < len(names)
    )


def _part(results):
    """What the page must say of itself first."""
    words = _PART.format(missing=results["missing"]) if results["missing"] else ""
    if results["older"]:
        words += f" **{len(results['older'])} cases are of the code before its last change; the"
        words += " end of the page names them.**"
    return words


def write_page(results, rows):
    """docs/metrology.md and its pictures."""
    judged = [row for row in rows if row.limit is not None]
    outside = [row for row in judged if not row.inside]
    head = HEAD.format(
        seeds=", ".join(map(str, results["seeds"])),
        sense_trim_pct=results["calibration"]["sense_trim_pct"],
        part=_part(results),
        recordings="" if events.swings() else " The recorded swings were not at hand: no rows.",
        gain_trim_pct=results["calibration"]["gain_trim_pct"],
        lag_off_deg=results["calibration"]["lag_off_deg"],
        inside=len(judged) - len(outside),
        judged=len(judged),
        outside=", those outside are bold" if outside else "",
    )
    page = [head, report.markdown(rows), "\n", budget.markdown(results["budget"]), "\n"]
    if results["older"]:
        page += [_OLDER, "; ".join(results["older"]), ".\n"]
    (DOCS / "metrology.md").write_text("".join(page))
    found = results["cases"]
    if len(found) < len(all_cases()) or not all(one["prototype"] for one in found.values()):
        return  # the pictures show both, and all
    plot.class_errors(results["cases"], DOCS / "metrology-class.png")
    plot.ramps(results["cases"], DOCS / "metrology-ramps.png")
    plot.harmonics(results["cases"], DOCS / "metrology-harmonics.png")


def _seeds(text):
    """ "3" is 1, 2, 3; "3-5" and "2,4" are those named."""
    if "-" in text:
        first, last = map(int, text.split("-"))
        return list(range(first, last + 1))
    return list(map(int, text.split(","))) if "," in text else list(range(1, int(text) + 1))


def main():
    """Run, print, write; or only write anew what was measured last."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", default=["*"], help="patterns of the cases' names")
    parser.add_argument("--ours", action="store_true", help="without the prototype")
    parser.add_argument("--seeds", type=_seeds, default=[1, 2], help="so many, or 3-5, or 2,4 (2)")
    parser.add_argument("--missing", action="store_true", help="go on with what is not there yet")
    parser.add_argument("--slice", action="store_true", help="measure only: no page, no table")
    parser.add_argument("--again", action="store_true", help="tell what was measured once more")
    parser.add_argument("--processes", type=int, default=runner.PROCESSES, help="at once (2)")
    options = parser.parse_args()
    if not options.again:
        given = options.seeds, options.ours, options.only, options.missing, options.processes
        measure(*given)
    if options.slice:
        return
    results = gathered()
    (FOLDER / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    rows = report.all_rows(results["cases"])
    write_page(results, rows)
    print(report.text(rows))
    outside = sum(not row.inside for row in rows)
    print(f"\n{len(rows)} rows, {outside} outside their limits, seeds {results['seeds']}")
    print(f"{FOLDER / 'results.json'}, docs/metrology.md")
    sys.exit(1 if outside else 0)


if __name__ == "__main__":
    main()
