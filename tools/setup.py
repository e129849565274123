"""Set up all that the other make targets need, in build/; quick when nothing changed.

Run by the machine's own Python, any Python 3: one that is too old is told so instead of stumbling
over syntax. Makes build/venv (from requirements.txt), build/types (requirements-types.txt) and
build/device (tools/board/fetch.py). Each has a stamp with the hash of what it was made from; when
that does not match it is made anew.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys

OLDEST = (3, 10)
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(ROOT, "build")
VENV = os.path.join(BUILD, "venv")
TYPES = os.path.join(BUILD, "types")
PIP_OPTIONS = ["--disable-pip-version-check", "-qq", "--progress-bar=off"]


def fail(words):
    """End with what went wrong and what to do about it."""
    sys.exit("setup: " + words)


def good_python():
    """The command of a Python that is new enough: this one, else one further along PATH."""
    if sys.version_info >= OLDEST:
        return sys.executable
    for minor in range(20, OLDEST[1] - 1, -1):
        found = shutil.which("python3.%d" % minor)
        if found and subprocess.call([found, "-c", ""], stderr=subprocess.DEVNULL) == 0:
            return found
    fail(
        "this needs Python %d.%d or newer, and %s is %d.%d. Install a newer one,"
        " or name it: make PYTHON=/path/to/python3"
        % (OLDEST + (sys.executable,) + tuple(sys.version_info[:2]))
    )


def digest(*parts):
    """One hash for texts and the contents of files (named by their absolute path)."""
    sha = hashlib.sha256()
    for part in parts:
        if os.path.isabs(part) and os.path.isfile(part):
            with open(part, "rb") as file:
                sha.update(file.read())
        sha.update(part.encode() + b"\0")
    return sha.hexdigest()


def is_stamped(folder, key):
    """Whether the folder was made, completely, from what the key stands for."""
    try:
        with open(os.path.join(folder, ".made-from")) as file:
            return file.read() == key
    except OSError:
        return False


def stamp(folder, key):
    """Say in the folder what it was made from."""
    with open(os.path.join(folder, ".made-from"), "w") as file:
        file.write(key)


def run(command, hint):
    """Run a command, its output shown; a failure ends the set-up with the hint."""
    if subprocess.call(command, cwd=ROOT) != 0:
        fail("%s\n  failed: %s" % (hint, " ".join(command)))


def make_venv(python, key):
    """Put a fresh virtual environment with the pinned packages into build/venv."""
    print("setup: virtual environment in build/venv …", flush=True)
    run(
        [python, "-m", "venv", "--clear", VENV],
        "no virtual environment could be made; on Debian or Ubuntu: apt install python3-venv",
    )
    print(
        "setup: about 40 packages from requirements.txt (a minute on a usual line) …", flush=True
    )
    pip_install(["--requirement", "requirements.txt"])
    stamp(VENV, key)


def make_types(key):
    """Put the type stubs of the board's modules into build/types, out of the host tools' sight."""
    print("setup: types of the board's modules in build/types …", flush=True)
    shutil.rmtree(TYPES, ignore_errors=True)
    pip_install(["--no-deps", "--target", TYPES, "--requirement", "requirements-types.txt"])
    loosen_pointers(os.path.join(TYPES, "stdlib", "builtins.pyi"))
    stamp(TYPES, key)


def loosen_pointers(path):
    """Let viper's ptr8, ptr16 and ptr32 take any buffer, as on the board."""
    with open(path) as file:
        text = file.read()
    text = re.sub(r"^class (ptr\d+)\(ptr\):", r"class _\1(ptr):", text, flags=re.MULTILINE)
    with open(path, "w") as file:
        file.write(text + "\nptr8 = Any\nptr16 = Any\nptr32 = Any\n")


def pip_install(arguments):
    """Install with the virtual environment's own pip."""
    run(
        [os.path.join(VENV, "bin", "python"), "-m", "pip", "install"] + PIP_OPTIONS + arguments,
        "packages could not be installed (the reason is above). Without a network nothing can be"
        " fetched; run make setup again when it is back.",
    )


def main():
    """Bring build/ up to date; one set-up at a time, the others wait."""
    python = good_python()
    os.makedirs(BUILD, exist_ok=True)
    with open(os.path.join(BUILD, ".setup-lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        venv_key = digest(os.path.join(ROOT, "requirements.txt"), VENV)
        if not is_stamped(VENV, venv_key):
            make_venv(python, venv_key)
        types_key = digest(os.path.join(ROOT, "requirements-types.txt"), "loose pointers")
        if not is_stamped(TYPES, types_key):
            make_types(types_key)
        fetch = [os.path.join(VENV, "bin", "python"), "-m", "tools.board.fetch"]
        device_key = digest(os.path.join(ROOT, "tools", "board", "fetch.py"))
        device = os.path.join(BUILD, "device")
        if not is_stamped(device, device_key):
            run(fetch, "the device packages could not be fetched")
            stamp(device, device_key)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        fail("interrupted; run it again")
