"""The parts list as CSV, one row per kind of part, made from the netlist."""

import csv
import io
import re
from pathlib import Path

from tools.hardware import netlist

FILE = Path(__file__).parents[2] / "hardware" / "bom.csv"
HEAD = (
    "references", "count", "value", "tolerance", "part", "package", "alternatives", "variant",
    "why",
)  # fmt: skip


def rows():
    """Rows of the parts list: equal parts together, in the order of the netlist."""
    groups = {}
    for part in netlist.PARTS:
        key = part.shown, part.tolerance, part.generic, part.package, part.fit, part.kind
        groups.setdefault(key, []).append(part)
    for (shown, tolerance, generic, package, fit, _), parts in groups.items():
        whys = dict.fromkeys(f"{_refs(parts, p.why)}: {p.why}" for p in parts)
        others = dict.fromkeys(p.other for p in parts if p.other)
        yield (
            " ".join(p.ref for p in parts), len(parts), shown, tolerance, generic, package,
            "; ".join(others), fit or "always", "; ".join(whys),
        )  # fmt: skip


def text():
    """The whole file."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEAD)
    writer.writerows(rows())
    return out.getvalue()


def read(words):
    """{reference: (value as shown, package, variant)} of a parts list's text."""
    found = {}
    for row in csv.DictReader(io.StringIO(words)):
        for ref in row["references"].split():
            found[ref] = row["value"], row["package"], row["variant"]
    return found


def _refs(parts, why):
    return " ".join(p.ref for p in parts if p.why == why)


def sort_key(ref):
    """R2 before R10."""
    letters, digits = re.fullmatch(r"([A-Z]+)(\d+)", ref).groups()
    return letters, int(digits)
