"""The real firmware and the fake inverter at a desk, over a PTY, in real time: it misbehaves."""

import json
import subprocess
import sys
import time
import urllib.error

import pytest

from tests.play.test_run import PATIENCE_S, Running
from tools.micropython import ROOT


class Desk:
    """`python -m tools.fake_inverter` on one end, the virtual board on the other."""

    def __init__(self, folder, *more):
        self._command = [sys.executable, "-m", "tools.fake_inverter", "--port", "pty", *more]
        self._adapter = folder / "adapter"
        self._plug_in()
        self.board = Running(folder, "--rs485", str(self._adapter))

    def _plug_in(self):
        self.fake = subprocess.Popen(
            self._command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.fake.stdout.readline()
        self._adapter.symlink_to(self.fake.stdout.readline().strip())

    def replug(self):
        """Take the adapter out, and after a while put it back in."""
        self.fake.terminate()
        self.fake.communicate()
        self._adapter.unlink()
        time.sleep(3)
        self._plug_in()

    def change_over(self):
        """Let the link name another adapter while the old one stays in; the old inverter."""
        old = self.fake
        self._adapter.unlink()
        self._plug_in()
        return old

    def type(self, *lines):
        """Steer the fake inverter."""
        self.fake.stdin.write("".join(line + "\n" for line in lines))
        self.fake.stdin.flush()

    def inverter(self, wanted, within_s=PATIENCE_S):
        """The inverter part of the device's own status as soon as `wanted` holds for it."""
        end_s = time.monotonic() + within_s
        while True:
            status = json.loads(self.ask("/api/status"))["inverter"]
            if wanted(status):
                return status
            assert time.monotonic() < end_s, status
            time.sleep(0.5)

    def ask(self, path, body=None):
        """The device's page; it comes up a moment after the first reading."""
        end_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < end_s:
            try:
                return self.board.ask(path, body)
            except urllib.error.URLError as why:
                if not isinstance(why.reason, ConnectionRefusedError):
                    raise
                time.sleep(0.5)
        raise AssertionError("no page")

    def close(self):
        self.board.interrupt()
        self.fake.terminate()
        self.fake.communicate()


def test_only_a_terminal_gets_modbus_frames(tmp_path):
    file = tmp_path / "letter.txt"
    file.write_text("dear reader")
    no_file, no_line = (tmp_path / "none", "no such file"), ("/dev/null", "no serial device")
    for path, words in ((file, "no serial device"), no_file, no_line):
        done = subprocess.run(
            [sys.executable, "-m", "tools.play.run", "--rs485", str(path), "--http-port", "18099"],
            cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S, check=False,
        )  # fmt: skip
        assert done.returncode != 0 and words in done.stderr + done.stdout
    assert file.read_text() == "dear reader"


def test_a_replugged_adapter_is_opened_again(tmp_path):
    made = Desk(tmp_path)
    try:
        made.type("battery 800")
        made.inverter(lambda status: status["battery_w"] == 800)
        made.replug()
        made.type("battery -600")
        made.inverter(lambda status: status["battery_w"] == -600 and not status["problem"])
    finally:
        made.close()


def test_a_link_that_names_another_adapter_is_followed_while_the_old_one_stays_in(tmp_path):
    made = Desk(tmp_path)
    old = None
    try:
        made.type("battery 800")
        made.inverter(lambda status: status["battery_w"] == 800)
        old = made.change_over()
        made.type("battery -600")
        made.inverter(lambda status: status["battery_w"] == -600 and not status["problem"])
    finally:
        made.close()
        if old:
            old.terminate()
            old.communicate()


@pytest.fixture
def desk(tmp_path):
    made = Desk(tmp_path)
    made.board.until(lambda now: now["reading_w"] is not None)
    yield made
    made.close()


def test_echo_noise_and_damage_never_change_a_number(desk):
    desk.type("battery -1234", "echo on", "noise 40", "corrupt 10")
    status = desk.inverter(lambda status: status["battery_w"] == -1234 and status["echo"])
    good = status["good"]
    looks = []
    while len(looks) < 20 or looks[-1] < good + 4:
        status = desk.inverter(lambda _: len(looks) < 240)
        assert status["battery_w"] == -1234
        looks.append(status["good"])
        time.sleep(0.5)


def test_refusals_silence_and_strangers_are_named_and_over_at_once(desk):
    desk.type("battery 800", "exception 4")
    desk.inverter(lambda status: "server device failure" in status["problem"])
    desk.type("exception 0", "wrongunit on")
    desk.inverter(lambda status: status["problem"].startswith("another unit"))
    desk.type("wrongunit off")
    desk.inverter(
        lambda now: (now["problem"], now["battery_w"], now["backoff_ms"]) == ("", 800, 0)
    )


def test_a_direction_nobody_tells_is_asked_and_the_answer_used(desk):
    desk.type("generation dead_flags", "balance off", "battery -900")
    desk.inverter(lambda status: status["question"])
    desk.ask("/api/direction", {"charging": True})
    status = desk.inverter(lambda status: status["battery_w"] == -900)
    assert status["way_by"] == "your answer" and not status["question"]


def test_the_search_finds_the_inverter_of_another_make(tmp_path):
    made = Desk(tmp_path, "--profile", "alphaess_smile")
    try:
        made.type("battery -1500")
        made.board.until(lambda now: True)
        end_s = time.monotonic() + 5 * PATIENCE_S
        found = {"state": "nothing"}  # also where a busy computer let the fake answer too late
        while found["state"] != "found":
            assert time.monotonic() < end_s, found
            if found["state"] == "nothing":
                made.ask("/api/scan", {})
            time.sleep(1)
            found = json.loads(made.ask("/api/scan"))
        assert found["found"] == [9600, "N", 1, 85]
        assert found["proposals"][0]["profile"] == "alphaess_smile"
        made.ask("/api/scan", {"use": "alphaess_smile"})
        made.inverter(lambda status: status["battery_w"] == -1500)
    finally:
        made.close()
