"""Runs the real firmware through a scenario in virtual time and writes down everything.

    make sim SCENARIO=file.toml OUT=dir       or        tools.play.sim.run(scenario, "dir")

Contract of the files: docs/scenario.md. The interpreter plays the board and its line against a
file of true mains voltage that is written first; the analog stage and the Zappi are played
afterwards from what the pin sent.
"""

import argparse
import csv
import json
import shutil
import sys
import time
from pathlib import Path

import numpy as np

from tools.fake_inverter.steering import SteeringError
from tools.plant import mains as plant_mains
from tools.plant import result, scenario, sensing
from tools.plant.analog import Stage
from tools.play import world

WORDS_PER_S = 25_000
CHUNK = 2_500_000  # words per piece: 100 s
SPARE_WORDS = 2048  # the converter's cache reads a little past the end


class RunError(Exception):
    """The virtual board did not live to the end of the scenario."""


def run(what, out, visitors=0, keep_mains=True, seed=None, flash=None):
    """Run a Scenario (or the path of one) into the folder `out`; returns the result dict.

    visitors: clients that poll the device's page during the run. flash: a folder to begin with
    instead of the scenario's settings; what an earlier run left in `out` never counts.
    RunError if the firmware stops.
    """
    plan = what if isinstance(what, scenario.Scenario) else scenario.load(what)
    folder = Path(out).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    words = round(plan.duration_s * WORDS_PER_S)
    grid = plant_mains.Mains(plan.mains)
    _write_mains(grid, plan.analog.sensing, folder, words + SPARE_WORDS)
    started = time.perf_counter()
    _lay_flash(plan, folder / "flash", flash)
    board = _play(plan, folder, visitors, seed)
    wall_s = time.perf_counter() - started
    _write_stream(folder, words)
    with open(folder / "mains.bin", "r+b") as f:
        f.truncate(words * 8)
    (folder / "sensed.bin").unlink(missing_ok=True)
    _write_truth(plan, grid, folder / "truth.csv")
    found = _summary(plan, folder, board)
    found["speed"] = round(plan.duration_s / wall_s, 1)
    (folder / "result.json").write_text(json.dumps(found, indent=1) + "\n")
    if not keep_mains:
        (folder / "mains.bin").unlink()
    return found


def _write_mains(grid, variant, folder, words):
    """The true mains, and beside it what the converter's pin sees where that is not the same."""
    pin = sensing.Sensing(variant)
    beside = None if variant == "direct" else open(folder / "sensed.bin", "wb")  # noqa: SIM115
    with open(folder / "mains.bin", "wb") as f:
        for first in range(0, words, CHUNK):
            volts = grid.volts_at_words(first, min(CHUNK, words - first))
            volts.astype("<f8").tofile(f)
            if beside:
                pin.sensed(volts).astype("<f8").tofile(beside)
    if beside:
        beside.close()


def _seen(plan):
    return "mains.bin" if plan.analog.sensing == "direct" else "sensed.bin"


def _lay_flash(plan, flash, first):
    """The flash at power-on: as delivered, with the scenario's settings, or a copy of `first`."""
    kept = flash.with_name("flash.first")
    if first:
        shutil.copytree(first, kept)
    shutil.rmtree(flash, ignore_errors=True)
    if first:
        kept.rename(flash)
    else:
        world.write_settings(flash, world.settings_of(plan))


def _play(plan, folder, visitors, seed):
    """Let the interpreter live through the scenario; returns what the board wrote at the end."""
    config = world.of_scenario(plan, seed)
    config.update(
        folder=str(folder),
        duration_us=round(plan.duration_s * world.US),
        mains_file=str(folder / _seen(plan)),
        i2s_file=str(folder / "i2s.raw"),
        rtc_file=str(folder / "rtc.bin"),
        visitors=visitors or plan.hazards.visitors,
        watch=True,
        ports={"80": world.free_port("tcp"), "53": world.free_port("udp")},
    )
    for name in ("board.json", "rtc.bin"):
        (folder / name).unlink(missing_ok=True)
    (folder / "world.json").write_text(json.dumps(config))
    printed = world.live(folder)
    if not (folder / "board.json").exists():
        raise RunError(f"the virtual board stopped:\n{printed[-3000:]}")
    board = json.loads((folder / "board.json").read_text())
    if board["now_us"] < config["duration_us"]:
        raise RunError(
            f"the virtual board stopped at {board['now_us'] / world.US:.3f} s:\n{printed[-3000:]}"
        )
    return board


def _write_stream(folder, words):
    """Memory order to wire order: I2S sends the low half of each stored word first."""
    raw = np.fromfile(folder / "i2s.raw", "<u4")[:words]
    wire = np.zeros(words, "<u4")
    wire[: len(raw)] = raw << 16 | raw >> 16
    wire.tofile(folder / "stream.bin")
    (folder / "i2s.raw").unlink()


def _write_truth(plan, grid, path):
    t = np.arange(round(plan.duration_s * 100)) / 100
    silent = np.zeros(len(t), bool)
    for begin, end in plan.inverter.silent:
        silent |= (t >= begin) & (t < end)
    columns = (
        t,
        np.broadcast_to(plan.inverter.battery_w.at(t), t.shape),
        1 - silent,
        np.broadcast_to(grid.rms_at(t), t.shape),
        np.broadcast_to(grid.hz_at(t), t.shape),
    )
    with open(path, "w", newline="") as f:
        out = csv.writer(f)
        out.writerow(("t_s", "battery_w", "inverter_answering", "mains_v", "mains_hz"))
        for a, b, c, d, e in zip(*columns, strict=True):
            out.writerow((f"{a:.2f}", f"{b:g}", int(c), f"{d:.3f}", f"{e:.5f}"))


def _summary(plan, folder, board):
    """result.json: what the recordings say and what the device said of itself."""
    found = result.of_run(folder, Stage.named(plan.analog.stage))
    statuses = [json.loads(line) for line in (folder / "status.jsonl").open()]
    events = [json.loads(line) for line in (folder / "events.jsonl").open()]
    locked = [e["t_s"] for e in events if e["event"] == "mains" and e["state"] == "locked"]
    last = statuses[-1] if statuses else {}
    ct = last.get("ct", {})
    found.update(
        lock_s=locked[0] if locked else None,
        underruns=ct.get("underruns"),
        max_queue_gap_ms=ct.get("max_gap_ms"),
        requests=board["requests"],
        visits=board["visits"],
        violations=board["watched"]["found"],
        faults=last.get("faults", {}),
        because=last.get("because"),
        interpreter=board["interpreter"],
    )
    return found


def main():
    """Run one scenario file from the command line and print its result."""
    parser = argparse.ArgumentParser(prog="make sim", description=__doc__.split("\n")[0])
    parser.add_argument("scenario", help="TOML file, see docs/scenario.md")
    parser.add_argument("out", help="folder for the recordings")
    parser.add_argument("--visitors", type=int, default=0, help="clients that poll the page")
    options = parser.parse_args()
    try:
        found = run(options.scenario, options.out, options.visitors)
    except (scenario.ScenarioError, SteeringError, RunError) as why:
        sys.exit(f"make sim: {why}")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
