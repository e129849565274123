"""`make docs`: HTML of docs/ in build/html, any broken link or missing picture is an error.

Runs in the environment that tools/setup.py made; Sphinx has one of its own in build/docs, pinned
in requirements-docs.txt, for it needs nothing of ours and we nothing of it.
"""

import subprocess
import sys
from pathlib import Path

from tools.setup import digest, is_stamped, stamp

ROOT = Path(__file__).parents[1]
PINS = ROOT / "requirements-docs.txt"
HOME = ROOT / "build" / "docs"
HTML = ROOT / "build" / "html"


def environment():
    """The Python that has Sphinx, made anew when the pins have changed."""
    key = digest(str(PINS), str(HOME))
    python = HOME / "bin" / "python"
    if not is_stamped(str(HOME), key):
        print("docs: Sphinx in build/docs …", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", HOME], check=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--requirement", PINS], check=True)
        stamp(str(HOME), key)
    return python


def build():
    """Write the HTML; the exit code of Sphinx, which takes warnings as errors."""
    strict = ["--fail-on-warning", "--keep-going", "--quiet"]
    command = [environment(), "-m", "sphinx", *strict, "-b", "html", ROOT / "docs", HTML]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    code = build()
    if code == 0:
        print(HTML / "index.html")
    sys.exit(code)
