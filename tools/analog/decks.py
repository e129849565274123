"""ngspice decks around the stages in *.lib, and the numbers they give.

Every function writes a deck into `FOLDER` (left there to be opened by hand), runs ngspice and
returns numpy arrays. Currents are those through the load at the CT terminals, in amperes; `stage`
is "prototype" or "reference". The load is 5 m of twisted pair (0.7 uH/m, 50 pF/m) and a resistor.
"""

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
FOLDER = HERE.parents[1] / "build" / "analog"
PIN_V = 3.3
CABLE_H, CABLE_F = 3.5e-6, 250e-12  # 5 m


class NoNgspice(Exception):
    """ngspice isn't installed (Debian, Ubuntu, Homebrew: package ngspice)."""


def load(ohm, cable_f=CABLE_F, henry=CABLE_H):
    """Netlist of the cable and what it ends in, between p and n, with a current meter."""
    return f"""Ccable p n {cable_f}
Lcable p q {henry}
Vmeter q r 0
Rburden r n {max(ohm, 1e-3)}
"""


def ac(stage, ohm=10.0, low_hz=10.0, high_hz=100e3, per_decade=100):
    """(Hz, complex A per volt at the pin)."""
    deck = "Vpin pin 0 DC 0 AC 1\nXs pin p n stage\n" + load(ohm)
    rows = _run(f"ac_{stage}_{ohm:g}", stage, deck, f"ac dec {per_decade} {low_hz} {high_hz}")
    return rows[:, 0], rows[:, 1] + 1j * rows[:, 2]


def at_mains(stage, hz, ohm=10.0):
    """Complex A per volt at each of the frequencies, exactly there."""
    deck = "Vpin pin 0 DC 0 AC 1\nXs pin p n stage\n" + load(ohm)
    rows = [_run(f"mains_{stage}_{ohm:g}", stage, deck, f"ac lin 1 {f} {f}") for f in hz]
    return np.array([row[0, 1] + 1j * row[0, 2] for row in rows])


def nudge(stage, ohm, cable_f=CABLE_F, henry=CABLE_H):
    """(s, A) through the load when the drive of the V-to-I part steps by 0.1 V at 0.1 ms: rings
    if the op-amp does not like what hangs on it."""
    deck = "Vdrive drive 0 PWL(0 0 0.1m 0 0.101m 0.1)\nXv drive p n vi\n"
    name = f"nudge_{stage}_{ohm:g}_{cable_f:g}_{henry:g}"
    return _run(name, stage, deck + load(ohm, cable_f, henry), "tran 20n 0.6m 0 20n").T


def sweep(stage, ohm):
    """(drive V, load A, terminal V) of the V-to-I part, from -3.3 to +3.3 V."""
    deck = "Vdrive drive 0 0\nXv drive p n vi\n" + load(ohm)
    rows = _run(f"sweep_{stage}_{ohm:g}", stage, deck, "dc Vdrive -3.3 3.3 0.01", "v(p,n)")
    return rows.T


def carrier(stage, ohm=10.0):
    """(s, A) of the last ten words of idle density (half duty): the ripple at 25 kHz.

    What the coupling capacitor still drifts, a parabola, is taken away.
    """
    low = -PIN_V / 2
    pulse = f"Vpin pin 0 PULSE({low} {-low} 10u 20n 20n {20e-6 - 20e-9} 40u)\n"
    deck = pulse + "Xs pin p n stage\n" + load(ohm)
    t, amps = _run(f"ripple_{stage}", stage, deck, "tran 0.1u 10m 9.6m 0.1u").T
    return t, amps - np.polyval(np.polyfit(t - t[0], amps, 2), t - t[0])


def event(stage, kind, seconds=2.0, ohm=10.0, ramp_s=1.0):
    """(s, A) around something that happens to the idle pin 10 ms after the beginning.

    kind: "start" (low until then, the idle density grows within ramp_s), "step" (idle at once),
    "low" (idle until then, then zeros), "floating" (nothing drives it any more), "pulled"
    (likewise, with the ESP32's own 45 k to ground).
    """
    mean, at = PIN_V / 2, 10e-3
    drive = {
        "start": f"PWL(0 0 {at} 0 {at + ramp_s} {mean})",
        "step": f"PWL(0 0 {at} 0 {at + 1e-6} {mean})",
        "low": f"PWL(0 {mean} {at} {mean} {at + 1e-6} 0)",
    }.get(kind, f"DC {mean}")
    floats = kind in ("floating", "pulled")
    deck = f"""Vcpu cpu 0 {drive}
Vswitch held 0 PWL(0 1 {at} 1 {at + 1e-6} {0 if floats else 1})
Spin cpu pin held 0 contact
.model contact SW(Ron=25 Roff=1e12 Vt=0.5 Vh=0.1)
Rpull pin 0 {45e3 if kind == "pulled" else 1e9}
Xs pin p n stage
"""
    command = f"tran 1m {seconds} 0 0.5m"
    return _run(f"event_{stage}_{kind}", stage, deck + load(ohm), command).T


def _run(name, stage, body, analysis, extra=""):
    """Columns of the scale, the load's current (real and imaginary after ac), and `extra`."""
    program = shutil.which("ngspice")
    if not program:
        raise NoNgspice("ngspice is not installed")
    FOLDER.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"[^\w.-]", "_", name)
    table = FOLDER / f"{name}.txt"
    table.unlink(missing_ok=True)
    ac_run = analysis.startswith("ac")
    vectors = "real(i(Vmeter)) imag(i(Vmeter))" if ac_run else f"i(Vmeter) {extra}"
    deck = FOLDER / f"{name}.cir"
    deck.write_text(f"""* {name}
.include {HERE / "opamp.lib"}
.include {HERE / (stage + ".lib")}
{body}.control
set wr_singlescale
option numdgt=9
{analysis}
wrdata {table} {vectors}
quit
.endc
.end
""")
    done = subprocess.run(
        [program, "-b", deck], check=False, capture_output=True, text=True, timeout=120
    )
    if not table.exists():
        raise RuntimeError(f"{deck}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return np.loadtxt(table, ndmin=2)
