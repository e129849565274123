"""Simulated runs for tests: a scenario in TOML is played once and judged by the meter."""

import json
import os
import tempfile
from functools import cache, cached_property
from pathlib import Path

import numpy as np

from tests.meter import Run
from tools.plant import scenario
from tools.play import sim

WORDS_PER_S = 25_000


class Played:
    """A finished run: result, recordings, events and statuses."""

    def __init__(self, folder, result, stage):
        self.folder = Path(folder)
        self.result = result
        self.events = [json.loads(line) for line in (self.folder / "events.jsonl").open()]
        self.statuses = [json.loads(line) for line in (self.folder / "status.jsonl").open()]
        self._stage = stage

    @cached_property
    def meter(self):
        """The independent meter's view of the recording."""
        return Run.load(self.folder, self._stage)

    def watts(self, from_s, to_s):
        """What the meter reads as real power, mean over whole windows of ten cycles."""
        return float(np.mean([w.watts for w in self.meter.windows(from_s, to_s)]))

    def pf(self, from_s, to_s):
        """The lowest power factor of the windows, without its sign."""
        return min(abs(w.pf) for w in self.meter.windows(from_s, to_s))

    def current_w(self, at_s, hz=50.0):
        """Mains-frequency current in the 80 ms around `at_s`, as power at 230 V, whatever phase.

        A Hann window keeps the slow start of the idle bias out.
        """
        middle = round(at_s * WORDS_PER_S)
        piece = self.meter.ma[max(0, middle - 1000) : middle + 1000]
        weight = np.hanning(len(piece))
        turning = np.exp(-2j * np.pi * hz / WORDS_PER_S * np.arange(len(piece)))
        return abs(np.sum(piece * weight * turning)) / np.sum(weight) * np.sqrt(2) * 2.5 * 230

    def reasons(self):
        """(t_s, words) of every change of reason."""
        return [(e["t_s"], e["because"]) for e in self.events if e["event"] == "reason"]

    def locked_s(self):
        """When the mains was first locked."""
        return next(e["t_s"] for e in self.events if e.get("state") == "locked")


@cache
def play(text, visitors=0):
    """Run the scenario `text` (TOML) through the virtual board, once per test session."""
    plan = scenario.parse(text)
    folder = tempfile.mkdtemp(prefix="run-", dir=_scratch())
    return Played(folder, sim.run(plan, folder, visitors), plan.analog.stage)


@cache
def _scratch():
    core = os.environ.get("PYTEST_XDIST_WORKER", "one")  # each clears its own
    path = Path(__file__).parent.parent / "build" / "runs" / core
    path.mkdir(parents=True, exist_ok=True)
    for old in path.glob("run-*"):
        for file in sorted(old.rglob("*"), reverse=True):
            file.rmdir() if file.is_dir() else file.unlink()
        old.rmdir()
    return path
