"""What the bench runs: each case is a scenario and how its recording is judged."""

from typing import NamedTuple

import numpy as np

from firmware.device import settings_table
from tools.bench import limits
from tools.plant.analog import Stage
from tools.plant.sensing import response

# The stage as somebody built it, from parts of 1 % and 5 %: 0.3 degrees off its nominal lag.
BUILT = {"r": 15.1e3, "c1": 15.5e-9, "c2": 40.2e-9, "c3": 2.26e-9, "c4": 1.04e-6}
_NAMES = {"r": ("R1", "R2", "R3"), "c1": ("C1",), "c2": ("C2",), "c3": ("C3",), "c4": ("C4",)}
STAGE = {"base": "reference"} | {name: BUILT[k] for k in BUILT for name in _NAMES[k]}
BOARD = "board_zmpt"
STEADY_W = 4600.0
HELD_W = 4000.0  # while commissioning
SENSE_GAIN = 1.06  # what the sense channel's converter makes of the current, raw
PROFILE = "sungrow_sh_rs_rt_t"  # reaches 25 kW; the default inverter ends at 5
FREQUENCIES, VOLTAGES = (45.0, 50.0, 55.0), (195.0, 230.0, 253.0)
BEGIN_S, STEP_S = 3.0, 5.0  # first load; one load
TRIMMED_S = 33.0  # first load where a readback has had 30 s of full load to find what drifted
SETTLED_S = 2.6  # after a load's beginning: the next poll, the ramp, the meter's own window

# Angles without a pattern, but the same every time.
EN_50160 = [
    [order, pct, float(order * order * 37 % 360)]
    for order, pct in sorted(limits.EN_50160_HARMONICS_PCT.items())
]
_THD = np.sqrt(sum(pct**2 for _, pct, _ in EN_50160))
WAVES = {
    "pure": [],
    "EN 50160": [
        [order, round(pct * limits.EN_50160_THD_PCT / _THD, 4), deg]
        for order, pct, deg in EN_50160
    ],
    "flat-topped": [[3, 3.0, 0.0], [5, 1.5, 180.0], [7, 1.0, 0.0]],
}
# The same pure sine seen by a converter with the ESP32's own curve: a count of it is 0.83 mV.
CURVED = "pure, ESP32 converter"
CURVED_SCALE = 361.4 * 0.83 * 4096 / 3300


class Case(NamedTuple):
    """A run: its name, how it is judged (a function of tools.bench.judge), and its scenario.

    extra: what the judge must know, as plain data.
    """

    name: str
    judge: str
    scenario: dict
    extra: dict


def settings():
    """The device's settings for the reference board, as its own preset has them."""
    numbers = zip(settings_table.STAGE_NUMBERS, settings_table.STAGES[BOARD], strict=True)
    return {"stage": BOARD, **dict(numbers), "limit_w": 25000, "profile": PROFILE}


def bare(case):
    """The same case on a board without the mains input's filter: it sees the mains itself."""
    stage = Stage.named("reference")
    lag, gain = stage.slopes
    seen_deg = float(np.degrees(np.angle(response(50.0))))
    document = {
        **case.scenario,
        "analog": {**case.scenario["analog"], "sensing": "direct"},
        "settings": {
            **case.scenario["settings"],
            "stage": "reference",
            "lag_deg": round(settings()["lag_deg"] + seen_deg, 2),
            "lag_slope_deg_per_hz": round(lag, 4),
            "gain_slope_pct_per_hz": round(gain, 4),
        },
    }
    return case._replace(name=f"without the filter, {case.name}", scenario=document)


def scenario(seconds, watts=STEADY_W, mains=None, board=None, **more):
    """The document of a scenario on the reference stage."""
    return {
        "duration_s": seconds,
        "mains": mains or {},
        "inverter": {"battery_w": watts, "profile": PROFILE, **more.pop("inverter", {})},
        "board": board or {},
        "analog": {"stage": STAGE, "sensing": "reference"},
        "settings": {**settings(), **more.pop("settings", {})},
        **more,
    }


def commissioning(ahead_deg):
    """A held 2 kW on a quiet grid, as the person at the Zappi sees it; the lag set too large by
    `ahead_deg`."""
    more = {"lag_deg": round(settings()["lag_deg"] + ahead_deg, 2)}
    return Case("commissioning", "zappi", scenario(12.0, HELD_W, settings=more), {})


def sensing():
    """The same power held once more after that, the sense channel's converter 6 % off; a person
    types `sense` after most of a minute."""
    case = scenario(47.0, HELD_W, console=[{"at_s": 45.0, "line": "sense"}])
    case["analog"] = {**case["analog"], "readback": True, "sense_gain": SENSE_GAIN}
    return Case("calibration of the sense channel", "sense", case, {})


def class_grid():
    """Every load of class 0.2S, in both directions, in every corner of the grid."""
    corners = [(hz, volts, wave) for hz in FREQUENCIES for volts in VOLTAGES for wave in WAVES]
    corners += [(50.0, volts, CURVED) for volts in VOLTAGES]
    return [_loads(*corner, limits.IEC_61869_2["0.2S"]) for corner in corners]


def unfiltered_grid():
    """The loads of class 0.2S once more on a board without the mains input's filter."""
    limit = limits.IEC_61869_2["0.2S"]
    return [bare(_loads(50.0, volts, "EN 50160", limit)) for volts in (195.0, 253.0)]


def readback_grid():
    """The loads of class 0.1 along the grid's diagonal, with readback, on a device whose stage has
    drifted since commissioning: 1 % too large, half a degree late."""
    corners = zip(FREQUENCIES, VOLTAGES, strict=True)
    found = []
    for hz, volts in corners:
        for wave in WAVES:
            case = _loads(hz, volts, wave, limits.IEC_61869_2["0.1"], TRIMMED_S)
            drifted = {"gain_trim_pct": 101.0, "lag_deg": settings()["lag_deg"] - 0.5}
            case.scenario["settings"].update(drifted)
            case.scenario["analog"].update(readback=True, sense_gain=SENSE_GAIN)
            found.append(case._replace(name=f"readback, {case.name}"))
    return found


def _loads(hz, volts, wave, limits_at, begin_s=BEGIN_S):
    """A case that goes through the loads of a class in one corner, both directions; the first load
    begins at `begin_s`; until 3 s before, a long wait sees the rated current."""
    harmonics = WAVES.get(wave, [])
    thd = np.sqrt(sum((pct / 100) ** 2 for _, pct, _ in harmonics))
    full_w = limits.RATED_A * volts / np.sqrt(1 + thd**2)
    loads = [(sign * pct, sign * pct / 100 * full_w) for sign in (1, -1) for pct in limits_at]
    mains = {"volts": volts, "hz": hz, "harmonics": harmonics}
    document = scenario(begin_s + STEP_S * len(loads), _staircase(loads, begin_s), mains)
    if wave == CURVED:
        document["board"] = {"adc": {"curve": "esp32"}}
        document["settings"]["mains_scale"] = round(CURVED_SCALE, 2)
    corner = {"hz": hz, "volts": volts, "wave": wave, "loads": loads, "begin_s": begin_s}
    return Case(f"{hz:g} Hz, {volts:g} V, {wave}", "loads", document, corner)


def _staircase(loads, begin_s):
    rated_w = dict(loads)[100]
    before = begin_s - BEGIN_S
    points = [[0.0, rated_w], [before, rated_w]] if before else []
    for k, (_, watts) in enumerate(loads):
        begin = begin_s + STEP_S * k if k else before
        points += [[begin, watts], [begin_s + STEP_S * (k + 1), watts]]
    return points


def vectors():
    """Total vector error in steady state, with harmonics, modulation, ramps and steps."""
    limit = {"tve_pct": limits.TVE_PCT, "power_pct": limits.STEADY_POWER_PCT}
    found = [_vector("steady state", 12.0, {}, limit)]
    for order, pct, deg in EN_50160:
        name = f"harmonic {order}, {pct:g} %"
        found.append(_vector(name, 9.0, {"harmonics": [[order, pct, deg]]}, limit))
    for hz in (0.1, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0):
        seconds = 4 + max(6.0, 1.2 / hz)
        moving = {"tve_pct": limits.modulation_pct(hz), "power_pct": 2.0}
        found.append(_vector(f"amplitude ±10 % at {hz:g} Hz", seconds, {"am": [hz, 10.0]}, moving))
        found.append(_vector(f"phase ±0.1 rad at {hz:g} Hz", seconds, {"pm": [hz, 0.1]}, moving))
    half = {"tve_pct": limits.modulation_pct(5.0, 5.0), "power_pct": 2.0}
    found.append(_vector("phase ±0.05 rad at 5 Hz", 10.0, {"pm": [5.0, 0.05]}, half))
    power = {"tve_pct": limits.RAMP_PCT, "power_pct": limits.POWER_PCT}
    slow = [[0, 49.5], [4, 49.5], [14, 50.5], [16, 50.5], [26, 49.5]]
    found.append(_vector("ramps of 0.1 Hz/s", 28.0, {"hz": slow}, limit))
    fast = [[0, 48], [5, 48], [9, 52], [11, 52], [15, 48]]
    found.append(_vector("ramps of 1 Hz/s", 17.0, {"hz": fast}, power))
    island = [[0, 50], [5, 50], [6, 52]]
    found.append(_vector("island, 50 to 52 Hz in 1 s", 10.0, {"hz": island}, power))
    found.append(_vector("at 52 Hz from the start", 10.0, {"hz": 52.0}, limit))
    return found


def _vector(name, seconds, mains, limit):
    return Case(name, "vector", scenario(seconds, mains=mains), {"from_s": 4.0, "limit": limit})


def jumps():
    """How long until the vector error is below 1 % again after the grid has jumped."""
    kinds = {
        "amplitude +10 %": {"volts": [[0, 220], [5, 220], [5, 242]]},
        "amplitude -10 %": {"volts": [[0, 242], [5, 242], [5, 217.8]]},
        "phase +10°": {"phase_steps": [[5.0, 10.0]]},
        "phase -10°": {"phase_steps": [[5.0, -10.0]]},
    }
    return [
        Case(f"jump of {name}", "recovery", scenario(9.0, mains=mains), {"at_s": 5.0})
        for name, mains in kinds.items()
    ]


def power_steps():
    """Battery power jumps at various times between two polls."""
    powers = [0.0, 4600.0, -4600.0, 1000.0, 0.0, -2000.0, 3000.0, -500.0, 4000.0, 0.0]
    times = [0.0] + [4.0 + 3.0 * k + 0.13 * (k * 7 % 9) for k in range(1, len(powers))]
    points = []
    for k, watts in enumerate(powers):
        points += [[times[k], powers[k - 1]], [times[k], watts]] if k else [[0.0, watts]]
    steps = list(zip(times[1:], powers[1:], powers[:-1], strict=True))
    document = scenario(times[-1] + 3.0, points)
    return [Case("steps of battery power", "steps", document, {"steps": steps, "poll_s": 1.0})]


def hostile():
    """Boards on a bad day: no cycle may show it."""
    spikes = {"adc": {"spike_prob": 0.01, "spike_mv": 400.0}}
    drops = {"timer": {"jitter_us": 150.0, "drop_prob": 0.01, "drop_run": 10}}
    pauses = {"gc": {"every_s": 0.37, "pause_ms": 30.0}}
    drift = {"adc": {"drift_mv": [[0, -60], [20, 60]], "inl_pct": 1.5}}
    wrap = {"ticks_us_start": 2**30 - 8_000_000, "ticks_ms_start": 2**30 - 9000}
    kinds = {
        "quiet board": {},
        "pauses of 30 ms": pauses,
        "10 timer ticks lost in a row": drops,
        "400 mV spikes on 1 % of samples": spikes,
        "ADC bias drifts by 120 mV, 1.5 % non-linear": drift,
        "both clocks wrap": wrap,
        "all at once": {**pauses, **drops, **wrap, "adc": {**spikes["adc"], **drift["adc"]}},
    }
    extra = {"from_s": 5.0}
    return [
        Case(name, "cycles", scenario(20.0, board=board), extra) for name, board in kinds.items()
    ] + [Case("75 s, with a WiFi scan at 60 s", "cycles", scenario(75.0), extra)]
