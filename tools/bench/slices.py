"""What was measured, kept case by case and seed by seed: a long bench can be run in slices.

build/bench/found.jsonl has a line for each run: {"sources", "plan", "seed", "case", "found"}. Only
lines of the code and of the case's own plan as they are now count, the last one of a kind.
"""

import ast
import hashlib
import json
from pathlib import Path

from tools.plant import scenario

ROOT = Path(__file__).parents[2]
# What a result depends on: the way from the mains to the current, the plant, the judge. Not how
# many watts are wanted, nor how a scenario is read: what comes of that is in a case's plan.
_SOURCES = (
    "firmware/signal",
    "tests/meter.py",
    "tools/bench/judge.py",
    "tools/bench/prototype.py",
)
_LIB = "amplitude dmaring gains harmonics jump phasor prediction sine tracker waveform"
_PLANT = "analog circuit hazards mains profile recording sensing"
_VIRTUAL = "devices/adc devices/i2s devices/profile devices/stage devices/timer"
_VIRTUAL += " hazards taskqueue ticks time world"
_SOURCES += tuple(f"lib/{name}.py" for name in _LIB.split())
_SOURCES += tuple(f"tools/plant/{name}.py" for name in _PLANT.split())
_SOURCES += tuple(f"tools/virtual/{name}.py" for name in _VIRTUAL.split())
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


def plan(*cases, after=""):
    """A fingerprint of what the cases run and how they are judged, their limits apart.

    after: that of what has to be run before.
    """
    told = [
        [case.judge, _read(case), {k: v for k, v in case.extra.items() if k != "limit"}]
        for case in cases
    ]
    text = json.dumps([after, told], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _read(case):
    """The case's scenario as the plant will have it, all that nobody wrote down included."""
    one = scenario.from_dict(case.scenario, case.name)
    given = dict(sorted(one.settings.items()))
    parts = one.duration_s, one.mains, one.board, one.analog, one.inverter.battery_w, one.console
    return repr((*parts, given))


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
        return self._kept(lambda sources: sources == self._sources)

    def before(self):
        """The same of code as it was before, the newest of each."""
        return self._kept(lambda sources: sources != self._sources)

    def _kept(self, counts):
        every = {}
        if not self._file.exists():
            return every
        with self._file.open() as file:
            for line in map(json.loads, file):
                same_plan = line.get("plan") == self._plans.get(line["case"], "")
                if counts(line["sources"]) and same_plan:
                    every.setdefault(line["case"], {})[line["seed"]] = line["found"]
        return every
