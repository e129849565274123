"""A product that does not run ends in safe mode, silent and reachable by page and console."""

import json
import re
import shutil
import urllib.error
import urllib.request

import pytest
import serial

from tests.boards import WAIT_S, Board, wait_for
from tools.micropython import ROOT
from tools.play import world
from tools.play.run import lay_out_flash

BROKEN = "\n    def step(self):\n        raise ValueError('broken on purpose')\n"
SETTINGS = {"ssid": "At the meter", "password": "the owner's own", "limit_w": 4000}


def with_firmware(flash):
    """The product with files of its own, ready to be damaged."""
    lay_out_flash(flash)
    (flash / "firmware").unlink()
    shutil.copytree(ROOT / "firmware", flash / "firmware")
    (flash / "settings.json").write_text(json.dumps({"version": 1, "settings": SETTINGS}))


def with_broken_mains(flash):
    """Its view of the mains fails at the first step."""
    with_firmware(flash)
    source = flash / "firmware" / "signal" / "mains.py"
    source.write_text(source.read_text() + BROKEN)


def with_torn_mains(flash):
    """The same file ends in the middle of a word."""
    with_firmware(flash)
    source = flash / "firmware" / "signal" / "mains.py"
    source.write_text(source.read_text()[:-100] + "\n(")


def booted(folder, prepare, **world_of_its_own):
    config = {"paced": True, "rtc_file": str(folder / "rtc.bin"), **world_of_its_own}
    config["reset_file"] = str(folder / "reset_cause")
    return Board(folder, config, prepare)


class Page:
    """Safe mode's page on the loopback."""

    def __init__(self, port):
        self._url = f"http://127.0.0.1:{port}"

    def get(self, path):
        with urllib.request.urlopen(self._url + path, timeout=WAIT_S) as answer:
            return answer.read().decode()

    def press(self, path, key):
        """The status of pressing a button."""
        request = urllib.request.Request(self._url + path, data=f"k={key}".encode())
        try:
            with urllib.request.urlopen(request, timeout=WAIT_S) as answer:
                return answer.status
        except urllib.error.HTTPError as why:
            return why.code


@pytest.fixture
def port():
    return world.free_port("tcp")


def test_three_crashes_in_a_row_lead_to_safe_mode(tmp_path):
    board = booted(tmp_path, with_broken_mains)
    try:
        with serial.Serial(board.port, timeout=0.1) as line:
            seen = wait_for(line, b"Battery CT safe mode: 3 restarts without a healthy minute")
            assert seen.count(b"ValueError: broken on purpose") == 3
            line.write(b"\x03")
            wait_for(line, b">>> ")
        crash = (board.flash / "crash.txt").read_text()
        assert crash.startswith("uptime ")
        assert "mains.py" in crash and "broken on purpose" in crash
    finally:
        assert board.end() == []


def test_a_damaged_file_leads_to_a_page_that_says_why_and_starts_again(tmp_path, port):
    board = booted(tmp_path, with_torn_mains, ports={"80": port})
    try:
        with serial.Serial(board.port, timeout=0.1) as line:
            wait_for(
                line, b"SyntaxError", b"safe mode: the product does not start", b"At the meter"
            )
            page = Page(port)
            shown = page.get("/")
            assert "the product does not start" in shown and "SyntaxError" in shown
            assert "mains.py" in page.get("/crash.txt")
            stored = json.loads(page.get("/settings.json"))
            assert stored == {**SETTINGS, "password": "…"}
            key = re.search("name=k value=([0-9a-f]{16})", shown)[1]
            assert page.press("/again", "0" * 16) == 403
            line.write(b"wifi\r")
            wait_for(line, b"password the owner's own")
            shutil.copy(
                ROOT / "firmware/signal/mains.py", board.flash / "firmware/signal/mains.py"
            )
            assert page.press("/defaults", key) == 200
            wait_for(line, b"Type help for what")
        assert "At the meter" not in (board.flash / "settings.json").read_text()
    finally:
        assert board.end() == []


def test_slow_and_silent_clients_do_not_keep_the_owner_out(tmp_path, port):
    import socket

    board = booted(tmp_path, with_torn_mains, ports={"80": port})
    try:
        with serial.Serial(board.port, timeout=0.1) as line:
            wait_for(line, b"safe mode: ", b"page http")
            hung = [socket.create_connection(("127.0.0.1", port)) for _ in range(2)]
            hung[0].send(b"GET / HT")
            assert "the product does not start" in Page(port).get("/")
            for one in hung:
                one.close()
            line.write(b"again\r")
            wait_for(line, b"SyntaxError", b"safe mode: ")
    finally:
        assert board.end() == []


def test_a_button_held_for_three_seconds_keeps_the_product_off(tmp_path):
    board = booted(tmp_path, lay_out_flash, pins={"0": [[0, 0], [4_000_000, 1]]})
    try:
        with serial.Serial(board.port, timeout=0.1) as line:
            wait_for(line, b"safe mode: the button was held. The output is off.")
            line.write(b"\x03")
            wait_for(line, b">>> ")
    finally:
        assert board.end() == []
