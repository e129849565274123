"""The last lines of make flash: how a phone gets in."""

import re

import numpy as np
import segno
import zxingcpp

from tools.board import flash, hello


def test_a_flashed_board_says_how_a_phone_gets_in(board, tmp_path):
    files = flash.build(flash.sources(), flash.identify(board.port).march, tmp_path / "built")
    flash.flash(board.port, files)
    wifi = hello.ask(board.port, 120)
    assert wifi
    assert re.fullmatch(r"BatteryCT-[0-9a-f]{4}", wifi.ssid)
    assert len(wifi.password) == 12
    assert wifi.page == "http://4.3.2.1/"
    last = hello.words(wifi).splitlines()[-3:]
    assert last[0] == f"Its WiFi: {wifi.ssid}"
    assert last[1] == f"Password: {wifi.password}"
    code = segno.make(wifi.for_a_camera(), error="l", micro=False)
    picture = np.array([[255 - 255 * m for m in row] for row in code.matrix], np.uint8)
    picture = np.kron(np.pad(picture, 4, constant_values=255), np.ones((6, 6), np.uint8))
    read = zxingcpp.read_barcodes(picture)[0].text
    assert read == f"WIFI:T:WPA;S:{wifi.ssid};P:{wifi.password};;"


def test_what_a_camera_takes_for_marks_is_marked():
    assert hello.Wifi("a;b", 'c:"d', "").for_a_camera() == 'WIFI:T:WPA;S:a\\;b;P:c\\:\\"d;;'


def test_a_board_that_says_nothing_is_no_failure(tmp_path):
    assert hello.ask(str(tmp_path / "none"), 0.1) is None
    assert "type wifi on its console" in hello.words(None)
