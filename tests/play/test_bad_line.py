"""An hour on a line that damages, loses and delays answers: the CT never shows what never was."""

import csv
import json

import numpy as np
import pytest

from tests.meter import Run
from tools.plant import scenario
from tools.play import sim

WORDS_PER_S = 25_000
STALE_S, RAMP_S = 10, 2
SLICE_S, SETTLED_S = 6, 3  # the meter's own high-pass needs 3 s to forget where a slice begins
EVERY_S = 25
SCENARIO = """
duration_s = 3600.0
seed = 41
[inverter]
battery_w = {course}
errors = {{ corrupt = 0.05, lost = 0.02, late = 0.01 }}
"""


def course():
    """Ramps of up to 30 W per second between charging and discharging, with steps between."""
    points, t_s = [], 0.0
    heights = (2400.0, -1200.0, 1800.0, -2400.0, -600.0)
    while t_s < 3600:
        watts = heights[int(t_s) // 160 % len(heights)]
        points += [[t_s, watts], [t_s + 160, -watts]]
        t_s += 160
    return points


@pytest.fixture(scope="module")
def hour(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bad-line")
    result = sim.run(scenario.parse(SCENARIO.format(course=course())), folder)
    with (folder / "truth.csv").open() as file:
        truth = np.array([float(row["battery_w"]) for row in csv.DictReader(file)])
    statuses = [json.loads(line) for line in (folder / "status.jsonl").open()]
    yield folder, result, truth, statuses
    for heavy in ("stream.bin", "mains.bin"):
        (folder / heavy).unlink()


def was_in(truth, from_s, to_s):
    """Least and greatest battery power between two times."""
    piece = truth[max(0, int(from_s * 100)) : int(to_s * 100) + 1]
    return piece.min(), piece.max()


def test_the_line_was_bad_and_every_fault_has_a_name(hour):
    _, result, _, statuses = hour
    inverter = statuses[-1]["inverter"]
    assert inverter["requests"] > 3000
    assert inverter["faults"]["bad crc"] > 80 and inverter["faults"]["no answer"] > 60
    assert inverter["late"] > 10
    assert inverter["good"] > 0.85 * inverter["requests"]
    assert result["underruns"] == 0


def test_a_reading_is_never_older_than_the_settings_allow(hour):
    _, _, _, statuses = hour
    ages_s = [s["inverter"]["age_ms"] / 1000 for s in statuses[10:]]
    assert max(ages_s) < STALE_S
    assert np.mean(np.array(ages_s) < 2) > 0.9


def test_the_reading_is_what_the_battery_did_at_its_time(hour):
    """Within 1.5 s; a lone late answer, dated by its arrival, may tell of what was when asked.

    It counts until 1.0 s of timeout and 1.1 s of grace are over, and its frame takes 80 ms.
    """
    _, _, truth, statuses = hour
    for n in range(10, len(statuses)):
        inverter, now_s = statuses[n]["inverter"], statuses[n]["uptime_s"]
        since = n - 3 - inverter["age_ms"] // 1000
        came_late = inverter["late"] != statuses[max(0, since)]["inverter"]["late"]
        before_s = inverter["age_ms"] / 1000 + (2.2 if came_late else 1.5)
        low, high = was_in(truth, now_s - before_s, now_s + 1.5)
        assert low - 1 <= inverter["battery_w"] <= high + 1, statuses[n]


def test_the_ct_shows_nothing_but_a_recent_battery_power(hour):
    """By the independent meter: within 2 % or 15 W of what the battery did in the last seconds."""
    folder, _, truth, statuses = hour
    words = np.memmap(folder / "stream.bin", "<u4", "r")
    volts = np.memmap(folder / "mains.bin", "<f8", "r")
    ages_s = {round(s["uptime_s"]): s["inverter"]["age_ms"] / 1000 for s in statuses}
    for at_s in range(20, 3590, EVERY_S):
        here = slice(at_s * WORDS_PER_S, (at_s + SLICE_S) * WORDS_PER_S)
        run = Run(words[here], volts[here], "reference")
        for window in run.windows(SETTLED_S, SLICE_S - 0.3):
            now_s = at_s + window.t_s
            oldest_s = max(ages_s.get(int(now_s) + i, 0) for i in (0, 1)) + 2.5
            low, high = was_in(truth, now_s - oldest_s, now_s)
            allowed = 15 + 0.02 * max(abs(low), abs(high))
            assert low - allowed <= window.watts <= high + allowed, (
                now_s,
                window.watts,
                low,
                high,
            )
