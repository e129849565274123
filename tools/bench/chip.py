"""The product with an ESP32-WROOM-32's memory: what stays free, and what fails.

    python -m tools.bench.chip [--minutes 60]      MICROPYTHON=… for a 32-bit interpreter

Compiled as it is flashed, it lives on the virtual board through a day pressed into that time: two
phones that come, look at everything, keep a live view and leave, a person at the console, an
inverter that falls silent. The system's heap beside Python's is a model with sizes measured on an
emulated chip (tools/virtual/memory.py). How long anything holds the loop is not modelled.
"""

import argparse
import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from tools.bench import heap
from tools.micropython import ROOT, interpreter, search_path
from tools.plant import mains, scenario
from tools.play import world

WORD_S = 40e-6
LOOP_S = 20  # of the mains; its end fits its beginning
HEAP = "3m"
CONSOLE = ("status", "settings", "help", "log", "hold 1000", "release")
PATHS = ("/", "/api/settings", "/api/log", "/api/status")


class Life(NamedTuple):
    """What became of the board."""

    bits: int
    lived_s: float
    wanted_s: float
    reset_cause: int  # of machine.reset_cause(), 0 if it lived to the end
    moments: list[tuple[float, str]]  # what the model noticed
    lines: list[list[int]]  # seconds, Python's bytes, its heap, the system's free, largest
    idf_least: int
    idf_least_largest: int
    answers: int
    refused: int
    events: list[dict[str, Any]]
    because: str
    printed: str  # on the console's other side

    def out_of_memory(self) -> int:
        """How often somebody said so."""
        return sum("MemoryError" in json.dumps(event) for event in self.events)

    def underruns(self) -> int:
        """Blocks that the pin played empty."""
        return sum(event["blocks"] for event in self.events if event["event"] == "underrun")

    def live(self, from_s: float, to_s: float) -> int:
        """The most bytes of Python's heap that lived in that time."""
        return max(line[1] for line in self.lines if from_s <= line[0] < to_s)


def of_a_day(folder: Path, minutes: float, silent: bool = True, **more: Any) -> dict[str, Any]:
    """The config: quiet first and last, phones and console between, and a silent inverter."""
    seconds = minutes * 60
    plan = scenario.parse(f"duration_s = {seconds}\n[inverter]\nbattery_w = 2000.0")
    words = round(LOOP_S / WORD_S)
    grid = mains.Mains(plan.mains)
    grid.volts_at_words(0, words).astype("<f8").tofile(folder / "mains.bin")
    visits = [[0.2 * seconds, 0.4 * seconds], [0.6 * seconds, 0.7 * seconds]]
    times_us = [[round(a * world.US), round(b * world.US)] for a, b in visits]
    phones = [["/api/stream", 900, times_us], ["/api/stream", 1300, times_us]]
    # A phone has two connections: beside the live view it asks for the other things.
    phones += [[path, 7000 + 1700 * k, times_us] for k, path in enumerate(PATHS)]
    typed = [
        [round((0.5 + 0.05 * k / len(CONSOLE)) * seconds * world.US), line]
        for k, line in enumerate(CONSOLE)
    ]
    config = world.of_scenario(plan) | {
        "folder": str(folder),
        "duration_us": round(seconds * world.US),
        "mains_file": str(folder / "mains.bin"),
        "mains_ring_words": words,
        "rtc_file": str(folder / "rtc.bin"),
        "reset_file": str(folder / "reset"),
        "ports": {"80": world.free_port("tcp"), "53": world.free_port("udp")},
        "console_us": typed,
        "phones": phones,
        "look_s": 1,
        "ballast": 0,
    }
    if silent:
        config["uart"]["silent_us"] = [[round(s * seconds * world.US) for s in (0.75, 0.85)]]
    return config | more


def live(folder: Path, minutes: float, flash: Path | None = None, **more: Any) -> Life:
    """Let the product, or what else is in the folder `flash`, live as long; `more` of config."""
    if flash is None:
        flash = folder / "flash"
        heap.make_flash(flash, folder / "built")
    config = of_a_day(folder, minutes, **more)
    (folder / "world.json").write_text(json.dumps(config))
    path = search_path(world.VIRTUAL, flash, flash / "lib").removeprefix(".frozen:")
    env = world.environment(folder / "world.json") | {"MICROPYPATH": f"{path}:.frozen:{ROOT}"}
    done = subprocess.run(
        [interpreter(), "-X", f"heapsize={HEAP}", str(world.VIRTUAL / "chip.py")],
        cwd=flash,
        env=env,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    printed = done.stdout + done.stderr
    if not (folder / "chip.json").exists():
        raise heap.HeapError(f"the virtual board stopped:\n{printed[-3000:]}")
    found = json.loads((folder / "chip.json").read_text())
    reset = folder / "reset"
    lines = (folder / "memory.txt").read_text().splitlines()
    return Life(
        bits=1 + heap.ask("sys.maxsize").bit_length(),
        lived_s=found["now_us"] / world.US,
        wanted_s=minutes * 60,
        reset_cause=int(reset.read_text()) if reset.exists() else 0,
        moments=[tuple(moment) for moment in found["moments"]],
        lines=[[int(n) for n in line.split()] for line in lines],
        idf_least=found["idf_least"],
        idf_least_largest=found["idf_least_largest"],
        answers=found["answers"],
        refused=found["refused"],
        events=[json.loads(line) for line in (folder / "events.jsonl").open()],
        because=found["because"],
        printed=printed,
    )


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--ballast", type=int, default=0, help="bytes that the product holds more")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        life = live(Path(folder), options.minutes, ballast=options.ballast)
    for at_s, words in life.moments:
        print(f"{at_s:8.1f} s  {words}")
    print(f"lived {life.lived_s:.0f} of {life.wanted_s:.0f} s, reset {life.reset_cause or 'none'}")
    print(f"the system's heap: least {life.idf_least} B, largest block {life.idf_least_largest} B")
    for line in life.lines[:: max(1, len(life.lines) // 20)]:
        print("{:8d} s  Python {} of {} B, the system's {} B, largest {} B".format(*line))
    print(f"answers {life.answers}, refused {life.refused}, underruns {life.underruns()},")
    print(f"MemoryError {life.out_of_memory()}, at the end: {life.because}")
    if life.reset_cause:
        print(life.printed[-1500:])


if __name__ == "__main__":
    main()
