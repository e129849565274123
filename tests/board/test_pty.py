"""A virtual board behaves at its serial port as a real one does, for mpremote and for a person."""

import os
import signal
import time

import pytest
import serial

from tests.boards import WAIT_S, wait_for
from tools.board import pty

MAIN = """
import time
try:
    print("main starts")
    while True:
        time.sleep_ms(10)
finally:
    print("main ends")
"""


def soft_reset(board, terminal, **files):
    """Ctrl-D at the prompt, the files put there after power-on, which would run them too."""
    wait_for(terminal, b">>> ")
    board.files(**files)
    terminal.write(b"\x04")


def test_soft_reset_runs_boot_then_main_and_ctrl_c_lands_in_the_repl(board, terminal):
    soft_reset(board, terminal, boot='print("boot")', main=MAIN)
    seen = wait_for(terminal, b"MPY: soft reboot\r\n", b"boot\r\n", b"main starts\r\n")
    assert b">>> " not in seen
    terminal.write(b"\x03")
    wait_for(terminal, b"main ends\r\n", b"KeyboardInterrupt", b">>> ")
    terminal.write(b"print(6 * 7)\r")
    wait_for(terminal, b"42\r\n>>> ")


COLLECTING = """
import gc, time
ballast = [[n] for n in range(20_000)]
print("collecting")
try:
    while True:
        for _ in range(20):
            gc.collect()
        time.sleep_ms(0)
except KeyboardInterrupt:
    print("the heap is", "free", [n + 1 for n in range(3)])
"""


def test_ctrl_c_amid_a_collection_leaves_the_heap_usable(board, terminal):
    """A board hears Ctrl-C between two steps of Python; the computer's interpreter anywhere."""
    soft_reset(board, terminal, main=COLLECTING)
    for _ in range(3):
        wait_for(terminal, b"collecting")
        terminal.write(b"\x03")
        wait_for(terminal, b"the heap is free [1, 2, 3]", b">>> ")
        terminal.write(b"\x04")


def test_ctrl_c_is_heard_by_a_program_that_never_waits(board, terminal):
    soft_reset(board, terminal, main="print('busy')\nwhile True: pass")
    wait_for(terminal, b"busy")
    terminal.write(b"\x03\x03print(6 * 7)\r")
    wait_for(terminal, b"KeyboardInterrupt", b"42\r\n>>> ")


def test_names_of_main_are_there_in_the_repl(board, terminal):
    soft_reset(board, terminal, boot="first = 40", main="second = first + 2\nprint('ready')")
    wait_for(terminal, b"ready", b">>> ")
    terminal.write(b"second\r")
    wait_for(terminal, b"42\r\n>>> ")


def test_a_boot_that_fails_keeps_main_from_running(board, terminal):
    soft_reset(board, terminal, boot="raise ValueError('no luck')", main="print('main runs')")
    assert b"main runs" not in wait_for(terminal, b"soft reboot", b"ValueError: no luck", b">>> ")


def test_mpremote_resets_into_the_raw_repl_without_main(board):
    board.files(boot="booted = 1", main=MAIN)
    assert board.mpremote("exec", "print(booted)") == "1\n"
    assert board.mpremote("resume", "exec", "booted += 1; print(booted)") == "2\n"
    board.mpremote("soft-reset")
    assert board.mpremote("resume", "exec", "print(booted)") == "1\n"


def test_a_hard_reset_starts_main(board, terminal):
    wait_for(terminal, b">>> ")
    board.files(main=MAIN)
    terminal.write(b"import machine; machine.reset()\r")
    assert b"soft reboot" not in wait_for(terminal, b"main starts\r\n")


COUNTING = """
import machine
lives = machine.RTC().memory() + b"+"
machine.RTC().memory(lives)
print("life", len(lives), "cause", machine.reset_cause())
if len(lives) < 4:
    machine.reset()
"""


def test_its_clock_memory_and_the_cause_of_a_reset_survive_it(board, terminal):
    """So a crash loop comes to safe mode here as on a real board."""
    soft_reset(board, terminal, main=COUNTING)
    wait_for(terminal, b"life 1 cause 5", b"life 2 cause 2", b"life 3 cause 2", b"life 4 cause 2")


def test_mpremote_moves_files(board, tmp_path):
    source = tmp_path / "source"
    (source / "sub").mkdir(parents=True)
    (source / "a.bin").write_bytes(bytes(range(256)) * 20)  # every byte, control characters too
    (source / "sub" / "b.py").write_text("print('b runs')\n")
    board.mpremote("cp", "-r", str(source), ":")
    assert (board.flash / "source" / "a.bin").read_bytes() == bytes(range(256)) * 20
    assert "5120 a.bin" in board.mpremote("ls", ":source")
    board.mpremote("cp", ":source/a.bin", str(tmp_path / "back.bin"))
    assert (tmp_path / "back.bin").read_bytes() == bytes(range(256)) * 20
    assert board.mpremote("run", str(source / "sub" / "b.py")) == "b runs\n"
    board.mpremote("rm", "-r", ":source")
    assert os.listdir(board.flash) == []


def test_mpremote_mounts_a_folder_of_the_computer(board, tmp_path):
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "fromhost.py").write_text("print('came from the computer')\n")
    printed = board.mpremote("mount", str(tmp_path / "shared"), "exec", "import fromhost")
    assert "came from the computer" in printed


def test_modules_are_found_where_a_board_finds_them(board):
    (board.flash / "lib").mkdir()
    (board.flash / "lib" / "inlib.py").write_text("where = __file__\n")
    (board.flash / "atroot.py").write_text("where = __file__\n")
    printed = board.mpremote("exec", "import inlib, atroot; print(inlib.where, atroot.where)")
    assert printed == f"{board.flash}/lib/inlib.py atroot.py\n"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_ending_the_board_leaves_no_process_behind(board, terminal, how):
    wait_for(terminal, b">>> ")
    terminal.write(b"while True: pass\r\r\r\r")
    wait_for(terminal, b"... ")
    assert board.end(how) == []


def test_output_that_nobody_reads_does_not_stop_the_board(board):
    main = "for i in range(20000): print('nobody reads this')\nopen('done', 'w').close()"
    with serial.Serial(board.port, timeout=0.1) as line:
        soft_reset(board, line, main=main)
    deadline = time.monotonic() + WAIT_S
    while not (board.flash / "done").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_life_that_a_signal_ends_before_it_began_is_no_missing_interpreter(
    tmp_path, monkeypatch
):
    """A hang-up amid the start looked like an interpreter that cannot be run: the board ended."""

    def interrupted(_fd):
        raise SystemExit

    monkeypatch.setattr(pty, "board_terminal", interrupted)
    life = pty.Life(pty.command, tmp_path, False)
    while life.output() is not None:
        pass
    assert life.end() == pty.UNBORN_STATUS


def test_a_missing_interpreter_is_named(tmp_path):
    life = pty.Life(lambda _flash, _main: (["/no/such/interpreter"], {}), tmp_path, False)
    while life.output() is not None:
        pass
    assert life.end() == pty.NO_INTERPRETER_STATUS
