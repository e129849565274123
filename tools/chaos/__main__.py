"""Random combinations of everything that can happen to the device, judged by what must hold.

    make chaos SEEDS=200 [FIRST=1]

Each seed makes one scenario: mains events, line faults, a second master, phones, slow and
malicious requests, steps without memory, pauses of garbage collection and flash, clock wraps,
settings changes and console lines; at its end the power fails, and the flash that is left starts
once more. tools/virtual/watcher.py looks at all of it. A seed that fails leaves its scenario in
build/chaos/ and prints how to replay it.
"""

import argparse
import json
import random
import shutil
import sys
import tempfile
from pathlib import Path

from tools.chaos import hostile
from tools.micropython import ROOT
from tools.plant import scenario
from tools.play import sim

FOLDER = ROOT / "build" / "chaos"
TICKS = 2**30
LONGEST_S = 24


def grid(dice, end_s):
    """[mains]: sags, ramps, harmonics, dropouts, jumps of the phase; most seeds have few."""
    found = {}
    if dice.random() < 0.6:
        a, b = sorted(dice.uniform(1, end_s) for _ in range(2))
        low = dice.choice([160.0, 207.0, 215.0, 253.0])
        found["volts"] = [[0.0, 230.0], [a, 230.0], [a, low], [b, low], [b, 230.0]]
    if dice.random() < 0.6:
        a = dice.uniform(0, end_s / 2)
        slope = dice.uniform(-1, 1)
        found["hz"] = [[a, 50.0], [a + 2, 50.0 + 2 * slope], [end_s, 50.0]]
    if dice.random() < 0.5:
        found["harmonics"] = [[3, dice.uniform(0, 5), 0.0], [5, dice.uniform(0, 5), 180.0]]
    if dice.random() < 0.3:
        a = dice.uniform(2, end_s - 2)
        found["dropouts"] = [[a, a + dice.choice([0.02, 0.1, 0.6, 1.5])]]
    if dice.random() < 0.3:
        found["phase_steps"] = [[dice.uniform(2, end_s), dice.uniform(-60, 60)]]
    return found


def line(dice, end_s):
    """[inverter]: powers that step, silence, errors."""
    at_s, points = 0.0, []
    while at_s < end_s:
        watts = dice.choice([0, 150, -150, 700, -900, 3000, -3000, 9000, -12000])
        begin, at_s = at_s, at_s + dice.uniform(3, 10)
        points += [[begin, float(watts)], [at_s, float(watts)]]
    found = {"battery_w": points}
    if dice.random() < 0.4:
        a = dice.uniform(2, end_s)
        found["silent"] = [[a, a + dice.choice([2, 5, 14])]]
    if dice.random() < 0.5:
        found["errors"] = {
            name: dice.uniform(0, 0.15)
            for name in ("corrupt", "lost", "late")
            if dice.random() < 0.6
        }
    found["generation"] = dice.choice(["magnitude", "signed"])
    return found


def board(dice, end_s):
    """[board]: pauses, jitter, noise, clocks that wrap on the way."""
    found = {
        "timer": {"jitter_us": dice.choice([50.0, 150.0, 600.0])},
        "gc": {"every_s": 1.0, "pause_ms": dice.choice([3.0, 12.0, 20.0])},
        "adc": {"noise_mv": dice.choice([2.0, 4.0, 10.0])},
    }
    if dice.random() < 0.5:
        found["ticks_us_start"] = TICKS - round(dice.uniform(1, end_s) * 1e6)
        found["ticks_ms_start"] = TICKS - round(dice.uniform(1, end_s) * 1e3)
    if dice.random() < 0.5:
        found["pauses"] = sorted(
            [dice.uniform(2, end_s), dice.choice([15.0, 30.0, 45.0, 90.0, 300.0])]
            for _ in range(dice.randint(1, 4))
        )
    if dice.random() < 0.3:
        found["timer"] |= {"drop_prob": 0.02, "drop_run": dice.randint(1, 8)}
    if dice.random() < 0.3:
        found["adc"] |= {"spike_prob": 0.01}
    return found


def scenario_of(seed):
    """The scenario of a seed, as a file would give it."""
    dice = random.Random(seed)
    end_s = round(dice.uniform(10, LONGEST_S), 3)  # where the power fails
    found = {
        "duration_s": end_s,
        "seed": seed,
        "mains": grid(dice, end_s),
        "inverter": line(dice, end_s),
        "board": board(dice, end_s),
        "settings": {"limit_w": dice.choice([1000, 4000, 10000])},
        "console": hostile.console(dice, end_s),
        "hazards": {
            "visitors": dice.choice([0, 0, 1, 2]),
            "guests": hostile.guests(dice, end_s),
            "strangers": hostile.strangers(dice, end_s),
        },
    }
    if dice.random() < 0.4:
        a = dice.uniform(2, end_s)
        found["hazards"]["lean"] = [[a, a + dice.uniform(0.2, 2), dice.choice([0.02, 0.3])]]
    return found


def as_toml(table, name=""):
    """A scenario's dictionary as the text of a file."""
    lines, later = [], []
    for key, value in table.items():
        path = f"{name}.{key}" if name else key
        if isinstance(value, dict):
            later.append(f"[{path}]\n" + as_toml(value, path))
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            later += [f"[[{path}]]\n" + as_toml(one, path) for one in value]
        else:
            lines.append(f"{key} = {json.dumps(value)}\n")
    return "".join(lines) + "\n".join(later)


def complaints(plan, folder):
    """What did not hold in this life and the next."""
    try:
        found = sim.run(plan, folder, keep_mains=False)
    except sim.RunError as why:
        return [f"the device ended: {str(why)[-1500:]}"]
    wrong = [f"{kind}: {count} times" for kind, count in found["violations"].items()]
    after = scenario.from_dict({"duration_s": 4.0, "analog": {"stage": "reference"}})
    second = Path(f"{folder}-after")
    try:
        again = sim.run(after, second, keep_mains=False, flash=Path(folder) / "flash")
        told = [*again["faults"].items(), *again["violations"].items()]
        wrong += [f"after the power cut: {name}: {words}" for name, words in told]
    except sim.RunError as why:
        wrong.append(f"after the power cut: {str(why)[-1500:]}")
    shutil.rmtree(second, ignore_errors=True)
    return wrong


def play(seed, keep=FOLDER):
    """Complaints of a seed; its scenario and recordings are kept in `keep` if there are any."""
    text = as_toml(scenario_of(seed))
    plan = scenario.parse(text, f"seed {seed}")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "life"
        wrong = complaints(plan, folder)
        if wrong:
            keep.mkdir(parents=True, exist_ok=True)
            (keep / f"{seed}.toml").write_text(text)
            if (folder / "watch.jsonl").exists():
                shutil.copy(folder / "watch.jsonl", keep / f"{seed}.jsonl")
    return wrong


def main():
    """Play the seeds of the command line."""
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first", type=int, default=1)
    options = parser.parse_args()
    failed = 0
    for seed in range(options.first, options.first + options.seeds):
        wrong = play(seed)
        print(f"seed {seed}: {'; '.join(wrong) or 'all held'}", flush=True)
        if wrong:
            failed += 1
            print(f"  make sim SCENARIO=build/chaos/{seed}.toml OUT=build/chaos/{seed}")
    sys.exit(f"{failed} of {options.seeds} seeds failed" if failed else 0)


if __name__ == "__main__":
    main()
