"""What the arithmetic of one second of signal costs on this machine's MicroPython."""

import json
import os
import subprocess
from pathlib import Path

from tools.micropython import DEVICE, ROOT, interpreter, search_path

PROGRAM = Path(__file__).with_name("budget_device.py")


def measure():
    """{"parts": {part: {"per_s", "us", "bytes"}}, "pause"} as budget_device.py prints it."""
    environment = {**os.environ, "MICROPYPATH": search_path(ROOT, DEVICE)}
    done = subprocess.run(
        [interpreter(), PROGRAM],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return json.loads(done.stdout)


def markdown(found):
    """The table for the page."""
    parts, pause = found["parts"], found["pause"]
    lines = [
        "",
        "## Budget",
        "",
        "Time of the arithmetic for one second of signal, and the heap it takes, on MicroPython's",
        "unix port on the machine that wrote this page.",
        "",
        "| part | calls/s | µs per call | share of real time | heap per second |",
        "|---|---:|---:|---:|---:|",
    ]
    busy = heap = 0.0
    for name, one in parts.items():
        share, taken = one["per_s"] * one["us"] / 1e4, one["per_s"] * one["bytes"]
        busy, heap = busy + share, heap + taken
        lines.append(
            f"| {name} | {one['per_s']:.0f} | {one['us']:.1f} | {share:.2f} % | {taken:.0f} B |"
        )
    lines.append(f"| all | | | {busy:.2f} % | {heap:.0f} B |")
    lines += [
        "",
        f"Longest pause: a garbage collection with {pause['kept_kb']} kB in use,",
        f"{pause['us']} µs here. The output ring plays on for 47 ms at least; bad days pause the",
        "board for 30 ms at a time, the events for 45.",
        "",
        "On an emulated WROOM-32 at 125 million instructions per second `Mains.step` took 1.7 ms",
        "(2.3 at worst) before two more harmonics were taken away, which is 1 % more here; 2.5",
        "are allowed. The sampling callback takes 62 µs, 36 of them in the converter.",
    ]
    return "\n".join(lines)
