"""What ngspice says of the supplies and of the RS485 line at rest."""

from tools.analog import decks
from tools.hardware import spice

LOAD_A = 0.25  # ESP32 with its access point, output stage, RS485: mean
BURST_A = 0.5  # while the radio sends, a few ms
DROPOUT_V = 4.4  # V5 that the DevKit's regulator (1.1 V of dropout) needs for 3.3 V
BROWN_OUT_V = 3.8  # V5 at which 3.3 V have become 2.7 V: the ESP32 resets at about 2.4 … 2.8 V
LOST_S = 20e-3  # when the first supply goes


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
    return {
        "v5_v": round(float(with_battery[t < 14e-3].min()), 2),
        "dip_v": round(float(with_battery[lost].min()), 2),
        "regulated_ms": round(1e3 * _until(t_alone, v_alone, DROPOUT_V), 1),
        "hold_ms": round(1e3 * _until(t_alone, v_alone, BROWN_OUT_V), 1),
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
