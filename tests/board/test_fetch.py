"""Device packages: only what was pinned, and only what the board needs."""

import pytest

from tools.board import fetch
from tools.micropython import DEVICE


def test_a_replaced_archive_is_refused_and_nothing_changes(tmp_path):
    downloads, device = tmp_path / "downloads", tmp_path / "device"
    downloads.mkdir()
    device.mkdir()
    (device / "before").write_text("")
    (downloads / fetch.PACKAGES[0].archive).write_bytes(b"something else")
    with pytest.raises(fetch.FetchError, match="is not the file that was pinned"):
        fetch.fetch(device, downloads)
    assert (device / "before").exists()


def test_what_was_unpacked_is_what_was_asked_for():
    there = {str(p.relative_to(DEVICE)) for p in DEVICE.rglob("*.py")}
    assert there == {file for package in fetch.PACKAGES for file in package.files}


def test_only_what_the_board_never_uses_is_left_out():
    source = (
        b"import struct\n\n@decorated\ndef read_coils():\n    pass\n\ndef to_short():\n    pass\n"
    )
    with pytest.raises(fetch.FetchError, match="read_input_registers any more"):
        fetch.trimmed("umodbus/functions.py", source)
    kept = (DEVICE / "umodbus" / "functions.py").read_text()
    assert "def read_input_registers" in kept
    assert "def read_coils" not in kept
