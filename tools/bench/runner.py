"""Runs cases: the real firmware in the simulator and the rival's algorithm, on the same mains."""

import shutil
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from tests import meter
from tools import sim
from tools.bench import cases, judge, rival
from tools.plant import scenario
from tools.plant.analog import Stage

PROCESSES = 2


def run_all(todo, folder, calibration):
    """{case name: {"ours": …, "rival": …}}, in the order of `todo`; `folder` holds the recordings
    while they are judged. `calibration` is what `commission` found."""
    work = [(case, str(folder), calibration) for case in todo]
    with ProcessPoolExecutor(PROCESSES) as pool:
        return dict(zip([case.name for case in todo], pool.map(_both, work), strict=True))


def commission(folder):
    """Both devices held at 2 kW and corrected by what the Zappi then shows, as a person would.

    {"gain_trim_pct", "factor"}; the lag is known from the stage's component values.
    """
    case = cases.commissioning()
    raw = {"gain_trim_pct": 100.0, "factor": rival.FACTOR}
    found = _both((case, str(folder), raw))
    watts = case.extra["watts"]
    return {
        "gain_trim_pct": round(100.0 * watts / found["ours"]["watts"], 2),
        "factor": rival.FACTOR * watts / found["rival"]["watts"],
    }


def _both(work):
    case, folder, calibration = work
    document = dict(case.scenario)
    document["settings"] = {
        **document["settings"],
        "gain_trim_pct": _trim(calibration["gain_trim_pct"], document["settings"]),
    }
    plan = scenario.from_dict(document, case.name)
    out = Path(tempfile.mkdtemp(dir=folder))
    result = sim.run(plan, out)
    ours = meter.Run.load(out, cases.STAGE)
    judged = getattr(judge, case.judge)
    found = {"ours": judged(ours, case.extra, plan.inverter.battery_w)}
    found["ours"].update({k: result.get(k) for k in ("lock_s", "underruns", "speed", "because")})
    found["rival"] = judged(
        _rival_run(plan, ours.volts, calibration["factor"]), case.extra, plan.inverter.battery_w
    )
    shutil.rmtree(out)
    return found


def _trim(found_pct, settings):
    """The gain trim found at commissioning, times what has drifted since (100 = nothing)."""
    return round(found_pct * settings.get("gain_trim_pct", 100.0) / 100, 2)


def _rival_run(plan, volts, factor):
    levels = rival.levels(volts, plan.inverter.battery_w, plan.board.adc, plan.seed, factor)
    ma, _ = Stage.named(plan.analog.stage).simulate(levels)
    # From the words' starts to the mean over each word.
    return meter.Run.of_current((ma + np.append(ma[1:], ma[-1])) / 2, volts)
