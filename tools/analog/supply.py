"""What ngspice says of the supplies and of the RS485 line at rest."""

import numpy as np

from tools.analog import decks
from tools.hardware import spice

LOAD_A = 0.25  # ESP32 with its access point, output stage, RS485: mean
BURST_A = 0.5  # while the radio sends, a few ms
DROPOUT_V = 4.4  # V5 that the DevKit's regulator (1.1 V of dropout) needs for 3.3 V
BROWN_OUT_V = 3.8  # V5 at which 3.3 V have become 2.7 V: the ESP32 resets at about 2.4 … 2.8 V
LOST_S = 20e-3  # when the first supply goes
# U12, of no maker in particular: 18 … 75 V types start below 18 V and stop 1 … 2 V lower, are up
# within some 20 ms, give a third more than their 1 A before they limit, and waste a fifth.
UVLO_ON_V, UVLO_OFF_V, SOFT_START_S, LIMIT_A, EFFICIENCY = 17.5, 16.0, 20e-3, 1.3, 0.8
CLOSED_S = 10e-3  # when the battery's contactor closes


def changeover(other_v=5.0):
    """(s, V at V5) when the USB supply is lost under load; other_v: what U12 gives, or None."""
    refs = ["D13", "C51"] + (["D15"] if other_v else [])
    other = f"Vbatt b 0 {other_v}\nRbatt b vbatt 0.1\n" if other_v else ""
    deck = f"""Vusb u 0 5.1
Vheld held 0 PWL(0 1 {LOST_S} 1 {LOST_S + 1e-6} 0)
Su u vusb held 0 contact
.model contact SW(Ron=0.1 Roff=1e9 Vt=0.5 Vh=0.1)
{other}{spice.lines(refs)}Iload v5 0 {LOAD_A} PULSE({LOAD_A} {BURST_A} 15m 10u 10u 3m 10m)
"""
    return _run(f"changeover_{other_v or 0:g}", deck, "tran 10u 60m", "v(v5)").T


def inrush():
    """(s, A into the battery terminals) when 58 V come on at 1 ms."""
    deck = f"""Vbat bat 0 PWL(0 0 1m 0 1.001m 58)
Vmeter bat batp 0
Rf2 batp batf 0.3
{spice.lines(["D11", "R61", "C61"], {"BATN": "0"})}
"""
    return _run("inrush", deck, "tran 0.2u 2m", "i(Vmeter)").T


def from_battery(name, volts, seconds):
    """(s, V at J5, V at V5, U12 runs: 0 ... 1) while the battery does what `volts` says, a source
    for ngspice; U12 with its lock-out, soft start and limit feeds D15, C51 and an ESP32 that runs
    from 3 V on."""
    middle, half = (UVLO_ON_V + UVLO_OFF_V) / 2, (UVLO_ON_V - UVLO_OFF_V) / 2
    drive = f"min({LIMIT_A},max(0,(5.05*V(soft)-V(vbatt))/0.1))"
    deck = f"""Vbat bat 0 {volts}
Rbat bat batp 0.1
Rf2 batp batf 0.3
{spice.lines(["D11", "R61", "C61"], {"BATN": "0"})}Vone one 0 1
Sen one en bati 0 lockout
.model lockout SW(Ron=1 Roff=1e9 Vt={middle} Vh={half})
Ren en 0 10k
Rsoft en soft 100k
Csoft soft 0 {SOFT_START_S / 3 / 100e3}
Dsoft soft en small
Bout 0 vbatt I={drive}
Cout vbatt 0 22u
Rout vbatt 0 10k
Bin bati 0 I=V(en)*(V(vbatt)*{drive}/{EFFICIENCY}+0.05)/max(V(bati),8)
{spice.lines(["D15", "C51"])}Bload v5 0 I={LOAD_A}*(0.5+0.5*tanh(10*(V(v5)-3)))
Rload v5 0 1k
"""
    return decks.run(name, deck, f"tran 20u {seconds}", "v(v5) v(en)", meter="v(batp)").T


def sagging():
    """What `from_battery` gives while an empty battery sinks from 24 to 12 V and comes back."""
    return from_battery("sagging", "PWL(0 24 0.2 24 1.2 12 1.3 12 2.3 24 2.6 24)", 2.6)


def idle_line(terminations=2, biased=True):
    """Volts from A to B while nobody talks."""
    jumpers = "Rjp3 biasa a 0.01\nRjp4 biasb b 0.01\n" if biased else ""
    refs = ["R44", "R45"] + (["R43"] if terminations > 1 else [])
    far = "Rfar a b 120\n" if terminations else ""
    deck = f"""Vviso viso 0 5
{spice.lines(refs, {"GNDI": "0"})}Rjp2 term a 0.01
{jumpers}{far}Rin a b 48k
Rref b 0 1meg
"""
    return float(_run("idle_line", deck, "tran 1u 2u", "v(a,b)")[-1, 1])


def measure():
    """Dict of all numbers of the supply page."""
    t, with_battery = changeover()
    t_alone, v_alone = changeover(None)
    t_in, amps = inrush()
    lost = t > LOST_S
    t_up, _, v_up, _ = from_battery(
        "contactor", f"PWL(0 0 {CLOSED_S} 0 {CLOSED_S + 1e-5} 50)", 0.12
    )
    t_sag, at_j5, _, runs = sagging()
    turns = np.flatnonzero(np.diff(runs > 0.5) & (t_sag[1:] > 0.15))
    return {
        "v5_v": round(float(with_battery[t < 14e-3].min()), 2),
        "dip_v": round(float(with_battery[lost].min()), 2),
        "regulated_ms": round(1e3 * _until(t_alone, v_alone, DROPOUT_V), 1),
        "hold_ms": round(1e3 * _until(t_alone, v_alone, BROWN_OUT_V), 1),
        "up_ms": round(1e3 * (float(t_up[v_up > DROPOUT_V][0]) - CLOSED_S)),
        "battery_v5_v": round(float(v_up[-1]), 2),
        "sags": len(turns),
        "gone_at_v": round(float(at_j5[turns[0]]), 1),
        "back_at_v": round(float(at_j5[turns[-1]]), 1),
        "inrush_a": round(float(amps.max()), 1),
        "idle_v": round(idle_line(), 3),
        "idle_one_end_v": round(idle_line(1), 3),
        "idle_unbiased_v": round(idle_line(2, biased=False), 3),
    }


def rows(found):
    """Markdown table of `measure`."""
    lines = ["| | |", "|---|---|"]
    for words, name in (
        ("V5 from a 5.1 V plug pack, 0.25 A (V)", "v5_v"),
        ("V5 at its lowest when USB goes and the battery's converter takes over (V)", "dip_v"),
        ("USB goes and nothing takes over: 3.3 V stand for (ms)", "regulated_ms"),
        ("… the ESP32's brown-out resets it after (ms)", "hold_ms"),
        ("inrush from a 58 V battery (A)", "inrush_a"),
        ("a 50 V battery closes onto J5: V5 is there after (ms)", "up_ms"),
        ("… and stands at (V)", "battery_v5_v"),
        ("an empty battery sinks slowly: V5 goes at (V at J5)", "gone_at_v"),
        ("… and is back when the battery has (V)", "back_at_v"),
        ("… U12 stops and starts so many times on that way (2: no chatter)", "sags"),
        ("RS485 at rest, bias on, both ends terminated (V)", "idle_v"),
        ("… one end terminated (V)", "idle_one_end_v"),
        ("… no bias (V)", "idle_unbiased_v"),
    ):
        lines.append(f"| {words} | {found[name]:g} |")
    return "\n".join(lines)


def _until(t, volts, limit_v):
    below = t[(t > LOST_S) & (volts < limit_v)]
    return float(below[0]) - LOST_S if len(below) else float("inf")


def _run(name, deck, analysis, meter):
    return decks.run(name, deck, analysis, meter=meter)
