"""What reaches the CT when the pulses stop or begin, without and with the gate and the mute."""

import numpy as np

from tools.analog import decks

LIMIT_MA = 1.0  # what no pause, start or reset may exceed


def measure(vto=-1.5, hasten=1.0):
    """{event: largest current in mA away from rest} of the board with its gate.

    vto: of the mute's transistor; hasten: of the mute's delay, 1 is the board's.
    """
    t, amps, mute = decks.board(vto, hasten)
    dry_s, stop_s = decks.moments(hasten)
    rest = amps[(t > dry_s - 10e-3) & (t < dry_s)].mean()
    opened = t[(mute < -4) & (t > decks.RUN_S)][0]

    def peak(low_s, high_s):
        part = amps[(t >= low_s) & (t < high_s)] - rest
        return round(1e3 * float(part[np.abs(part).argmax()]), 3)

    return {
        "unfed": round(1e3 * float(amps[t < decks.RUN_S].mean()), 3),
        "start": peak(decks.RUN_S, dry_s - 10e-3),
        "dry": peak(dry_s, stop_s),
        "reset": peak(stop_s, t[-1]),
        "opens_after_ms": round(1e3 * (float(opened) - decks.RUN_S)),
        "shut_after_us": round(1e6 * (float(t[(t > stop_s) & (mute > -0.3)][0]) - stop_s)),
    }


def measure_power():
    """{event: largest current in mA} while the supplies come and go, as far as the op-amp's model
    goes: from 1.2 V on (an op-amp without supply gives nothing)."""
    t, amps = decks.power()
    rises_s = decks.UP_S + 10e-3 * 1.2 / 4.65
    falls_s = decks.DOWN_S + decks.FALL_S * (1 - 1.2 / 4.65)

    def peak(low_s, high_s):
        part = amps[(t >= low_s) & (t < high_s)]
        return round(1e3 * float(part[np.abs(part).argmax()]), 3)

    return {"rises": peak(rises_s, decks.CLOCK_S), "falls": peak(decks.DOWN_S, falls_s)}


def rows(before, after):
    """Markdown table; before: stages.measure("reference")["events"], after: measure()."""
    lines = ["| what happens | pin straight to the filter | with gate and mute |", "|---|---|---|"]
    for words, old, new in (
        ("ring runs dry, or a pause of the firmware", "low", "dry"),
        ("reset: data and word clock stop", "pulled", "reset"),
        ("start of the word clock (without: ramp within 1 s)", "start", "start"),
    ):
        was = before[old]
        lines.append(
            f"| {words} | {was['peak_ma']:.2f} mA, {was['until_ms']} ms | {after[new]:.2f} mA |"
        )
    lines.append(f"| +5 V and -5 V come, within 10 ms | | {after['rises']:.2f} mA |")
    lines.append(
        f"| they go, within 20 ms; the chip resets at 3.8 V | | {after['falls']:.2f} mA |"
    )
    lines.append(f"| board powered, no firmware runs | 0 mA | {after['unfed']:.3f} mA |")
    lines.append(f"| mute opens after the word clock's start | – | {after['opens_after_ms']} ms |")
    lines.append(f"| mute shuts after the word clock's end | – | {after['shut_after_us']} µs |")
    return "\n".join(lines)
