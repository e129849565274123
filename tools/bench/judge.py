"""From a recording to the numbers of a case; nothing here knows whose recording it is.

Each judge takes (run, case.extra, battery_w Profile) and returns plain numbers. "Vector error" is
the total vector error against the primary current that the battery power means, both seen
through the meter's own window.
"""

import numpy as np

from tools.bench import cases, limits

_SHORT = 4  # cycles of a window that follows what moves


def zappi(run, extra, battery_w):
    """What the Zappi's display shows over the last 5 s, whole watts as it prints them."""
    end = len(run.volts) * 40e-6
    watts = [w.watts for w in run.windows(end - 5.2, end - 0.1, cycles=50)]
    return {"watts": round(float(np.mean(watts)))}


def sense(run, extra, battery_w):
    """Nothing of the current: the device's own status tells of the sense channel."""
    return {}


def loads(run, extra, battery_w):
    """[{pct, ratio_pct, phase_min}] per load: the worse of two windows of 50 cycles."""
    found = []
    for k, (pct, watts) in enumerate(extra["loads"]):
        begin = extra["begin_s"] + cases.STEP_S * k + cases.SETTLED_S
        windows = run.windows(begin, begin + 2.3, cycles=50)
        ratio = max((w.ratio_error_pct(watts) for w in windows), key=abs)
        phase = max((w.phase_min(watts) for w in windows), key=abs)
        found.append({"pct": pct, "ratio_pct": ratio, "phase_min": phase})
    return {"loads": found}


def vector(run, extra, battery_w):
    """Worst vector error of short windows, worst power error of a second, the phase over time."""
    watts = float(battery_w.at(0.0))
    end = len(run.volts) * 40e-6 - 0.1
    windows = run.windows(extra["from_s"], end, cycles=_SHORT, step_s=0.02)
    seconds = run.windows(extra["from_s"], end, cycles=50)
    return {
        "tve_pct": max(w.tve_pct(watts) for w in windows),
        "power_pct": max((w.power_error_pct(watts) for w in seconds), key=abs),
        "t_s": [round(w.t_s, 3) for w in windows],
        "hz": [round(w.hz, 4) for w in windows],
        "phase_min": [round(w.phase_min(watts), 2) for w in windows],
    }


def recovery(run, extra, battery_w):
    """Seconds after the jump until the vector error stays below 1 %; the worst on the way."""
    watts = float(battery_w.at(0.0))
    windows = run.windows(extra["at_s"], len(run.volts) * 40e-6 - 0.1, cycles=2, step_s=0.01)
    errors = np.array([w.tve_pct(watts) for w in windows])
    bad = np.flatnonzero(errors > limits.TVE_PCT)
    last = windows[bad[-1]].t_s + 0.02 - extra["at_s"] if len(bad) else 0.0
    never = len(bad) > 0 and bad[-1] == len(errors) - 1
    return {"recovery_s": None if never else last, "tve_pct": float(errors.max())}


def event(run, extra, battery_w):
    """Worst second, longest runs of cycles of the wrong sign and of too much, time to be right."""
    watts = float(battery_w.at(0.0))
    end = len(run.volts) * 40e-6 - 0.1
    cycles = run.windows(extra["from_s"], end, cycles=1)
    share = np.array([_real(w) for w in cycles]) / watts
    t_s = np.array([w.t_s for w in cycles])
    off = np.flatnonzero((np.abs(share - 1) > 0.03) & (t_s > extra["at_s"]))
    seconds = [
        w.power_error_pct(watts)
        for shift in (0.0, 0.5)
        for w in run.windows(extra["from_s"] + shift, end, cycles=50)
    ]
    return {
        "second_pct": float(max(seconds, key=abs)),
        "wrong": _longest(share < -0.02),
        "over": _longest(share > 1.1),
        "right_s": float(t_s[off[-1]] + 0.01 - extra["at_s"]) if len(off) else 0.0,
    }


def swing(run, extra, battery_w):
    """Longest time without current on a mains that is one: 170 to 270 V, phase within 20 degrees
    of what the cycles before promise."""
    watts = float(battery_w.at(0.0))
    cycles = run.windows(2.0, len(run.volts) * 40e-6 - 0.1, cycles=1)
    share = np.array([_real(w) for w in cycles]) / watts
    size = np.array([abs(w.volts) for w in cycles])
    hz = np.array([w.hz for w in cycles])
    steady = np.abs(np.diff(hz, prepend=hz[0])) < 1.0
    good = (size > 170) & (size < 270) & (hz > 46) & (hz < 64) & steady
    return {
        "dead_s": 0.02 * _longest(good & (np.abs(share) < 0.05)),
        "wrong": _longest(share < -0.02),
    }


def _real(window):
    """Signed size of the current along the voltage, as power."""
    return (window.volts.conjugate() * window.amps).real


def _longest(flags):
    """Length of the longest run of True."""
    longest = here = 0
    for flag in flags:
        here = here + 1 if flag else 0
        longest = max(longest, here)
    return longest


def steps(run, extra, battery_w):
    """Longest time from a step at the register until the current has come 98 % of the way."""
    times = []
    for at_s, after, before in extra["steps"]:
        windows = run.windows(at_s, at_s + 2.6, cycles=1, step_s=0.01)
        # Real part: the signed size of the current along the voltage, as power.
        power = np.array([(w.volts.conjugate() * w.amps).real for w in windows])
        missing = np.abs(power - after) > 0.02 * abs(after - before)
        bad = np.flatnonzero(missing)
        # The window that still missed ends half a cycle after its centre.
        times.append(windows[bad[-1]].t_s + 0.01 - at_s if len(bad) else 0.0)
    return {"slowest_s": max(times)}


def cycles(run, extra, battery_w):
    """Worst one-cycle vector error, and how many cycles are beyond what counts as a glitch."""
    watts = float(battery_w.at(0.0))
    windows = run.windows(extra["from_s"], len(run.volts) * 40e-6 - 0.1, cycles=1)
    errors = np.array([w.tve_pct(watts) for w in windows])
    return {
        "tve_pct": float(errors.max()),
        "glitches": int(np.count_nonzero(errors > limits.GLITCH_PCT)),
        "cycles": len(errors),
    }
