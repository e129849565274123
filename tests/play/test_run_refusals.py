"""What `make run` can't do is said in one line, and one run leaves another alone."""

import os
import shlex
import signal
import socket
import subprocess
import sys
import time

import psutil
import pytest

from tests.play.test_run import PATIENCE_S, Running
from tools.micropython import ROOT


def refused(*options):
    """The last line that a run prints which does not begin."""
    done = subprocess.run(
        [sys.executable, "-m", "tools.play.run", *options],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    return done.stderr.strip().splitlines()[-1]


def test_a_port_in_use_is_said_with_a_way_out(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        words = refused("--folder", str(tmp_path), "--http-port", str(port))
    assert f"make run HTTP_PORT={port + 1}" in words


def test_a_port_that_cannot_be(tmp_path):
    for port in ("70000", "0", "-1", "http"):
        assert "a port is 1 to 65535" in refused("--folder", str(tmp_path), "--http-port", port)


def test_a_line_that_is_not_there(tmp_path):
    words = refused("--folder", str(tmp_path), "--rs485", "/nonexistent")
    assert words == "make run: RS485=/nonexistent: no such file or directory"
    words = refused("--folder", str(tmp_path), "--rs485", str(ROOT / "README.md"))
    assert words.endswith("README.md is no serial device")


def test_without_python_make_says_what_to_install():
    done = subprocess.run(
        ["make", "-C", str(ROOT), "setup", "PYTHON=python-of-nobody"],
        capture_output=True, text=True, timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "no python-of-nobody here; install Python 3.10 or newer" in done.stdout


@pytest.mark.parametrize(
    ("target", "given"),
    [
        ("run", ("RS485", "SCENARIO", "HTTP_PORT")),
        ("sim", ("SCENARIO", "OUT")),
        ("board", ("FLASH", "LINK")),
        ("flash", ("PORT",)),
        ("chaos", ("SEEDS", "FIRST")),
    ],
)
def test_a_blank_in_what_make_is_given_divides_nothing(target, given):
    words = [f"{name}=/home/a person/{name.lower()}" for name in given]
    done = subprocess.run(
        ["make", "-C", str(ROOT), "-n", target, *words],
        capture_output=True, text=True, timeout=PATIENCE_S, check=True,
    )  # fmt: skip
    assert {word.split("=", 1)[1] for word in words} <= set(shlex.split(done.stdout))


@pytest.fixture
def running(tmp_path):
    run = Running(tmp_path)
    run.until(lambda now: True)
    yield run
    if run.process.poll() is None:
        run.interrupt()


def test_a_device_in_safe_mode_is_no_riddle(tmp_path):
    (tmp_path / "flash").mkdir()
    (tmp_path / "flash" / "pins.json").write_text('{"board": "none that is known"}')
    run = Running(tmp_path)
    try:
        now = run.until(lambda now: now["because"])
        assert now["because"].endswith("safe mode? Its page and its console say why")
        assert now["commanded_w"] is None and now["locked"] is None
    finally:
        run.interrupt()


def test_a_second_run_in_the_same_folder_leaves_the_first_alone(running):
    words = refused("--folder", str(running.folder), "--http-port", str(running.http_port + 1))
    assert "another make run lives in" in words
    running.until(lambda now: now["locked"])


def test_a_run_that_is_killed_leaves_nobody_behind(running):
    family = psutil.Process(running.process.pid).children(recursive=True)
    assert family
    os.kill(running.process.pid, signal.SIGKILL)
    running.process.wait()
    running.process.stdout.close()
    running.process.stdin.close()
    assert psutil.wait_procs(family, timeout=PATIENCE_S)[1] == []


def test_a_scenarios_settings_end_with_it(tmp_path):
    plan = tmp_path / "with a space.toml"
    plan.write_text("[settings]\nlimit_w = 1234\n")
    for options, limit_w in ((("--scenario", str(plan)), 1234), ((), 10000)):
        run = Running(tmp_path, *options)
        try:
            run.until(lambda now: now["locked"])
            end_s = time.monotonic() + PATIENCE_S
            status = b""
            while b'"limit_w":%d' % limit_w not in status.replace(b" ", b""):
                assert time.monotonic() < end_s, status
                status = run.ask("/api/status")
        finally:
            run.interrupt()
