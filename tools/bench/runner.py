"""Runs cases: the real firmware in the simulator, the prototype's algorithm on the same mains."""

import json
import math
import shutil
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from tests import meter
from tools.bench import cases, judge, prototype
from tools.plant import scenario
from tools.plant.analog import Stage
from tools.play import sim

PROCESSES = 2


def _forget(seed, name, found):
    """Keep nothing."""


def run_all(todo, folder, calibration, seeds=(1,), keep=_forget, processes=PROCESSES):
    """{case name: [what was found with each seed]}, in the order of `todo`; `folder` holds the
    recordings while they are judged. `calibration` is what `commission` found; `keep` gets every
    result as soon as it is there. The prototype runs with seed 1 only."""
    work = [(case, str(folder), calibration, seed) for case in todo for seed in seeds]
    results = {case.name: [] for case in todo}
    with ProcessPoolExecutor(processes) as pool:
        for (case, _, _, seed), found in zip(work, pool.map(_both, work), strict=True):
            keep(seed, case.name, found)
            results[case.name].append(found)
    return results


def merged(found):
    """One result of those of several seeds: the worst and the median of each number."""
    ours = [one["ours"] for one in found]
    return {
        "ours": _picked(ours, lambda numbers: max(numbers, key=abs)),
        "median": _picked(ours, lambda numbers: float(np.median(numbers))),
        "prototype": found[0].get("prototype", {}),
    }


def _picked(values, pick):
    """`pick` of what stands at the same place in each; None (never) is worse than any number.
    Words and courses over time are those of the first."""
    first = values[0]
    if isinstance(first, dict):
        return {name: _picked([one[name] for one in values], pick) for name in first}
    if isinstance(first, list) and first and isinstance(first[0], dict):
        return [_picked(list(one), pick) for one in zip(*values, strict=True)]
    if isinstance(first, str | list | bool):
        return first
    return None if None in values else pick(values)


def commission(folder):
    """Both devices held at 2 kW and corrected by what the Zappi then shows, as a person would.

    The firmware is held twice, in phase and a quarter of a turn ahead: the second reading is the
    sine of what the lag is off, so whole watts tell it to a fraction of a tenth of a degree, which
    a power factor of 1.00 never could. {"gain_trim_pct", "lag_off_deg", "factor"}
    """
    raw = {"gain_trim_pct": 100.0, "lag_off_deg": 0.0, "factor": prototype.FACTOR}
    held = [_both((cases.commissioning(ahead), str(folder), raw, 1)) for ahead in (0.0, 90.0)]
    in_phase, ahead = (one["ours"]["watts"] for one in held)
    found = {
        "gain_trim_pct": round(100.0 * cases.HELD_W / math.hypot(in_phase, ahead), 2),
        "lag_off_deg": round(math.degrees(math.atan2(ahead, in_phase)), 2),
        "factor": prototype.FACTOR * cases.HELD_W / held[0]["prototype"]["watts"],
    }
    # The power still held, now right: what the sense channel shows of it is its own error.
    found.update(_both((cases.sensing(), str(folder), found, 1))["ours"]["sense"])
    return found


def _both(work):
    case, folder, calibration, seed = work
    document = {**case.scenario, "seed": seed}
    document["settings"] = _corrected(document["settings"], calibration)
    plan = scenario.from_dict(document, case.name)
    out = Path(tempfile.mkdtemp(dir=folder))
    result = sim.run(plan, out)
    ours = meter.Run.load(out, meter.reference_transfer(**cases.BUILT))
    judged = getattr(judge, case.judge)
    found = {"ours": judged(ours, case.extra, plan.inverter.battery_w)}
    found["ours"].update({k: result.get(k) for k in ("lock_s", "underruns", "speed", "because")})
    if case.judge == "sense":
        settings = json.loads((out / "flash" / "settings.json").read_text())["settings"]
        names = "sense_trim_pct", "sense_trim_deg"
        found["ours"]["sense"] = {name: settings[name] for name in names}
    if seed == 1 and not calibration.get("ours_only"):
        theirs = _prototype_run(plan, ours.volts, calibration["factor"])
        found["prototype"] = judged(theirs, case.extra, plan.inverter.battery_w)
    shutil.rmtree(out)
    return found


def _corrected(settings, calibration):
    """The case's settings with what was found at commissioning; the case's own gain trim (100 =
    none) and deviation of the lag are what has drifted since."""
    trim = calibration["gain_trim_pct"] * settings.get("gain_trim_pct", 100.0) / 100
    lag = settings["lag_deg"] + calibration["lag_off_deg"]
    sense = {
        name: calibration[name]
        for name in ("sense_trim_pct", "sense_trim_deg")
        if name in calibration
    }
    return {**settings, **sense, "gain_trim_pct": round(trim, 2), "lag_deg": round(lag, 2)}


def _prototype_run(plan, volts, factor):
    levels = prototype.levels(volts, plan.inverter.battery_w, plan.board.adc, plan.seed, factor)
    ma, _ = Stage.named(plan.analog.stage).simulate(levels)
    # From the words' starts to the mean over each word.
    return meter.Run.of_current((ma + np.append(ma[1:], ma[-1])) / 2, volts)
