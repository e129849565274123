"""What was measured, kept case by case and seed by seed: a long bench can be run in slices.

build/bench/found.jsonl has a line for each run: {"sources", "seed", "case", "found"}. Only lines
of the sources as they are now count, the last one of a kind.
"""

import hashlib
import json
from pathlib import Path

ROOT = Path(__file__).parents[2]
# What a result depends on; views and inverters do not bear on the current's quality.
_SOURCES = ("firmware/signal", "firmware/policy.py", "lib", "tools/plant", "tools/virtual")
_SOURCES += ("tools/bench/cases.py", "tools/bench/events.py", "tools/bench/judge.py")
_SOURCES += ("tools/bench/prototype.py", "tests/meter.py")


def sources():
    """A fingerprint of all that a result depends on."""
    digest = hashlib.sha256()
    for one in _SOURCES:
        path = ROOT / one
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


class Slices:
    """The file of results."""

    def __init__(self, folder):
        self._file = folder / "found.jsonl"
        self._sources = sources()

    def keep(self, seed, case, found):
        """Note one result."""
        line = {"sources": self._sources, "seed": seed, "case": case, "found": found}
        with self._file.open("a") as file:
            file.write(json.dumps(line) + "\n")

    def all(self):
        """{case: {seed: found}} of the sources as they are."""
        every = {}
        if not self._file.exists():
            return every
        with self._file.open() as file:
            for line in map(json.loads, file):
                if line["sources"] == self._sources:
                    every.setdefault(line["case"], {})[line["seed"]] = line["found"]
        return every
