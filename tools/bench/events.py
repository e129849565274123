"""What a bad grid does to the firmware: each case with the limits that its numbers are held to."""

import math
import os
from pathlib import Path

from tools.bench.cases import Case, bare, scenario

ROOT = Path(__file__).parents[2]
# Recorded mains voltages that stand beside the checkout, or wherever RECORDINGS says.
RECORDINGS = Path(os.environ.get("RECORDINGS", ROOT.parent / "shared" / "data"))
EVENT_W = 3000.0
_AT_S = 5.0

# second_pct: worst real power of a second; wrong: cycles of the wrong sign in a row; over: cycles
# above 1.1 times in a row; right_s: until every cycle is within 3 % again.
_SMALL = {"second_pct": 5.0, "wrong": 0, "right_s": 0.5}
_LARGE = {"second_pct": 35.0, "wrong": 5, "right_s": 0.5}
_BACKWARDS = {"second_pct": 60.0, "wrong": 5, "right_s": 0.5}
_MOVING = {"second_pct": 2.0, "wrong": 0}


def _event(name, mains, limit, seconds=9.0, from_s=4.0, board=None):
    document = scenario(seconds, EVENT_W, mains, board)
    return Case(name, "event", document, {"from_s": from_s, "at_s": _AT_S, "limit": limit})


def events():
    """Jumps, transfers, swings, moving volts, what is no sine, pauses."""
    return jumps() + moving() + volts() + waves() + pauses()


def jumps():
    """The phase from one moment to the next another, with and without a dead time."""
    found = []
    for deg in (-30, -10, 10, 30):
        found.append(_event(f"jump of {deg:+d}°", {"phase_steps": [[_AT_S, deg]]}, _SMALL))
    half = {"dropouts": [[_AT_S + 0.003, _AT_S + 0.013]]}
    found.append(_event("half a cycle lost", half, _SMALL))
    for deg in (-60, 60, 90, 120, 180):
        limit = _LARGE if abs(deg) <= 90 else _BACKWARDS
        found.append(_event(f"jump of {deg:+d}°", {"phase_steps": [[_AT_S, deg]]}, limit))
    generator = {
        "hz": [[0, 50.0], [_AT_S, 50.0], [_AT_S, 51.2]],
        "phase_steps": [[_AT_S, 120.0]],
        "dropouts": [[_AT_S - 0.1, _AT_S]],
    }
    back = {"hz": [[0, 51.2], [_AT_S, 51.2], [_AT_S, 50.0]], "phase_steps": [[_AT_S, -140.0]]}
    # The dead time is no power that anybody could show: it is not held against a second.
    dead = {"wrong": 5, "right_s": 0.5}
    found.append(_event("transfer to a generator, 0.1 s dead", generator, dead))
    found.append(_event("transfer back without a gap", back, _BACKWARDS))
    return found


def moving():
    """A frequency that hunts, falls, swings."""
    hunting = [[0.1 * n, 50 + _hunt(0.1 * n)] for n in range(120)]
    slow = [[0.1 * n, 50 + _hunt(0.1 * n, 1.0, 0.2)] for n in range(160)]
    step = {
        "hz": [[0, 50], [_AT_S, 50], [_AT_S + 0.7, 45.2], [_AT_S + 2.5, 49.5], [20, 50]],
        "volts": [[0, 230], [_AT_S, 230], [_AT_S + 0.1, 196], [_AT_S + 1.2, 230]],
    }
    sine = [[0.02 * n, 50 + 2 * math.sin(max(0.0, 0.02 * n - _AT_S) * 6.2832)] for n in range(450)]
    swing = {"hz": [[0, 50], [_AT_S, 50], [_AT_S + 0.15, 52], [_AT_S + 0.45, 48], [6, 50]]}
    return [
        _event("generator hunts, 2 Hz at 0.5 Hz", {"hz": hunting}, _MOVING, 11.5),
        _event("generator hunts, 1 Hz at 0.2 Hz", {"hz": slow}, _MOVING, 15.5),
        _event("load step on a generator, -5 Hz, -15 %", step, _MOVING, 10.0),
        _event("swing of 13 Hz/s, 2 Hz at 1 Hz", {"hz": sine}, _MOVING),
        # What turns round within a cycle is 100 ms of nobody's knowledge: 48 degrees and less,
        # three times in a second. Who knew each drift after one cycle would lose 2 to 3 % of it.
        _event("13 Hz/s that turn round at once", swing, {"second_pct": 4.0, "wrong": 0}),
    ]


def _hunt(t_s, hz=2.0, rate=0.5):
    """A triangle is harder than a sine: its drift turns at once."""
    turn = (rate * max(0.0, t_s - 3.0)) % 1.0
    return hz * (4 * turn if turn < 0.25 else 2 - 4 * turn if turn < 0.75 else 4 * turn - 4)


def volts():
    """A voltage that moves."""
    am = {"am": [0.5, 10.0]}
    clouds = [[0.0, 230.0]]
    level = 0.0
    for n in range(1, 60):  # a walk of 1.5 % rms that returns; the same every time
        level = 0.9 * level + 2.6 * (((n * 7919) % 101) / 50 - 1)
        clouds.append([0.25 * n, 230.0 + level])
    sag = [[0, 230], [_AT_S, 230], [_AT_S, 184], [_AT_S + 0.5, 184], [_AT_S + 0.5, 230]]
    swell = [[0, 230], [_AT_S, 230], [_AT_S, 264], [_AT_S + 0.5, 264], [_AT_S + 0.5, 230]]
    sagged = {"over": 3, "wrong": 0}
    swollen = {"over": 4, "wrong": 0}  # the ring holds three, half a window shows it
    return [
        _event("±10 % at 0.5 Hz", am, {"second_pct": 1.0}, 11.5),
        _event("cloud wander of 1.5 %", {"volts": clouds}, {"second_pct": 0.4}, 14.0),
        _event("sag to 80 % for 0.5 s", {"volts": sag}, sagged),
        _event("swell to 115 % for 0.5 s", {"volts": swell}, swollen),
    ]


def waves():
    """What is no sine: notches, tones between the harmonics, ripple control."""
    limit = {"second_pct": 0.3, "wrong": 0}
    notches = {"notches": [[30, 0.1, 60], [90, 0.25, 50], [150, 0.4, 40]]}
    found = [_event("commutation notches", notches, limit)]
    for hz, pct in ((825, 3.5), (925, 3.5), (175, 3.0), (217, 3.0), (317, 3.0), (425, 3.0)):
        found.append(_event(f"tone of {hz} Hz, {pct:g} %", {"tones": [[hz, pct]]}, limit))
    found.append(_event("interharmonics", {"tones": [[62, 1.0], [135, 1.0], [285, 1.0]]}, limit))
    return found


def unfiltered():
    """The same on a board without the mains input's filter: 17.5 samples of a cycle see a notch
    or they do not, so a second is as far off as that chance."""
    limits = {
        "commutation notches": 2.0,
        "tone of 825 Hz, 3.5 %": 0.5,
        "tone of 925 Hz, 3.5 %": 0.5,
    }
    found = [case for case in waves() if case.name in limits]
    return [
        bare(case._replace(extra={**case.extra, "limit": {"second_pct": limits[case.name]}}))
        for case in found
    ]


def pauses():
    """Pauses that used to empty the ring for ever."""
    often = {"gc": {"every_s": 0.37, "pause_ms": 45.0}}
    noisy = {"adc": {"noise_mv": 25.0}}
    lost = {"timer": {"jitter_us": 150.0, "drop_prob": 0.01, "drop_run": 20}}
    return [
        _event("pauses of 45 ms every 0.37 s", {}, {"second_pct": 1.0, "wrong": 0}, board=often),
        _event("converter noise of 25 mV", {}, {"second_pct": 1.0, "wrong": 0}, board=noisy),
        _event("20 timer ticks lost in a row", {}, {"second_pct": 1.0, "wrong": 0}, board=lost),
    ]


def swings():
    """The recorded swings, if they are at hand: locked again within 1.5 s, and of the wrong sign
    for no longer than what is in the ring already; their phase turns round several times."""
    found = []
    for file in sorted(RECORDINGS.glob("*swing*.npz")):
        document = scenario(34.0, EVENT_W, {"recording": str(file)})
        extra = {"limit": {"dead_s": 1.5, "wrong": 5}}
        found.append(Case(f"recorded swing {file.stem[-1]}", "swing", document, extra))
    return found
