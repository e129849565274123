"""`make run-picture`: what `make run` shows after ten seconds, as docs/run.svg for the README."""

import io
import json
import re
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console

from tools.play.view import Screen

FILE = Path(__file__).parents[2] / "docs" / "run.svg"
SHOWN_S = 10.0
WIDE = 82
LONGEST_LINES = 120  # then something is wrong


def taken():
    """A snapshot of the running virtual board, ten seconds after its start."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "tools.play.run", "--http-port", str(port)]
        run = subprocess.Popen(
            [*command, "--folder", folder],
            stdout=subprocess.PIPE,
            stdin=subprocess.PIPE,
            text=True,
        )
        try:
            for _, line in zip(range(LONGEST_LINES), run.stdout, strict=False):
                now = json.loads(line) if line.startswith("{") else {}
                if now.get("t_s", 0) >= SHOWN_S and now["because"] == "following":
                    return now
        finally:
            run.send_signal(signal.SIGINT)
            run.wait(20)
    sys.exit("the virtual board does not follow its inverter")


def drawn(now):
    """The terminal's picture as SVG, with fonts that every machine has."""
    screen = Screen("http://127.0.0.1:8080", "build/run/port")
    console = Console(record=True, width=WIDE, file=io.StringIO())
    console.print(screen.picture(now, console))
    plain = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    plain = re.sub(r"<!-- .*? -->\n", "", plain).replace(
        "Fira Code", "DejaVu Sans Mono, Menlo, Consolas"
    )
    return console.export_svg(title="make run", code_format=plain, unique_id="run")


if __name__ == "__main__":
    FILE.write_text(drawn(taken()))
    print(FILE)
