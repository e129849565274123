"""What ngspice says of the way from the mains to the converter's pin: scale, lag, tolerance.

`variant` is "transformer" or "zmpt". Small-signal analyses take the transformer's magnetising
current as a linear one with the fundamental that it has at that voltage; transients take its bend.
"""

import numpy as np

from tools.analog import decks
from tools.hardware import netlist, spice

VARIANTS = ("transformer", "zmpt")
ALIASES = (825.0, 925.0)  # these fall onto 50 Hz at 875 samples per second
VOLTS = (195.0, 230.0, 253.0)
I0_A, BEND = 6.5e-3, 0.5  # parts.lib
DRAWS = 300
# How far the transformer's copper and magnetising current may be from the model, each way.
SPREAD = {"r1": 0.2, "share": 0.4}


def fundamental_share(volts=230.0):
    """Fundamental of the bent magnetising current over what a straight one would have: the mean
    of sin x * sin^7 x is 35/64 of that of sin² x."""
    return 1 - BEND + BEND * 35 / 64 * (volts / 230.0) ** 6


def response(variant, hz):
    """Complex volts at the pin per volt of mains at each frequency."""
    deck = f"{_linear()}{spice.mains_subcircuit(variant)}" + _drive("AC 1")
    rows = [_run(f"mains_ac_{variant}", deck, f"ac lin 1 {f} {f}")[0] for f in hz]
    return np.array([row[1] + 1j * row[2] for row in rows])


def before_filter(variant):
    """(lag in degrees at 50 Hz, its slope in degrees/Hz) from the mains to the filter's input."""
    deck = f"{_linear()}{spice.mains_subcircuit(variant)}" + _drive("AC 1")
    lags = []
    for hz in (45.0, 50.0, 55.0):
        _, *parts = _run(f"tap_{variant}", deck, f"ac lin 1 {hz} {hz}", "v(xsensing.tap)")[0]
        lags.append(-np.degrees(np.angle(complex(*parts))))
    return lags[1], (lags[2] - lags[0]) / 10


def rests_at(variant):
    """Volts at the pin without mains."""
    deck = f"{_linear()}{spice.mains_subcircuit(variant)}" + _drive("DC 0")
    return float(_run(f"mains_dc_{variant}", deck, "tran 10m 1 0.9 10m")[-1, 1])


def at_volts(variant, volts, hz=50.0):
    """(complex pin volts rms per mains volt rms, lowest V, highest V) with the transformer's
    bend, from a second of mains."""
    peak = volts * np.sqrt(2)
    deck = spice.mains_subcircuit(variant) + _drive(f"SIN(0 {peak} {hz})")
    t, pin = _run(f"mains_{variant}_{volts:g}", deck, "tran 50u 1 0.9 50u").T
    angle = 2 * np.pi * hz * t
    columns = np.column_stack((np.sin(angle), np.cos(angle), np.ones_like(t)))
    (sine, cosine, _), *_ = np.linalg.lstsq(columns, pin, rcond=None)
    return (sine + 1j * cosine) / peak, float(pin.min()), float(pin.max())


def unloaded_v(volts):
    """Volts rms at the open secondary of T1."""
    deck = (
        f"Vmains lf 0 SIN(0 {volts * np.sqrt(2)} 50)\nXt lf 0 s 0 pcb_transformer\nRs s 0 1meg\n"
    )
    t, found = decks.run("unloaded", deck, "tran 50u 1 0.9 50u", meter="v(s)").T
    even = np.interp(np.linspace(0.9, 1, 2000, endpoint=False), t, found)
    return float(np.sqrt(np.mean(even**2)))


def spread(variant, draws=DRAWS):
    """Complex gains at 50 Hz of so many boards, parts anywhere within their tolerance."""
    dice = np.random.default_rng(2)
    deck = _linear() + "Vmains lf 0 AC 1\n"
    for i in range(draws):
        deck += spice.mains_subcircuit(variant, f"one{i}", _built(variant, dice))
        deck += f"Xone{i} lf 0 pin{i} one{i}\n"
    meters = [f"v(pin{i})" for i in range(draws)]
    extra = " ".join(f"real({m}) imag({m})" for m in meters[1:])
    row = _run(f"mains_spread_{variant}", deck, "ac lin 1 50 50", meters[0], extra)[0, 1:]
    return row[0::2] + 1j * row[1::2]


def _built(variant, dice):
    """{ref: value} of one board."""
    found = {}
    for ref in spice.MAINS[variant] + spice.MAINS_FILTER:
        part = netlist.BY_REF[ref]
        if part.kind in "RC":
            tolerance = float(part.tolerance.split()[0]) / 100
            found[ref] = part.number * (1 + tolerance * dice.uniform(-1, 1))
    share = 1 + SPREAD["share"] * dice.uniform(-1, 1)
    if variant == "zmpt":
        return {**found, "T2": f"share={share:.4f}"}
    ohm = 3600 * (1 + SPREAD["r1"] * dice.uniform(-1, 1))
    return {**found, "T1": f"r1={ohm:.1f} share={share:.4f}"}


def measure(variant):
    """Dict of all numbers of one variant; the names are those of the table."""
    hz = np.array([45.0, 50.0, 55.0, 60.0, 65.0])
    gains = response(variant, hz)
    lag = -np.degrees(np.unwrap(np.angle(gains)))
    folded = np.abs(response(variant, ALIASES)) / abs(gains[1])
    built = spread(variant)
    across = {volts: at_volts(variant, volts) for volts in VOLTS}
    own = across[230.0][0]
    found = {
        "scale": 1 / abs(own),
        "lag_deg": -np.degrees(np.angle(own)),
        "lag_slope_deg_per_hz": (lag[2] - lag[0]) / 10,
        "gain_slope_pct_per_hz": 10 * (abs(gains[2] / gains[0]) - 1),
        "bend_min": 60 * (lag[0] + lag[2] - 2 * lag[1]) / 2,
        "alias_825": 1 / folded[0],
        "alias_925": 1 / folded[1],
        "scale_spread_pct": 100 * np.quantile(np.abs(np.abs(built / gains[1]) - 1), 0.95),
        "lag_spread_deg": np.quantile(np.abs(np.degrees(np.angle(built / gains[1]))), 0.95),
        "rest_v": rests_at(variant),
        "low_v": across[253.0][1],
        "high_v": across[253.0][2],
    }
    for volts in (195.0, 253.0):
        moved = across[volts][0] / own
        found[f"scale_moves_{volts:g}_pct"] = 100 * (1 - abs(moved))
        found[f"lag_moves_{volts:g}_deg"] = -np.degrees(np.angle(moved))
    return {name: round(float(value), 4) for name, value in found.items()}


def _linear():
    return f".param trafo_bend=0 trafo_i0={I0_A * fundamental_share():.6g}\n"


def _drive(source):
    return f"Vmains lf 0 {source}\nXsensing lf 0 pin sensing\n"


def _run(name, deck, analysis, meter="v(pin)", extra=""):
    return decks.run(name, deck, analysis, extra, meter)
