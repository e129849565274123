"""What `make run` shows in a terminal: whatever its height, with the line that is being typed."""

import io
import os
import pty
import select
import signal
import subprocess
import sys
import time

import pytest
from rich.console import Console

from tests.play.test_run import PATIENCE_S
from tools.micropython import ROOT
from tools.play import world
from tools.play.keys import Line
from tools.play.view import Screen, snapshot

NOW = snapshot(12.0, {"because": "following", "faults": {"mains": "no voltage"}}, None, None, 3.0)


@pytest.mark.parametrize("height", [8, 10, 12, 16, 24, 50])
def test_what_matters_is_shown_in_a_window_of_any_height(height):
    console = Console(width=80, height=height, file=io.StringIO())
    screen = Screen("http://127.0.0.1:8080/", "build/run/port")
    screen.typed = "battery 15"
    screen.say("\n".join(f"line {n} of the help" for n in range(30)))
    console.print(screen.picture(NOW, console), end="")
    lines = console.file.getvalue().splitlines()
    assert len(lines) <= max(height, 7)
    shown = "\n".join(lines)
    for words in ("Zappi reads", "following", "no voltage", "> battery 15"):
        assert words in shown
    assert ("PF" in shown) == ("loop" in shown) or height < 50


def test_a_line_is_kept_until_enter():
    lines = []
    line = Line(lines.append)
    line.feed(b"batt")
    assert (line.text, lines) == ("batt", [])
    line.feed(b"ex\x7fry\x1b[D\xc3")
    line.feed(b"\xb6\x08 15")
    line.feed(b"00\r")
    assert (line.text, lines) == ("", ["battery 1500"])
    line.feed(b"\r\nnonsense\x15auto\r" + b"x" * 500)
    assert lines == ["battery 1500", "auto"]
    assert len(line.text) == 200


def test_typed_keys_stay_in_the_picture_while_it_is_drawn_again(tmp_path):
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "tools.play.run", "--folder", str(tmp_path)]
    run = subprocess.Popen(
        [*command, "--http-port", str(world.free_port("tcp"))],
        cwd=ROOT,
        stdin=theirs,
        stdout=theirs,
        env={**os.environ, "LINES": "12", "COLUMNS": "80", "TERM": "xterm"},
    )
    seen = b""

    def until(words, times=1):
        nonlocal seen
        end_s = time.monotonic() + PATIENCE_S
        while seen.count(words) < times:
            assert time.monotonic() < end_s, seen[-3000:]
            if select.select([ours], [], [], 0.2)[0]:
                seen += os.read(ours, 65536)

    try:
        until(b"commanded")
        os.write(ours, b"battery 12")
        until(b"> battery 12", 4)  # of which at least two come with a second's new numbers
        os.write(ours, b"34\r")
        until(b"+1234 W")
    finally:
        run.send_signal(signal.SIGINT)
        while run.poll() is None:
            if select.select([ours], [], [], 0.1)[0]:
                os.read(ours, 65536)
        os.close(ours)
        os.close(theirs)
