"""`make analog`: what ngspice says about mains sensing and output, as tables in the documents, a
JSON file and a picture. `--quick` leaves out the gate, pulse by pulse (a minute)."""

import json
import sys

from tools.analog import decks, gate, mains, plot, report, stages, supply

RATED_MA = 16.0  # 40 A


def main():
    """Measure, write the files, print the tables."""
    try:
        outputs = {stage: stages.measure(stage) for stage in report.STAGES}
        sensing = {variant: mains.measure(variant) for variant in mains.VARIANTS}
        gated = None if "--quick" in sys.argv else {**gate.measure(), **gate.measure_power()}
    except decks.NoNgspice as why:
        sys.exit(f"{why} (Debian, Ubuntu, Homebrew: package ngspice)")
    supplies = supply.measure()
    numbers = {"stages": outputs, "mains": sensing, "gate": gated, "supply": supplies}
    (decks.FOLDER / "numbers.json").write_text(json.dumps(numbers, indent=1) + "\n")
    picture = report.DOCS / "analog.png"
    plot.draw(picture, report.STAGES, stages.BURDENS, RATED_MA)
    tables = [
        ("hardware-analog.md", "numbers", report.rows(outputs)),
        ("hardware-mains.md", "mains", report.mains_rows(sensing)),
        (
            "hardware-mains.md",
            "phase budget",
            report.budget_rows(report.budget(sensing, outputs["reference"])),
        ),
    ]
    tables.append(("hardware-supply.md", "supply", supply.rows(supplies)))
    if gated:
        tables.append(
            ("hardware-analog.md", "pulses", gate.rows(outputs["reference"]["events"], gated))
        )
    for document, name, text in tables:
        report.put(document, name, text)
        print(f"\n{name}, in docs/{document}\n\n{text}")
    print(f"\n{picture}\n{decks.FOLDER}/*.cir")


if __name__ == "__main__":
    main()
