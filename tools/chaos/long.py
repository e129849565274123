"""A long life on the virtual board: days, nights without inverter, a wandering grid, phones.

    python -m tools.chaos.long [--days 7] [--day-s 86400] [--seed 1] [--out DIR]

Prints each day as it ends, and at the end what must not grow and what must not drift: the heap
that lives at the end of each day, play time against ticks, underruns, violations
(tools/virtual/watcher.py), and a sum over all events by which two runs of one seed are compared.
MICROPYTHON=… for 32-bit words, as a board has. Interrupted, it tells of the days that were lived.
"""

import argparse
import hashlib
import json
import random
import sys
import tempfile
import threading
import time
from pathlib import Path

from tools.plant import mains, scenario
from tools.play import world

LOOP_S = 300  # of the mains, 15,000 cycles: its end fits its beginning
WORDS_PER_S = 25_000
PIECES = 96  # of a day, each with a power of its own
TICKS = 2**30


def grid():
    """The mains of five minutes: ±30 mHz, ±4 V, two harmonics."""
    hz = [[0, 50.0], [75, 50.03], [225, 49.97], [300, 50.0]]
    volts = [[0, 230.0], [60, 234.0], [200, 226.0], [300, 230.0]]
    return scenario.from_dict(
        {"mains": {"hz": hz, "volts": volts, "harmonics": [[3, 1.0, 0.0], [5, 2.0, 180.0]]}}
    ).mains


def battery_w(days, day_s, seed):
    """[[t_s, W], …]: charged by day, discharged in the evening, with clouds and kettles."""
    dice = random.Random(seed)
    points = []
    for piece in range(days * PIECES):
        hour = 24 * (piece % PIECES) / PIECES
        usual = -2500 if 9 <= hour < 16 else 1200 if 17 <= hour < 24 else 200
        watts = usual + dice.randint(-900, 900)
        begin = piece * day_s / PIECES
        points += [[begin, watts], [begin + 0.9 * day_s / PIECES, watts]]
    return points


def of_each_day(days, day_s, from_h, to_h):
    """[[from, to], …] in µs."""
    return [
        [round((day + h / 24) * day_s * world.US) for h in (from_h, to_h)] for day in range(days)
    ]


def config(folder, days, day_s, seed):
    """What the stand-ins read; the milliseconds wrap in the middle of the life."""
    duration_s = days * day_s
    plan = scenario.from_dict({"analog": {"stage": "reference"}})
    made = world.of_scenario(plan, seed)
    made.update(
        folder=str(folder),
        duration_us=round(duration_s * world.US),
        mains_file=str(folder / "mains.bin"),
        mains_ring_words=LOOP_S * WORDS_PER_S,
        rtc_file=str(folder / "rtc.bin"),
        ports={"80": world.free_port("tcp"), "53": world.free_port("udp")},
        watch=True,
        look_us=2 * world.US,
        weigh=True,
        status_every_ms=round(1000 * day_s / PIECES),
        ticks_ms_start=TICKS - round(500 * duration_s) % TICKS,
        visitors=2,
        visits_us=of_each_day(days, day_s, 7, 7.3) + of_each_day(days, day_s, 18, 18.5),
    )
    made["uart"]["battery_w"] = [
        [round(t_s * world.US), watts] for t_s, watts in battery_w(days, day_s, seed)
    ]
    made["uart"]["silent_us"] = of_each_day(days, day_s, 1, 4.5)
    return made


def weighed(folder):
    """The lines of heap.txt so far: [t_s, heap in use, visits, underruns, worst play time in µs,
    violations]; a line that is still being written does not count."""
    path = folder / "heap.txt"
    text = path.read_text() if path.exists() else ""
    return [[int(n) for n in line.split()] for line in text.split("\n")[:-1]]


def end_of_day(lines, day, day_s):
    """The last of the lines within that day, the first day being 0."""
    return [line for line in lines if line[0] <= (day + 1) * day_s][-1]


def events_until(folder, t_s):
    """The lines of events.jsonl up to that time."""
    lines = (folder / "events.jsonl").read_bytes().splitlines(keepends=True)
    return b"".join(line for line in lines if json.loads(line)["t_s"] <= t_s)


def tell_days(folder, days, day_s, over):
    """Print each day once the next one has begun, until the event `over` is set."""
    begun, day = time.perf_counter(), 0
    while day < days and not over.wait(1):
        lines = weighed(folder)
        if not lines or lines[-1][0] <= (day + 1) * day_s:
            continue
        t_s, heap, visits, underruns, off_us, found = end_of_day(lines, day, day_s)
        day += 1
        digest = hashlib.sha256(events_until(folder, t_s)).hexdigest()[:16]
        left_min = (time.perf_counter() - begun) * (days - day) / day / 60
        print(
            f"day {day} of {days}: {heap} B in use, {visits} visits, {underruns} underruns, play "
            f"time at most {off_us} us off, {found} violations, events {digest}; {left_min:.0f} "
            "minutes to go",
            flush=True,
        )


def live(folder, days, day_s, seed):
    """One such life in `folder`; what is to be judged of it."""
    (folder / "flash").mkdir(parents=True)
    words = LOOP_S * WORDS_PER_S
    mains.Mains(grid()).volts_at_words(0, words).astype("<f8").tofile(folder / "mains.bin")
    (folder / "world.json").write_text(json.dumps(config(folder, days, day_s, seed)))
    over = threading.Event()
    teller = threading.Thread(target=tell_days, args=(folder, days, day_s, over))
    teller.start()
    begun = time.perf_counter()
    try:
        printed = world.live(folder)
    finally:
        over.set()
        teller.join()
    wall_s = time.perf_counter() - begun
    (folder / "mains.bin").unlink()
    if not (folder / "board.json").exists():
        sys.exit(f"long life: the virtual board stopped:\n{printed[-3000:]}")
    board = json.loads((folder / "board.json").read_text())
    at_end = [end_of_day(weighed(folder), day, day_s)[1] for day in range(days)]
    last = json.loads((folder / "status.jsonl").read_text().splitlines()[-1])
    events = (folder / "events.jsonl").read_bytes()
    return {
        "lived_s": board["now_us"] / world.US,
        "heap_at_end_of_day": at_end,
        "heap_growth_pct": round(100 * (at_end[-1] / at_end[0] - 1), 2),
        "play_off_us": board["watched"]["worst_play_us"],
        "looks": board["watched"]["looks"],
        "violations": board["watched"]["found"],
        "underruns": last["ct"]["underruns"],
        "faults": last["faults"],
        "events": events.count(b"\n"),
        "visits": board["visits"],
        "requests": board["requests"],
        "events_sha256": hashlib.sha256(events).hexdigest()[:16],
        "small_int_bits": board["small_int_bits"],
        "speed": round(board["now_us"] / world.US / wall_s, 1),
    }


def main():
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--day-s", type=float, default=86400.0, help="length of a day")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="keep what was recorded there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.out or Path(scratch) / "life"
        found = live(folder.resolve(), options.days, options.day_s, options.seed)
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
