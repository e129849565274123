"""`make run` as its user has it: started, looked at, steered, interrupted."""

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import psutil
import pytest

from tools.micropython import ROOT

PATIENCE_S = 120  # a busy machine is slow, not wrong


class Running:
    """The process of a run and the lines it prints."""

    def __init__(self, folder, *more):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.http_port = probe.getsockname()[1]
        command = [sys.executable, "-m", "tools.play.run", "--http-port", str(self.http_port)]
        command += ["--folder", str(folder), *more]
        self.folder = folder
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def until(self, wanted):
        """The first printed snapshot for which `wanted` holds."""
        deadline = time.monotonic() + PATIENCE_S
        for line in self.process.stdout:
            now = json.loads(line)
            if wanted(now):
                return now
            assert time.monotonic() < deadline, now
        raise AssertionError("the run ended")

    def type(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def ask(self, path, body=None):
        """GET, or POST `body` as JSON, at the device's page."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.http_port}{path}")
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            return answer.read()

    def interrupt(self):
        """Ctrl-C; returns (exit status, processes left behind)."""
        family = psutil.Process(self.process.pid).children(recursive=True)
        self.process.send_signal(signal.SIGINT)
        self.process.stdin.close()
        self.process.stdout.read()
        self.process.stdout.close()
        status = self.process.wait(PATIENCE_S)
        return status, psutil.wait_procs(family, timeout=PATIENCE_S)[1]


@pytest.fixture
def running(tmp_path):
    run = Running(tmp_path)
    yield run
    if run.process.poll() is None:
        run.interrupt()


def reads(now, watts, within):
    return now["zappi_w"] is not None and abs(now["zappi_w"] - watts) <= within


def test_the_chain_follows_a_steered_inverter_and_ends_without_a_trace(running):
    running.type("battery 2000")
    now = running.until(lambda now: reads(now, 2000, 20))
    assert now["locked"] and now["because"] == "following" and now["underruns"] == 0
    running.type("battery -1500")
    running.until(lambda now: reads(now, -1500, 15))
    page = running.ask("/")
    assert page[:2] == b"\x1f\x8b"
    running.ask("/api/hold", {"watts": 1000, "minutes": 1})
    held = running.until(lambda now: reads(now, 1000, 10))
    assert held["because"].startswith("holding 1000 W for calibration")
    status, left = running.interrupt()
    assert status == 0
    assert left == []


def test_the_console_is_a_port_for_mpremote(running):
    running.until(lambda now: now["locked"])
    command = [sys.executable, "-m", "mpremote", "connect", str(running.folder / "port"), "exec"]
    done = subprocess.run(
        [*command, "import firmware.version as v; print(v.VERSION)"],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.stdout.strip().endswith("0.1.0"), done.stdout + done.stderr


def test_a_serial_device_takes_the_place_of_the_fake_inverter(tmp_path):
    command = [sys.executable, "-m", "tools.fake_inverter", "--port", "pty", "--day", "86400"]
    fake = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    run = None
    try:
        fake.stdout.readline()
        run = Running(tmp_path, "--rs485", fake.stdout.readline().strip())
        fake.stdin.write("battery 700\n")
        fake.stdin.flush()
        now = run.until(lambda now: reads(now, 700, 7))
        assert now["reading_w"] == 700
    finally:
        if run:
            run.interrupt()
        fake.terminate()
        fake.communicate()
