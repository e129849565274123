"""How much heap the firmware needs, measured with the modules as they are flashed.

    python -m tools.bench.heap            MICROPYTHON=… for a 32-bit interpreter, as a board is

The modules are loaded in an interpreter without stand-ins: what is then in use is exactly theirs.
Then the product runs on the virtual board, alone, with the page open in two browsers, and with the
console in use; what is in use above the loaded modules is the running firmware's, except for the
hardware that the stand-ins hand out, which is weighed and taken off. Left in it are a few hundred
bytes per task, which are smaller in a board's C, and the names of stand-ins never count.
Times are virtual seconds; the pause of a collection is the host's, a board takes longer.
"""

import argparse
import json
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from tools.board import flash
from tools.board.bundle import WHOLE, module_of
from tools.micropython import ROOT, interpreter, search_path
from tools.plant import mains, scenario
from tools.play import world

SCENARIO = "duration_s = 30.0\n[inverter]\nbattery_w = 2000.0"
STEADY_S = 2  # nothing is collected meanwhile, so the heap must hold all of it
HEAP = "3m"  # no larger: asking how much is in use walks through it
WORD_S = 40e-6
TYPED = ("status", "settings", "help")
SIGNAL_PATH = ("mains samples", "mains", "policy", "output")

# `machine` and the like are in a board's firmware: empty here, for board.py to find.
HARDWARE = """
import sys
class Hardware:
    PWRON_RESET, HARD_RESET, WDT_RESET, DEEPSLEEP_RESET, SOFT_RESET = range(5)
for name in ("machine", "network", "esp32"):
    sys.modules[name] = Hardware
"""
LOAD_ALL = """
import gc, json, names
def in_use():
    gc.collect()
    gc.collect()
    return gc.mem_alloc()
modules = %r
held = {name: 0 for name in modules}
free_names = names.widen()
before = in_use()
for name in modules:
    __import__(name)
    if name == "lib.ondemand":
        sys.modules[name].mount()  # the others are in the pack
    held[name] = in_use() - before
    before += held[name]
held["names"] = names.used(free_names)
print(json.dumps(held))
"""


class HeapError(Exception):
    """The firmware did not live to the end of the measurement."""


class Heap(NamedTuple):
    """Bytes of heap; rates in bytes per virtual second, by part."""

    bits: int  # of the interpreter's machine words
    modules: dict[str, int]
    names: int  # different ones that the product brings, at the end
    running: dict[str, int]  # "at_rest", "page_open", "console_used": above the modules
    rates: dict[str, dict[str, float]]  # "alone", "page_open"
    longest_gc_us: int
    gc_share: float  # of the measured run that the longest collection took
    because: str  # what the device said it did at the end
    answers: int  # good answers the browser got
    views: int  # live views it got
    shown: int  # characters that the console showed

    def in_use(self, when: str) -> int:
        """All that the firmware holds, modules, running parts, and the table of its names."""
        return sum(self.modules.values()) + self.running[when] + self.table()

    def table(self) -> int:
        """The table of names: 20 entries, then doubling; an entry is a pointer and three bytes."""
        size, entries, left = 0, 20, self.names
        while left > 0:
            size += entries * (self.bits // 8 + 3) + 16
            left -= entries
            entries *= 2
        return size

    def signal_path(self, when: str) -> float:
        """Bytes per second that the way from mains and reading to the output allocates."""
        return sum(self.rates[when].get(part, 0) for part in SIGNAL_PATH)


def make_flash(folder: Path, built: Path) -> None:
    """The folder as a freshly flashed board's, compiled for the interpreter."""
    files = flash.build(flash.sources(), ask("sys.implementation._mpy >> 10"), built)
    for name, path in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, folder / name)


def imported_at_start() -> list[str]:
    """What boot.py and main.py import: the rest is part of app (tools/board/bundle.py).

    asyncio is built in, but not for nothing.
    """
    return ["asyncio", "lib.ondemand", "firmware.board", module_of(WHOLE)]


def ask(what: str) -> Any:
    """What the interpreter says of itself: a number, or its architecture."""
    done = _micropython(["-c", f"import sys; print({what})"], {}, None)
    number = int(done)
    return flash.ARCHITECTURES[number] if "_mpy" in what else number


def _micropython(arguments: list[str], env: dict[str, str], folder: Path | None) -> str:
    done = subprocess.run(
        [interpreter(), "-X", f"heapsize={HEAP}", *arguments],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=900,
        check=False,
    )
    if done.returncode:
        raise HeapError(f"the virtual board stopped:\n{(done.stdout + done.stderr)[-3000:]}")
    return done.stdout


def measure(folder: Path) -> Heap:
    """Build, load and run the product in a scratch folder."""
    board = folder / "flash"
    make_flash(board, folder / "built")
    path = {"MICROPYPATH": search_path(board, board / "lib")}
    loader = folder / "load_all.py"
    loader.write_text(HARDWARE + LOAD_ALL % (imported_at_start(),))
    shutil.copy(world.VIRTUAL / "names.py", folder)
    loaded = json.loads(_micropython([str(loader)], path, board))
    names = loaded.pop("names")
    plan = scenario.parse(SCENARIO)
    words = round(plan.duration_s / WORD_S)
    mains.Mains(plan.mains).volts_at_words(0, words).astype("<f8").tofile(folder / "mains.bin")
    config = world.of_scenario(plan) | {
        "folder": str(folder),
        "duration_us": round(plan.duration_s * world.US),
        "mains_file": str(folder / "mains.bin"),
        "rtc_file": str(folder / "rtc.bin"),
        "ports": {"80": world.free_port("tcp"), "53": world.free_port("udp")},
        "steady_s": STEADY_S,
        "typed": TYPED,
    }
    (folder / "world.json").write_text(json.dumps(config))
    env = world.environment(folder / "world.json") | {
        "MICROPYPATH": ":".join(map(str, (world.VIRTUAL, board, board / "lib", ".frozen", ROOT)))
    }
    begun = time.perf_counter()
    printed = _micropython([str(world.VIRTUAL / "heap.py")], env, board)
    run_s = time.perf_counter() - begun
    if not (folder / "heap.json").exists():
        raise HeapError(f"the virtual board stopped early:\n{printed[-3000:]}")
    figures = json.loads((folder / "heap.json").read_text())
    return Heap(
        bits=1 + ask("sys.maxsize").bit_length(),
        modules=loaded,
        names=names + figures["names"],
        running={name: figures[name] for name in ("at_rest", "page_open", "console_used")},
        rates={name: _per_second(figures["rates_" + name]) for name in ("alone", "page_open")},
        longest_gc_us=figures["gc_us"],
        gc_share=figures["gc_us"] / 1e6 / run_s,
        because=figures["because"],
        answers=figures["answers"],
        views=figures["views"],
        shown=figures["shown"],
    )


def _per_second(allocated: dict[str, int]) -> dict[str, float]:
    """Rates of the firmware's parts; what belongs to the host's side is left out."""
    host = ("rest", "stand-ins")
    return {name: n / STEADY_S for name, n in allocated.items() if name not in host}


def main() -> None:
    """Measure and print."""
    argparse.ArgumentParser(description=__doc__.split("\n")[0]).parse_args()
    with tempfile.TemporaryDirectory() as folder:
        heap = measure(Path(folder))
    for name, size in sorted(heap.modules.items(), key=lambda item: -item[1]):
        print(f"{name:24}{size:8d} B")
    print(f"{'all modules':24}{sum(heap.modules.values()):8d} B   ({heap.bits}-bit words)")
    print(f"{'table of names':24}{heap.table():8d} B   ({heap.names} names)")
    for when in heap.running:
        print(f"{when.replace('_', ' '):24}{heap.in_use(when):8d} B")
    for when, rates in heap.rates.items():
        parts = ", ".join(f"{name} {rate:.0f}" for name, rate in sorted(rates.items()) if rate)
        print(f"B/s {when.replace('_', ' ')}: {parts}; signal path {heap.signal_path(when):.0f}")
    print(f"longest collection {heap.longest_gc_us / 1000:.1f} ms, {heap.gc_share:.1e} of the run")


if __name__ == "__main__":
    main()
