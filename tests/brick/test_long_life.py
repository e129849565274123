"""An hour of a long life in virtual time: four short days with all that a day brings."""

import os

from tools.chaos import long
from tools.micropython import MICROPYTHON32

DAYS, DAY_S = 4, 900.0
WORST_PLAY_US = 20


def test_an_hour_of_days_leaves_nothing_behind(tmp_path, monkeypatch):
    if MICROPYTHON32.exists() and not os.environ.get("MICROPYTHON"):
        monkeypatch.setenv("MICROPYTHON", str(MICROPYTHON32))  # the words of a board
    found = long.live(tmp_path / "life", DAYS, DAY_S, 1)
    assert found["lived_s"] == DAYS * DAY_S
    assert found["violations"] == {}
    assert found["faults"] == {}
    assert found["underruns"] == 0
    assert found["play_off_us"] <= WORST_PLAY_US
    assert found["requests"] > 0.7 * DAYS * DAY_S  # an hour of each day the inverter is silent
    assert found["visits"] > 0
    first, *_, last = found["heap_at_end_of_day"]
    assert last - first <= 0.01 * first, found["heap_at_end_of_day"]
