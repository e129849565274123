"""A virtual board for tests: started, talked to like a person or mpremote would, and ended."""

import json
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
import serial

from tools.micropython import ROOT

WAIT_S = 120  # a busy computer is slow; what is right comes at once


class Board:
    """A running virtual board: its process, flash folder and port.

    world: config of the stand-ins (tools/play/world.py); prepare(flash): fills the flash.
    """

    def __init__(self, folder, world=None, prepare=None):
        self.flash = folder / "flash"
        self.flash.mkdir(exist_ok=True)
        self.port = str(folder / "port")
        env = dict(os.environ)
        if world is not None:
            (folder / "world.json").write_text(json.dumps(world))
            env["BATTERY_CT_WORLD"] = str(folder / "world.json")
        if prepare:
            prepare(self.flash)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tools.board.pty"]
            + ["--flash", str(self.flash), "--link", self.port],
            cwd=ROOT,
            env=env,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout.readline().startswith("board: /dev/")

    def files(self, **contents):
        """Put files on the flash: boot="print(1)" makes boot.py."""
        for name, text in contents.items():
            (self.flash / f"{name}.py").write_text(text)

    def mpremote(self, *arguments):
        """Run the real mpremote on the board; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "mpremote", "connect", self.port, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=WAIT_S,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    def end(self, how=signal.SIGTERM):
        """End it; returns the processes that it leaves behind."""
        family = psutil.Process(self.process.pid).children(recursive=True)
        self.process.send_signal(how)
        self.process.wait(WAIT_S)
        self.process.stdout.close()
        return psutil.wait_procs(family, timeout=WAIT_S)[1]


@pytest.fixture
def board(tmp_path):
    """A virtual board with an empty flash."""
    board = Board(tmp_path)
    yield board
    if board.process.poll() is None:
        assert board.end() == []


@pytest.fixture
def terminal(board):
    """A person's terminal on the board's port."""
    with serial.Serial(board.port, timeout=0.1) as line:
        line.seen = b""
        yield line


def wait_for(line, *wanted):
    """Read until all the words were seen, in this order; returns all that was read."""
    seen, rest = b"", list(wanted)
    deadline = time.monotonic() + WAIT_S
    start = 0
    while rest:
        assert time.monotonic() < deadline, f"{rest[0]!r} did not come; seen: {seen[-2000:]!r}"
        seen += line.read(max(1, line.in_waiting))
        while rest and rest[0] in seen[start:]:
            start = seen.index(rest[0], start) + len(rest[0])
            rest.pop(0)
    return seen
