"""A ring that runs dry: with the gate it idles, without it says what it costs."""

import json

import numpy as np
import pytest

from firmware.device.settings_table import GATED, STAGE_NUMBERS, STAGES
from tests.runs import play

PAUSES = "duration_s = 8.0\n[board]\npauses = [[4.0, 60.0], [5.0, 120.0], [6.0, 400.0]]\n"
GATE = "[settings]\nidle_by_gate = true\n"
WORDS_PER_S = 25_000


def slow_ma(run, from_s=3.5):
    """Largest mean current of a cycle: no mains-frequency current, only pulses are left."""
    ma = run.meter.ma[round(from_s * WORDS_PER_S) :]
    return float(np.max(np.abs(np.convolve(ma, np.full(500, 1 / 500), "valid"))))


def test_behind_the_gate_no_pause_makes_a_pulse():
    run = play(PAUSES + GATE)
    assert run.result["underruns"] > 30
    assert slow_ma(run) < 1.0


@pytest.mark.parametrize("board", ["board_zmpt", "board_transformer"])
def test_with_what_choosing_a_board_brings_there_is_none(board):
    brings = dict(zip(STAGE_NUMBERS, STAGES[board], strict=True), idle_by_gate=GATED[board])
    lines = "".join(f"{name} = {json.dumps(value)}\n" for name, value in brings.items())
    run = play(f'{PAUSES}[settings]\nstage = "{board}"\n{lines}[analog]\nsensing = "reference"\n')
    assert run.result["underruns"] > 30
    assert slow_ma(run) < 1.0


def test_without_it_each_does():
    assert slow_ma(play(PAUSES)) > 20.0


def test_with_power_the_gate_changes_nothing_and_a_pause_is_only_a_gap():
    run = play(PAUSES + GATE + "[inverter]\nbattery_w = 3000.0\n")
    assert abs(run.watts(2.0, 3.9) - 3000) < 30
    assert slow_ma(run) < 3.0
    assert abs(run.watts(7.0, 7.9) - 3000) < 30


def test_45_ms_every_third_of_a_second_cost_neither_the_lock_nor_a_cycle():
    often = "duration_s = 6.0\n[inverter]\nbattery_w = 3000.0\n"
    run = play(often + "[board]\ngc = { every_s = 0.37, pause_ms = 45.0 }\n")
    assert run.result["underruns"] == 0
    assert [words for _, words in run.reasons()][-1] == "following"
    assert run.reasons()[-1][0] < 2.0  # and never another since
    for window in run.meter.windows(2.5, 5.8, cycles=1):
        assert abs(window.tve_pct(3000)) < 3
