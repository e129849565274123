"""A virtual board's serial port: a PTY with MicroPython behind it, as mpremote expects a board.

    python -m tools.board.pty [--flash DIR] [--link PATH]

The flash is a folder. A soft reset (Ctrl-D) or machine.reset() starts the interpreter anew, which
runs boot.py and then main.py; in the raw REPL only boot.py, as a real board does. The port stays.
"""

import argparse
import fcntl
import json
import os
import pty
import re
import selectors
import signal
import struct
import sys
import termios
import time
import tty
from collections.abc import Callable, Sequence
from pathlib import Path

from tools.micropython import ROOT, interpreter

STAND_INS = (ROOT / "tools" / "board" / "board_modules", ROOT / "tools" / "virtual")
START = ROOT / "tools" / "board" / "board_start.py"
RESET_STATUS = 77  # the interpreter's exit status (or SIGUSR1) when machine.reset() was called
NO_INTERPRETER_STATUS = 127
UNBORN_STATUS = 126  # it ended before it began, by a signal, say: the next one may fare better
HEAP = "BATTERY_CT_HEAP"  # of the interpreter, as its option has it: 8m is a board with PSRAM
INTERRUPT = "BATTERY_CT_INTERRUPT"  # tells tools/virtual/world.py where Ctrl-C arrives
PATIENCE_S = 2  # what never waits is interrupted wherever it is
UNREAD_BYTES = 16384  # what is kept for a reader that comes late
RAW_REPL = b"raw REPL; CTRL-B to exit"

Command = Callable[[Path, bool], tuple[Sequence[str], dict[str, str]]]


def command(flash: Path, run_main: bool) -> tuple[Sequence[str], dict[str, str]]:
    """The interpreter's arguments and environment for one life of the board."""
    argv = [interpreter(), "-X", f"heapsize={os.environ.get(HEAP, '2m')}", "-i", str(START)]
    if not run_main:
        argv.append("boot-only")
    # As on a board: the current directory (an empty name), what is frozen in, then lib.
    path = ":".join([*map(str, STAND_INS), "", ".frozen", str(flash / "lib")])
    return argv, {**os.environ, "MICROPYPATH": path, "HOME": str(flash.parent)}


class Port:
    """The end of the serial line that a person or mpremote opens: the slave of a PTY."""

    def __init__(self, link: Path | None = None) -> None:
        self.fd, self._slave = pty.openpty()
        tty.setraw(
            self._slave
        )  # nothing is echoed or translated before a client sets its own modes
        os.set_blocking(self.fd, False)
        self.path = os.ttyname(self._slave)
        self._link = link
        self._unsent = b""
        if link:
            link.parent.mkdir(parents=True, exist_ok=True)
            link.unlink(missing_ok=True)
            link.symlink_to(self.path)

    def send(self, data: bytes = b"") -> None:
        """Pass output on as far as somebody reads; what nobody reads is lost, the oldest first."""
        self._unsent = (self._unsent + data)[-UNREAD_BYTES:]
        try:
            self._unsent = self._unsent[os.write(self.fd, self._unsent) :]
        except BlockingIOError:
            pass  # the line is full; the next call tries again

    def close(self) -> None:
        """Take the port away."""
        os.close(self.fd)
        os.close(self._slave)
        if self._link:
            self._link.unlink(missing_ok=True)


class Life:
    """One life of the interpreter, from a reset to the next, on a terminal of its own.

    A board hears Ctrl-C between two steps of Python. The computer's interpreter is struck wherever
    it is, by a signal, and if that is amid a collection, its heap stays locked for ever. So Ctrl-C
    goes through a pipe at which the stand-ins look whenever the board waits; only a program that
    does not wait is sent the signal, by its terminal.
    """

    def __init__(self, make_command: Command, flash: Path, raw: bool) -> None:
        self.raw = raw  # which REPL a client has chosen; survives a soft reset
        self._leaving_raw = False
        self._held = b"" if raw else None  # output until the raw REPL is entered again
        self._last = b""
        self._later = b""  # typed after a Ctrl-C that has not been heard yet
        self._patience_until: float | None = None
        self._bell = os.pipe()
        os.set_blocking(self._bell[0], False)  # the board may be faster than we
        argv, env = make_command(flash, not raw)
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            status = UNBORN_STATUS
            try:
                os.chdir(flash)
                board_terminal(0)
                os.set_inheritable(self._bell[0], True)
                os.execvpe(argv[0], list(argv), {**env, INTERRUPT: str(self._bell[0])})
            except OSError:
                status = NO_INTERPRETER_STATUS
            finally:
                os._exit(status)

    def type(self, data: bytes) -> None:
        """Hand over what a client sent."""
        self._leaving_raw = self._leaving_raw or b"\x02" in data
        self._later += data
        self.pass_on()

    def pass_on(self) -> None:
        """Hand over what was typed, as far as the Ctrl-C before it has been heard."""
        if self._patience_until is not None and not self._heard():
            return
        while self._later:
            before, ctrl_c, after = self._later.partition(b"\x03")
            self._write(before)
            self._later = after
            if ctrl_c and self._interrupts():
                os.write(self._bell[1], ctrl_c)
                self._patience_until = time.monotonic() + PATIENCE_S
                return
            self._write(ctrl_c)

    def _heard(self) -> bool:
        """Whether the Ctrl-C on its way has arrived, by force if need be."""
        assert self._patience_until is not None
        waiting = fcntl.ioctl(self._bell[0], termios.FIONREAD, bytes(4))
        if struct.unpack("i", waiting)[0]:
            if self._interrupts() and time.monotonic() < self._patience_until:
                return False
            try:
                os.read(self._bell[0], 1)
            except BlockingIOError:  # heard just now
                pass
            else:
                self._write(b"\x03")
        self._patience_until = None
        return True

    def _interrupts(self) -> bool:
        """Whether Ctrl-C is an interrupt just now, or a byte that the REPL reads."""
        return bool(termios.tcgetattr(self.fd)[3] & termios.ISIG)

    def _write(self, data: bytes) -> None:
        while data:
            data = data[os.write(self.fd, data) :]

    def output(self) -> bytes | None:
        """What it printed since the last call, as a board would; None when it has ended."""
        try:
            data = os.read(self.fd, 4096)
        except OSError:  # Linux says so instead of an end of file
            return None
        if not data:
            return None
        if self._held is not None:
            return self._back_to_raw(data)
        self._follow_mode(data)
        return data if self.raw else self._with_returns(data)

    def _back_to_raw(self, data: bytes) -> bytes:
        """Enter the raw REPL before a client sees the friendly one."""
        assert self._held is not None
        self._held += data
        if not self._held.endswith(b">>> "):
            return b""
        shown = self._held[: self._held.rindex(b"MicroPython ")]
        self._held = None
        self.type(b"\x01")
        return shown

    def _follow_mode(self, data: bytes) -> None:
        """Note which REPL is on, from the words that each greets with."""
        recent = self._last + data
        self._last = recent[-len(RAW_REPL) :]
        if RAW_REPL in recent:
            self.raw, self._leaving_raw = True, False
        if self._leaving_raw and b">>> " in recent:
            self.raw = self._leaving_raw = False

    def _with_returns(self, data: bytes) -> bytes:
        """Lines end in CR LF, as a board prints them."""
        return re.sub(rb"(?<!\r)\n", b"\r\n", data)

    def end(self) -> int:
        """Reap it, by force if it still runs; its exit status (negative: the signal)."""
        os.close(self.fd)  # a hang-up, which ends it at once
        for end in self._bell:
            os.close(end)
        for _ in range(100):
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.01)
        os.kill(self.pid, signal.SIGKILL)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def board_terminal(fd: int) -> None:
    """Let all bytes through untouched, except that Ctrl-C interrupts."""
    modes = termios.tcgetattr(fd)
    modes[0] &= ~(termios.ICRNL | termios.INLCR | termios.IXON | termios.ISTRIP)
    modes[1] &= ~termios.OPOST
    modes[3] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN)
    for key in (termios.VQUIT, termios.VSUSP):
        modes[6][key] = os.fpathconf(fd, "PC_VDISABLE").to_bytes(1, "little")
    termios.tcsetattr(fd, termios.TCSANOW, modes)


def serve(
    flash: Path, port: Port, make_command: Command = command, parent: int | None = None
) -> None:
    """Be a board until SystemExit ; RuntimeError when there is no interpreter."""
    raw = False
    while True:
        life = Life(make_command, flash, raw)
        status = None
        try:
            bridge(life, port, parent)
        finally:
            status = life.end()
        if status == NO_INTERPRETER_STATUS:
            raise RuntimeError(f"{make_command(flash, True)[0][0]} cannot be run")
        if status == UNBORN_STATUS:
            time.sleep(0.1)
        reset = status in (RESET_STATUS, -signal.SIGUSR1)
        if status < 0 and not reset:
            print(
                f"board: MicroPython died of signal {-status}; reset", file=sys.stderr, flush=True
            )
        hard = reset or status < 0
        raw = life.raw and not hard
        if not reset:
            note_reset(2 if hard else 5)
        if not hard:
            port.send(b"MPY: soft reboot\r\n")


def bridge(life: Life, port: Port, parent: int | None = None) -> None:
    """Carry bytes both ways until the interpreter ends; SystemExit when `parent` has gone."""
    with selectors.DefaultSelector() as ready:
        ready.register(life.fd, selectors.EVENT_READ)
        ready.register(port.fd, selectors.EVENT_READ)
        while True:
            if parent and os.getppid() != parent:
                raise SystemExit
            for key, _ in ready.select(timeout=0.05):
                if key.fd == port.fd:
                    life.type(os.read(port.fd, 1024))
                    continue
                data = life.output()
                if data is None:
                    return
                port.send(data)
            port.send()
            life.pass_on()


def note_reset(cause: int) -> None:
    """Tell the next life what began it, in the numbers of `machine`: 2 a panic, 5 a soft reset."""
    world = os.environ.get("BATTERY_CT_WORLD")
    path = json.loads(Path(world).read_text()).get("reset_file") if world else None
    if path:
        Path(path).write_text(str(cause))


def remember_resets(folder: Path) -> None:
    """Unless somebody has made a world for this board: one whose RTC memory survives a reset."""
    if "BATTERY_CT_WORLD" not in os.environ:
        kept = {"rtc_file": str(folder / "rtc.bin"), "reset_file": str(folder / "reset_cause")}
        for name in kept.values():  # a power-on
            Path(name).unlink(missing_ok=True)
        (folder / "world.json").write_text(json.dumps({"paced": True, **kept}))
        os.environ["BATTERY_CT_WORLD"] = str(folder / "world.json")


def end_on_signals() -> None:
    """Turn the ways of being ended into SystemExit, so that nothing is left behind."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(0))


def main() -> None:
    """Serve one virtual board; prints its port."""
    parser = argparse.ArgumentParser(description="a virtual board's serial port")
    parser.add_argument("--flash", type=Path, default=ROOT / "build" / "board" / "flash")
    parser.add_argument("--link", type=Path, default=ROOT / "build" / "board" / "port")
    parser.add_argument("--parent", type=int, help="end when this process has ended")
    options = parser.parse_args()
    options.flash.mkdir(parents=True, exist_ok=True)
    end_on_signals()
    port = Port(options.link.absolute())
    try:
        print(f"board: {port.path} (also {options.link}), flash in {options.flash}", flush=True)
        remember_resets(options.flash.resolve().parent)
        serve(options.flash.resolve(), port, parent=options.parent)
    except RuntimeError as why:
        sys.exit(f"board: {why}")
    finally:
        port.close()


if __name__ == "__main__":
    main()
