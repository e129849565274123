"""ngspice decks around the output stages, and the numbers they give.

Every function writes a deck into `FOLDER` (left there to be opened by hand), runs ngspice and
returns numpy arrays. Currents are those through the load at the CT terminals, in amperes; `stage`
is "prototype" (prototype.lib) or "reference" (made from the board's netlist). The load is 5 m of
twisted pair (0.7 uH/m, 50 pF/m) and a resistor.
"""

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np

from tools.hardware import netlist, spice

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


def resting(stage, offset=1, bias=1):
    """A through the load at the idle density, long after the start; offset of 3 mV and bias
    current of 100 nA (TS922; the LM358's limits are 7 mV and 250 nA) times these factors."""
    worst = f".param ts922_vos={3e-3 * offset} ts922_ib={100e-9 * bias}\n"
    worst += f".param lm358_vos={7e-3 * offset} lm358_ib={250e-9 * bias}\n"
    deck = f"{worst}Vpin pin 0 {PIN_V / 2}\nXs pin p n stage\n" + load(10.0)
    return _run(f"resting_{stage}_{offset}_{bias}", stage, deck, "tran 10m 1.2 1 10m")[-1, 1]


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
Rpull pin 0 {45e3 if kind == "pulled" else 4.7e6 if stage == "reference" else 1e9}
Xs pin p n stage
"""
    command = f"tran 1m {seconds} 0 0.5m"
    return _run(f"event_{stage}_{kind}", stage, deck + load(ohm), command).T


RUN_S = 5e-3  # the word clock starts


def moments(hasten=1.0):
    """(s, s): when the ring runs dry and when the chip resets in the deck of `board`."""
    dry_s = RUN_S + 0.34 * max(hasten, 0.25)
    return dry_s, dry_s + 10e-3


def board(vto=-1.5, hasten=1.0, ohm=10.0):
    """(s, A, V at the mute) of the whole board pulse by pulse: idle chip, word clock from RUN_S
    on with a half-duty pattern, then a dry ring (data low), then a reset (nothing driven).

    vto: of the mute's transistor, -0.5 ... -3 V by its data sheet; hasten: of the mute's delay.
    """
    dry_s, stop_s = moments(hasten)
    deck = f"""Vw w 0 PULSE(0 3.3 0 50n 50n 19.95u 40u)
Vd d 0 PULSE(0 3.3 10u 50n 50n 9.95u 20u)
Von on 0 PWL(0 0 {RUN_S} 0 {RUN_S + 1e-7} 1 {stop_s} 1 {stop_s + 1e-7} 0)
Vfull full 0 PWL(0 0 {RUN_S} 0 {RUN_S + 1e-7} 1 {dry_s} 1 {dry_s + 1e-7} 0)
Bd dd 0 V=V(d)*V(full)
Sw w word on 0 contact
Sd dd data on 0 contact
.model contact SW(Ron=25 Roff=1e9 Vt=0.5 Vh=0.1)
.param j113_vto={vto}
Xb data word p n board
"""
    values = {"C13": netlist.BY_REF["C13"].number * hasten}
    include = f".include {_library('reference', values)}\n"
    command = f"tran 4u {stop_s + 30e-3} 0 4u"
    name = f"board_{-vto:g}_{hasten:g}"
    return run(name, include + deck + load(ohm), command, "v(xb.mute)").T


UP_S, CLOCK_S, DOWN_S, FALL_S = 5e-3, 25e-3, 0.25, 20e-3  # of `power`
BROWN_OUT_V = 3.8  # V5 at which the ESP32 resets and its word clock stops


def power(hasten=0.6, ohm=10.0):
    """(s, A) while the supplies rise within 10 ms, the word clock runs from CLOCK_S on, and both
    supplies fall within FALL_S from DOWN_S on; the chip stops at BROWN_OUT_V."""
    stop_s = DOWN_S + FALL_S * (4.65 - BROWN_OUT_V) / 4.65

    def rail(volts):
        end_s = DOWN_S + FALL_S
        return f"PWL(0 0 {UP_S} 0 {UP_S + 10e-3} {volts} {DOWN_S} {volts} {end_s} 0)"

    library = FOLDER / "reference-power.lib"
    FOLDER.mkdir(parents=True, exist_ok=True)
    values = {"C13": netlist.BY_REF["C13"].number * hasten}
    library.write_text(spice.reference_library(values, rail(4.65), rail(-4.65)))
    deck = f""".include {library}
Vw w 0 PULSE(0 3.3 0 50n 50n 19.95u 40u)
Von on 0 PWL(0 0 {CLOCK_S} 0 {CLOCK_S + 1e-7} 1 {stop_s} 1 {stop_s + 1e-7} 0)
Sw w word on 0 contact
.model contact SW(Ron=25 Roff=1e9 Vt=0.5 Vh=0.1)
Vdata data 0 0
Xb data word p n board
"""
    return run("power", deck + load(ohm), f"tran 4u {DOWN_S + 40e-3} 0 4u").T


def _library(stage, values=None):
    """The file with the stage's subcircuits; the reference's is written anew."""
    if stage == "prototype":
        return HERE / "prototype.lib"
    FOLDER.mkdir(parents=True, exist_ok=True)
    library = FOLDER / ("reference-own.lib" if values else "reference.lib")
    library.write_text(spice.reference_library(values))
    return library


def _run(name, stage, body, analysis, extra=""):
    """Like `run`, of the load's current, with the subcircuits of a stage."""
    return run(name, f".include {_library(stage)}\n{body}", analysis, extra)


def run(name, body, analysis, extra="", meter="i(Vmeter)"):
    """Columns of the scale, of `meter` (real and imaginary after ac), and of `extra`."""
    program = shutil.which("ngspice")
    if not program:
        raise NoNgspice("ngspice is not installed")
    FOLDER.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"[^\w.-]", "_", name)
    table = FOLDER / f"{name}.txt"
    table.unlink(missing_ok=True)
    ac_run = analysis.startswith("ac")
    vectors = f"real({meter}) imag({meter})" if ac_run else f"{meter} {extra}"
    deck = FOLDER / f"{name}.cir"
    deck.write_text(f"""* {name}
.include {HERE / "opamp.lib"}
.include {HERE / "parts.lib"}
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
