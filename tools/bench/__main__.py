"""`make bench`, `make bench-all`: how good the current at the CT terminals is.

Runs every case in virtual time, judges the recordings with the independent meter (tests/meter.py),
prints one table, and writes build/bench/results.json, docs/metrology.md and its pictures. Exits
with 1 if the firmware is outside a limit.
"""

import argparse
import json
import sys
import time
from fnmatch import fnmatch
from pathlib import Path

from tools.bench import budget, cases, events, plot, report, runner

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "build" / "bench"
DOCS = ROOT / "docs"

HEAD = (Path(__file__).parent / "head.md").read_text()


_PART = " Only a part of the cases was run this time; rows of others are missing."


def measure(seeds, ours_only=False, only=("*",)):
    """Results: {"calibration", "cases": {name: {"ours", "median", "prototype"}}, "seeds",
    "seconds", "budget"}."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    calibration = runner.commission(FOLDER)
    calibration["ours_only"] = ours_only
    todo = cases.class_grid() + cases.readback_grid() + cases.vectors() + cases.jumps()
    todo += cases.power_steps() + cases.hostile() + events.events() + events.swings()
    todo = [case for case in todo if any(fnmatch(case.name, one) for one in only)]
    found = runner.run_all(todo, FOLDER, calibration, seeds)
    seconds = round(time.monotonic() - started, 1)
    parts = budget.measure()
    return {
        "calibration": calibration,
        "cases": found,
        "seeds": seeds,
        "only": list(only),
        "seconds": seconds,
        "budget": parts,
    }


def write_page(results, rows):
    """docs/metrology.md and its pictures."""
    judged = [row for row in rows if row.limit is not None]
    outside = [row for row in judged if not row.inside]
    head = HEAD.format(
        seeds=", ".join(map(str, results["seeds"])),
        sense_trim_pct=results["calibration"]["sense_trim_pct"],
        part=_PART if results.get("only", ["*"]) != ["*"] else "",
        recordings="" if events.swings() else " The recorded swings were not at hand: no rows.",
        gain_trim_pct=results["calibration"]["gain_trim_pct"],
        lag_off_deg=results["calibration"]["lag_off_deg"],
        inside=len(judged) - len(outside),
        judged=len(judged),
        outside=", those outside are bold" if outside else "",
    )
    page = [head, report.markdown(rows), "\n", budget.markdown(results["budget"]), "\n"]
    (DOCS / "metrology.md").write_text("".join(page))
    if results["calibration"].get("ours_only"):
        return  # the pictures show both
    plot.class_errors(results["cases"], DOCS / "metrology-class.png")
    plot.ramps(results["cases"], DOCS / "metrology-ramps.png")
    plot.harmonics(results["cases"], DOCS / "metrology-harmonics.png")


def main():
    """Run, print, write; or only write anew what was measured last."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", default=["*"], help="patterns of the cases' names")
    parser.add_argument("--ours", action="store_true", help="without the prototype")
    parser.add_argument("--seeds", type=int, default=2, help="so many, from 1 on (2)")
    parser.add_argument("--again", action="store_true", help="tell the last results once more")
    options = parser.parse_args()
    file = FOLDER / "results.json"
    if options.again:
        results = json.loads(file.read_text())
    else:
        results = measure(list(range(1, options.seeds + 1)), options.ours, options.only)
        file.write_text(json.dumps(results, indent=1) + "\n")
    rows = report.all_rows(results["cases"])
    write_page(results, rows)
    print(report.text(rows))
    outside = sum(not row.inside for row in rows)
    print(f"\n{len(rows)} rows, {outside} outside their limits, {results['seconds']:g} s")
    print(f"{file}, docs/metrology.md")
    sys.exit(1 if outside else 0)


if __name__ == "__main__":
    main()
