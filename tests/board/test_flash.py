"""make flash, end to end: the real mpremote against a virtual board."""

import fcntl
import os
import pty
import subprocess
import sys
import time
import tty

import pytest
import serial

from tests.boards import WAIT_S, wait_for
from tools.board import flash
from tools.micropython import ROOT


@pytest.fixture
def few(board, tmp_path):
    """A part of the firmware, with a boot.py and a main.py that only say that they run."""
    some = ("lib/rtu", "lib/umodbus/")
    files = {name: path for name, path in flash.sources().items() if name.startswith(some)}
    for name in ("boot.py", "main.py"):
        files[name] = tmp_path / name
        files[name].write_text(f"print('{name} runs')\n")
    return flash.build(files, flash.identify(board.port).march, tmp_path / "built")


def test_everything_arrives_once_then_only_what_changed(board, few, capfd):
    (board.flash / "settings.json").write_text("{}")
    (board.flash / "lib").mkdir()
    (board.flash / "lib" / "owners_own.py").write_text("")
    assert flash.flash(board.port, few) == len(few)
    there = {
        str(path.relative_to(board.flash)) for path in board.flash.rglob("*") if path.is_file()
    }
    assert there == set(few) | {"settings.json", "lib/owners_own.py"}
    for name, path in few.items():
        assert (board.flash / name).read_bytes() == path.read_bytes()
    assert "flash: main.py (" in capfd.readouterr().out.splitlines()[-1]

    assert flash.flash(board.port, few) == 0
    few["firmware/note.txt"] = few["main.py"].with_name("note")
    few["firmware/note.txt"].write_text("new")
    assert flash.flash(board.port, few) == 2  # main.py goes and comes again


def test_the_whole_product_runs_and_is_flashed_over_while_it_runs(board, tmp_path):
    files = flash.build(flash.sources(), flash.identify(board.port).march, tmp_path / "built")
    assert flash.flash(board.port, files) == len(files)
    with serial.Serial(board.port, timeout=0.1) as line:
        line.write(b"status\r")
        wait_for(line, b"because", b"no mains lock", b"ct> ")
        line.write(b"\x03")
        wait_for(line, b">>> ")
        line.write(b"\x04")
        wait_for(line, b"MPY: soft reboot", b"ct> ")
    files["firmware/new.txt"] = tmp_path / "new"
    files["firmware/new.txt"].write_text("new")
    assert flash.flash(board.port, files) == 2
    with serial.Serial(board.port, timeout=0.1) as line:
        line.write(b"status\r")
        wait_for(line, b"because", b"no mains lock", b"ct> ")


def test_the_board_starts_what_it_was_given(board, few):
    # A mark on the flash, because what is printed before somebody opens the port is lost.
    few["boot.py"].write_text("started = 'boot, '\n")
    few["main.py"].write_text("open('mark', 'w').write(started + 'main')\n")
    flash.flash(board.port, few)
    mark = board.flash / "mark"
    deadline = time.monotonic() + WAIT_S
    while not mark.exists() or mark.read_text() != "boot, main":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    with serial.Serial(board.port, timeout=0.1) as line:
        line.write(b"\r")
        wait_for(line, b">>> ")
        line.write(b"import umodbus.functions as f; f.read_input_registers(1, 2)\r")
        wait_for(line, b"b'\\x04\\x00\\x01\\x00\\x02'\r\n>>> ")


def test_what_would_be_found_instead_is_removed(board, few):
    (board.flash / "firmware").mkdir()
    (board.flash / "lib").mkdir()
    (board.flash / "firmware" / "forgotten.mpy").write_text("")
    (board.flash / "lib" / "rtu.py").write_text("")
    flash.flash(board.port, few)
    assert not (board.flash / "firmware" / "forgotten.mpy").exists()
    assert not (board.flash / "lib" / "rtu.py").exists()


def test_an_interrupted_flash_leaves_no_main(board, few, tmp_path):
    flash.flash(board.port, few)
    few["firmware/lost"] = tmp_path / "lost"
    (tmp_path / "lost").write_text("here when the copy list is made …")
    real = flash.mpremote

    def lose_the_file_first(port, *arguments, **options):
        if "cp" in arguments:
            (tmp_path / "lost").unlink()
        return real(port, *arguments, **options)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(flash.FlashError, match="gave up"):
        patch.setattr(flash, "mpremote", lose_the_file_first)
        flash.flash(board.port, few)
    assert not (board.flash / "main.py").exists()
    (tmp_path / "lost").write_text("back")
    flash.flash(board.port, few)
    assert (board.flash / "main.py").exists()


def test_the_command_says_what_is_wrong_with_a_port(tmp_path):
    def run(*arguments):
        done = subprocess.run(
            [sys.executable, "-m", "tools.board.flash", *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=WAIT_S,
            check=False,
        )
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        return done.stderr

    assert run().startswith("flash: no port was given; say make flash PORT=")
    assert run("/dev/nosuch").startswith("flash: there is no /dev/nosuch")
    silent, line = pty.openpty()
    tty.setraw(line)
    try:
        assert "no MicroPython answers" in run(os.ttyname(line))
        fcntl.flock(line, fcntl.LOCK_EX)
        assert "in use by another program" in run(os.ttyname(line))
    finally:
        os.close(silent)
        os.close(line)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (("micropython", (1, 22), 0x2A06), "MicroPython 1.24 or newer is needed"),
        (("circuitpython", (9, 0), 0x2B06), "runs circuitpython 9.0; MicroPython 1.24"),
        (("micropython", (1, 30), 0x2C06), "loads .mpy 6.0; this mpy-cross emits 6.3"),
    ],
)
def test_a_board_that_cannot_run_it_is_refused(monkeypatch, answer, words):
    monkeypatch.setattr(flash, "answers", lambda *_, **__: [answer])
    with pytest.raises(flash.FlashError, match=words):
        flash.identify("/dev/some")


def test_an_esp32_gets_code_of_its_kind(monkeypatch):
    """11014 is what MicroPython 1.24 on an ESP32 says of itself."""
    monkeypatch.setattr(flash, "answers", lambda *_, **__: [("micropython", (1, 24), 11014)])
    assert flash.identify("/dev/some") == ((1, 24), "xtensawin")


def test_a_module_that_does_not_compile_is_named(tmp_path):
    (tmp_path / "bad.py").write_text("def:\n")
    with pytest.raises(flash.FlashError, match="firmware/bad.py does not compile"):
        flash.build({"firmware/bad.py": tmp_path / "bad.py"}, "xtensawin", tmp_path)
