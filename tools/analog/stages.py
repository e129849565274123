"""The numbers of an output stage, from its decks: what the settings and the document need."""

import numpy as np

from tools.analog import decks
from tools.plant.analog import TOPOLOGIES, Stage

BURDENS = (0.0, 10.0, 47.0, 100.0)
EVENTS = {
    "start": "firmware starts: idle density within 1 s",
    "low": "stream stops: zeros at the pin",
    "floating": "ESP32 resets: pin floats",
    "pulled": "ESP32 resets: pin with its own 45 kΩ pull-down",
}
LOADS = [(ohm, farad, decks.CABLE_H) for ohm in BURDENS for farad in (1e-15, 250e-12, 1e-9)]
LOOP_H = 10e-3  # a loop with that much has a transformer in it


def measure(stage):
    """Dict of all numbers of one stage; the names are those of `rows`."""
    gains = decks.at_mains(stage, [45.0, 50.0, 55.0])
    peak_v = decks.PIN_V / 2
    full_scale_ma = abs(gains) * peak_v / np.sqrt(2) * 1e3
    lag = -np.degrees(np.unwrap(np.angle(gains)))
    _, ripple = decks.carrier(stage)
    found = {
        "full_scale_ma": full_scale_ma[1],
        "lag_deg": lag[1],
        "lag_slope_deg_per_hz": (lag[2] - lag[0]) / 10,
        "gain_slope_pct_per_hz": 100 * (full_scale_ma[2] / full_scale_ma[0] - 1) / 10,
        "bend_min": 60 * float(lag[0] + lag[2] - 2 * lag[1]) / 2,
        "ripple_rms_ua": float(np.std(ripple)) * 1e6,
        "ripple_pp_ua": float(np.ptp(ripple)) * 1e6,
        "settle_ms": _settle_ms(stage),
        "overshoot_pct": max(_overshoot_pct(stage, *load) for load in LOADS),
        "ring_us": max(_rest_us(stage, ohm, LOOP_H) for ohm in (10.0, 100.0)),
        "dc_ma": _dc_ma(stage),
        "open_v": float(np.max(np.abs(decks.sweep(stage, 1e9)[2]))),
        "short_ma": float(np.max(np.abs(decks.sweep(stage, 0.0)[1]))) * 1e3,
    }
    found["lag_spread_deg"], found["slope_spread_deg_per_hz"] = _spread(stage)
    found["compliance_ma"] = {f"{ohm:g}": _linear_ma(stage, ohm) for ohm in BURDENS}
    found["events"] = {kind: _event(stage, kind, full_scale_ma[1]) for kind in EVENTS}
    return {k: v if isinstance(v, dict) else round(float(v), 4) for k, v in found.items()}


def _spread(stage):
    """(lag in degrees, its slope in degrees/Hz): how far 95 % of the stages built stay from the
    nominal one, resistors within 1 % and capacitors within 5 %, all equally likely."""
    draw = np.random.default_rng(1)
    nominal = TOPOLOGIES[stage]
    found = []
    for _ in range(400):
        parts = {
            name: value * (1 + (0.05 if name[0] == "C" else 0.01) * draw.uniform(-1, 1))
            for name, value in nominal.items()
        }
        one = Stage.named({"base": stage, **parts})
        found.append((one.lag_deg, one.slopes[0]))
    middle = Stage.named(stage)
    distance = np.abs(np.array(found) - (middle.lag_deg, middle.slopes[0]))
    return np.quantile(distance, 0.95, axis=0)


def _linear_ma(stage, ohm):
    """Largest sine (rms mA) whose peaks stay within 0.5 % of drive / sense resistor."""
    drive, amps, _ = decks.sweep(stage, ohm)
    amps = amps - np.interp(0.0, drive, amps)  # the readback's bias and offset are no distortion
    small = np.abs(drive - 0.1).argmin()
    wanted = drive * amps[small] / drive[small]
    bad = np.abs(amps - wanted) > 0.005 * np.abs(wanted) + 1e-6
    return round(float(np.min(np.abs(wanted[bad]))) / np.sqrt(2) * 1e3, 2) if bad.any() else None


def _settle_ms(stage):
    """From a step of the mean pin voltage to 99 % of the peak that it makes at the load."""
    t, amps = decks.event(stage, "step", 0.2)
    first = np.flatnonzero(amps >= 0.99 * amps.max())[0]
    return (t[first] - 10e-3) * 1e3


def _overshoot_pct(stage, ohm, farad, henry):
    """Overshoot of the load's current after a small step; RuntimeError if it never rests."""
    t, amps = decks.nudge(stage, ohm, farad, henry)
    if np.ptp(amps[t > 0.5e-3]) > 1e-3 * amps[-1]:
        raise RuntimeError(f"{stage} oscillates into {ohm} ohm, {farad} F")
    return 100 * (float(amps.max() / amps[-1]) - 1)


def _rest_us(stage, ohm, henry):
    """From a small step to the moment when the load's current stays within 2 % of its end; the
    whole half millisecond that is simulated when it still rings then."""
    t, amps = decks.nudge(stage, ohm, henry=henry)
    loud = t[np.abs(amps - amps[-1]) > 0.02 * abs(amps[-1])]
    return 1e6 * (float(loud[-1]) - 0.1e-3)


def _dc_ma(stage):
    """Largest direct current at the CT terminals: op-amp offset and bias current at the data
    sheet's limits, each of either sign, and what the readback's divider brings in."""
    signs = [(offset, bias) for offset in (1, -1) for bias in (1, -1)]
    return max(abs(decks.resting(stage, *each)) for each in signs) * 1e3


def _event(stage, kind, full_scale_ma):
    """{peak_ma, until_ms}: largest current, and when it stays below 1 % of full scale's peak."""
    t, amps = decks.event(stage, kind)
    loud = t[np.abs(amps) * 1e3 > 0.01 * np.sqrt(2) * full_scale_ma]
    peak = amps[np.abs(amps).argmax()]
    until = (loud[-1] - 10e-3) * 1e3 if len(loud) else 0.0
    return {"peak_ma": round(float(peak) * 1e3, 4), "until_ms": round(float(until))}
