"""What was measured, kept case by case and seed by seed: a long bench can be run in slices.

build/bench/found.jsonl has a line for each run: {"sources", "plan", "seed", "case", "found"}. Only
lines of the code and of the case's own plan as they are now count, the last one of a kind.
"""

import ast
import hashlib
import json
from pathlib import Path

ROOT = Path(__file__).parents[2]
# What a result depends on; views and inverters do not bear on the current's quality, nor do
# comments.
_LIB = "amplitude dmaring harmonics jump phasor prediction sine tracker waveform"
_VIRTUAL = "devices hazards.py taskqueue.py ticks.py time.py world.py"
_SOURCES = ("firmware/signal", "firmware/policy.py", "tools/plant")
_SOURCES += tuple(f"lib/{name}.py" for name in _LIB.split())
_SOURCES += tuple(f"tools/virtual/{name}" for name in _VIRTUAL.split())
_SOURCES += ("tools/bench/judge.py", "tools/bench/prototype.py", "tests/meter.py")

_WITH_DOCSTRING = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def sources():
    """A fingerprint of all code that a result depends on."""
    digest = hashlib.sha256()
    for one in _SOURCES:
        path = ROOT / one
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            digest.update(_code(file.read_text()).encode())
    return digest.hexdigest()[:12]


def _code(text):
    """What the interpreter sees of a module, without its docstrings."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        has_one = isinstance(node, _WITH_DOCSTRING) and ast.get_docstring(node) is not None
        if has_one:
            del node.body[0]
    return ast.dump(tree)


def plan(*cases):
    """A fingerprint of what the cases run and how they are judged, their limits apart."""
    told = [
        [case.judge, case.scenario, {k: v for k, v in case.extra.items() if k != "limit"}]
        for case in cases
    ]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:12]


class Slices:
    """The file of results; plans: {case: fingerprint} of those that count."""

    def __init__(self, folder, plans):
        self._file = folder / "found.jsonl"
        self._sources = sources()
        self._plans = plans

    def keep(self, seed, case, found):
        """Note one result."""
        line = {"sources": self._sources, "plan": self._plans[case], "seed": seed, "case": case}
        with self._file.open("a") as file:
            file.write(json.dumps({**line, "found": found}) + "\n")

    def all(self):
        """{case: {seed: found}} of code and plans as they are."""
        every = {}
        if not self._file.exists():
            return every
        with self._file.open() as file:
            for line in map(json.loads, file):
                same_plan = line.get("plan") == self._plans.get(line["case"], "")
                if line["sources"] == self._sources and same_plan:
                    every.setdefault(line["case"], {})[line["seed"]] = line["found"]
        return every
