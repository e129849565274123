"""Runs cases: the real firmware in the simulator, the prototype's algorithm on the same mains."""

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


def run_all(todo, folder, calibration):
    """{case name: {"ours": …, "prototype": …}}, in the order of `todo`; `folder` holds the
    recordings while they are judged. `calibration` is what `commission` found."""
    work = [(case, str(folder), calibration) for case in todo]
    with ProcessPoolExecutor(PROCESSES) as pool:
        return dict(zip([case.name for case in todo], pool.map(_both, work), strict=True))


def commission(folder):
    """Both devices held at 2 kW and corrected by what the Zappi then shows, as a person would.

    The firmware is held twice, in phase and a quarter of a turn ahead: the second reading is the
    sine of what the lag is off, so whole watts tell it to a fraction of a tenth of a degree, which
    a power factor of 1.00 never could. {"gain_trim_pct", "lag_off_deg", "factor"}
    """
    raw = {"gain_trim_pct": 100.0, "lag_off_deg": 0.0, "factor": prototype.FACTOR}
    held = [_both((cases.commissioning(ahead), str(folder), raw)) for ahead in (0.0, 90.0)]
    in_phase, ahead = (one["ours"]["watts"] for one in held)
    return {
        "gain_trim_pct": round(100.0 * cases.HELD_W / math.hypot(in_phase, ahead), 2),
        "lag_off_deg": round(math.degrees(math.atan2(ahead, in_phase)), 2),
        "factor": prototype.FACTOR * cases.HELD_W / held[0]["prototype"]["watts"],
    }


def _both(work):
    case, folder, calibration = work
    document = dict(case.scenario)
    document["settings"] = _corrected(document["settings"], calibration)
    plan = scenario.from_dict(document, case.name)
    out = Path(tempfile.mkdtemp(dir=folder))
    result = sim.run(plan, out)
    ours = meter.Run.load(out, meter.reference_transfer(**cases.BUILT))
    judged = getattr(judge, case.judge)
    found = {"ours": judged(ours, case.extra, plan.inverter.battery_w)}
    found["ours"].update({k: result.get(k) for k in ("lock_s", "underruns", "speed", "because")})
    found["prototype"] = judged(
        _prototype_run(plan, ours.volts, calibration["factor"]),
        case.extra,
        plan.inverter.battery_w,
    )
    shutil.rmtree(out)
    return found


def _corrected(settings, calibration):
    """The case's settings with what was found at commissioning; the case's own gain trim (100 =
    none) and deviation of the lag are what has drifted since."""
    trim = calibration["gain_trim_pct"] * settings.get("gain_trim_pct", 100.0) / 100
    lag = settings["lag_deg"] + calibration["lag_off_deg"]
    return {**settings, "gain_trim_pct": round(trim, 2), "lag_deg": round(lag, 2)}


def _prototype_run(plan, volts, factor):
    levels = prototype.levels(volts, plan.inverter.battery_w, plan.board.adc, plan.seed, factor)
    ma, _ = Stage.named(plan.analog.stage).simulate(levels)
    # From the words' starts to the mean over each word.
    return meter.Run.of_current((ma + np.append(ma[1:], ma[-1])) / 2, volts)
