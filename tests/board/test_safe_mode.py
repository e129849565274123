"""A product that crashes again and again ends in safe mode, silent and reachable, never dead."""

import shutil

import pytest
import serial

from tests.boards import Board, wait_for
from tools.micropython import ROOT
from tools.play.run import lay_out_flash

BROKEN = "\n    def step(self):\n        raise ValueError('broken on purpose')\n"


def with_broken_mains(flash):
    """The product, but its view of the mains fails at the first step."""
    lay_out_flash(flash)
    (flash / "firmware").unlink()
    shutil.copytree(ROOT / "firmware", flash / "firmware")
    source = flash / "firmware" / "signal" / "mains.py"
    source.write_text(source.read_text() + BROKEN)


def booted(folder, prepare, **world):
    world = {"paced": True, "rtc_file": str(folder / "rtc.bin"), **world}
    world["reset_file"] = str(folder / "reset_cause")
    return Board(folder, world, prepare)


@pytest.fixture
def crashing(tmp_path):
    board = booted(tmp_path, with_broken_mains)
    yield board
    assert board.end() == []


def test_three_crashes_in_a_row_lead_to_safe_mode(crashing):
    with serial.Serial(crashing.port, timeout=0.1) as line:
        seen = wait_for(line, b"Battery CT safe mode: 3 restarts without a healthy minute")
        assert seen.count(b"ValueError: broken on purpose") == 3
        line.write(b"\x03")
        wait_for(line, b">>> ")
    crash = (crashing.flash / "crash.txt").read_text()
    assert crash.startswith("uptime ")
    assert "mains.py" in crash and "broken on purpose" in crash


def test_a_button_held_at_start_keeps_the_product_off(tmp_path):
    board = booted(tmp_path, lay_out_flash, pins={"0": 0})
    try:
        with serial.Serial(board.port, timeout=0.1) as line:
            wait_for(line, b"safe mode: button held at start. The output is off.")
            line.write(b"\x03")
            wait_for(line, b">>> ")
    finally:
        assert board.end() == []
