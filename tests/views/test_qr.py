"""The device's QR code, read by somebody else's reader, from any text that a WiFi may have."""

import subprocess

import numpy as np
import pytest
import zxingcpp

from tools.micropython import ROOT, interpreter, search_path

DRAW = """
from lib import qr
def drawn():
    rows = yield from qr.rows(%r)
    for row in rows:
        print(row)
assert not any(drawn())
"""
TEXTS = (
    "A",
    "WIFI:T:WPA;S:BatteryCT-1a2b;P:abcdefghkmnp;;",
    "x" * 17,
    "y" * 53,
    "z" * 54,
    "w" * 106,
    "WIFI:T:WPA;S:my \\;garage;P:%s;;" % ("p" * 63),
)


def drawn(text):
    """The rows that the board draws."""
    done = subprocess.run(
        [interpreter(), "-c", DRAW % text],
        env={"MICROPYPATH": search_path(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout.split()


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: f"{len(text)} letters")
def test_a_camera_reads_what_was_written(text):
    rows = drawn(text)
    picture = np.array([[0 if c == "#" else 255 for c in row] for row in rows], np.uint8)
    picture = np.kron(np.pad(picture, 4, constant_values=255), np.ones((6, 6), np.uint8))
    assert [found.text for found in zxingcpp.read_barcodes(picture)] == [text]


def test_what_is_too_long_has_no_code():
    assert drawn("w" * 107) == []
