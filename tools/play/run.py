"""The virtual board alive: real firmware, fake inverter, mains, analog stage, Zappi, in real time.

    make run [RS485=/dev/ttyUSB0] [SCENARIO=file.toml] [HTTP_PORT=8080] [MICROPYTHON=path]

Opens the device's page on the loopback and its console on a port for `mpremote`. In a terminal it
shows the chain and obeys typed lines (`help` lists them); otherwise it prints one JSON line per
second. Ctrl-C ends everything.
"""

import argparse
import asyncio
import contextlib
import json
import logging
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil
from pymodbus import pymodbus_apply_logging_config

from tools.board import pty
from tools.fake_inverter import day, steering
from tools.fake_inverter.ptypair import PtyPair
from tools.fake_inverter.server import Server
from tools.fake_inverter.slave import Slave
from tools.micropython import DEVICE, ROOT
from tools.plant import scenario
from tools.play import keys, view, world
from tools.play.live import RING_WORDS, Plant
from tools.play.preflight import RunError, check_line, check_port, port_number, take

DAY_S = 900.0  # a day of the fake inverter: slow enough to read, fast enough to watch
FOLDER = ROOT / "build" / "run"
PACKAGES = ("umodbus", "chumicro_mqtt")
QUIET_S = 20  # longer than any start, even of a busy computer
QUIET = "the device gives no status: is it in safe mode? Its page and its console say why"


def arguments(argv=None):
    """The command line."""
    parser = argparse.ArgumentParser(prog="make run", description=__doc__.split("\n")[0])
    parser.add_argument("--rs485", help="serial device or PTY instead of the fake inverter")
    parser.add_argument("--scenario", help="TOML file (docs/scenario.md) instead of a quiet grid")
    parser.add_argument("--http-port", type=port_number, default=8080)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="flash and port of the board")
    return parser.parse_args(argv)


def lay_out_flash(flash):
    """The board's flash as links to the sources: what is edited runs at the next reset."""
    (flash / "lib").mkdir(parents=True, exist_ok=True)
    wanted = {flash / name: ROOT / name for name in ("boot.py", "main.py", "firmware")}
    for module in (ROOT / "lib").glob("*.py"):
        wanted[flash / "lib" / module.name] = module
    for package in PACKAGES:
        wanted[flash / "lib" / package] = DEVICE / package
    for link, target in wanted.items():
        if link.is_symlink() or link.exists():
            link.unlink()
        link.symlink_to(target)


class Inverter:
    """What is on the RS485 line: the fake inverter on a PTY, or whatever device a person named."""

    def __init__(self, plan, from_file, device):
        self._pair = self._server = None
        self.tty = device
        if device:
            return
        script = plan.inverter if from_file else None
        slave = Slave(plan.inverter.profile, generation=plan.inverter.generation)
        follow = day.Scripted(script) if script else day.Day(DAY_S)
        steered = steering.Steering(slave, follow)
        if script:
            steered.delay_ms, steered.silences = script.delay_ms, script.silent
            for name in ("corrupt", "lost", "late"):
                setattr(steered, name, 100 * getattr(script.errors, name))
        pymodbus_apply_logging_config(logging.CRITICAL)
        self._pair = PtyPair()
        self.tty = self._pair.far
        self._server = Server(self._pair.near, slave, steered)

    async def start(self):
        """Begin to answer."""
        if self._server:
            await self._server.start()

    async def stop(self):
        """Leave the line."""
        if self._server:
            await self._server.stop()
            self._pair.close()

    def status(self):
        """What is served now; None when the line is not ours."""
        return self._server.status() if self._server else None

    def obey(self, line):
        """Carry out a typed line; what to say to it."""
        if not self._server:
            return "the line is a real device; nothing to steer"
        if line == "help":
            return steering.__doc__.split("\n\n", 1)[1]
        try:
            return self._server.steering.obey(line, self._server.t_s)
        except steering.SteeringError as why:
            return str(why)


class VirtualBoard:
    """The process of the virtual board and what can be asked of it."""

    def __init__(self, plan, plant, tty, options):
        self.port = options.folder / "port"
        self._url = f"http://127.0.0.1:{options.http_port}/api/status"
        # A person's settings stay from run to run, those of a scenario end with it.
        flash = options.folder / ("flash-scenario" if options.scenario else "flash")
        if options.scenario:
            shutil.rmtree(flash, ignore_errors=True)
        lay_out_flash(flash)
        if not (flash / "settings.json").exists():
            world.write_settings(flash, world.settings_of(plan))
        config = world.of_scenario(plan)
        config.update(
            paced=True,
            mains_file=str(plant.ring),
            mains_ring_words=RING_WORDS,
            i2s_file=str(plant.pipe),
            rtc_file=str(options.folder / "rtc.bin"),
            reset_file=str(options.folder / "reset_cause"),
            ports={"80": options.http_port, "53": world.free_port("udp")},
            uart={"tty": tty, "bsd": sys.platform == "darwin"},
            home=world.HOME,
        )
        for name in ("rtc.bin", "reset_cause"):
            (options.folder / name).unlink(missing_ok=True)
        config_file = options.folder / "world.json"
        config_file.write_text(json.dumps(config))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tools.board.pty", "--flash", flash, "--link", self.port]
            + ["--parent", str(os.getpid())],
            cwd=ROOT,
            env={**os.environ, "BATTERY_CT_WORLD": str(config_file), pty.HEAP: world.HEAP},
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C reaches us first; we end it in our own order
        )
        self._load = {}

    @property
    def alive(self):
        """Whether its process runs."""
        return self._process.poll() is None

    def stop(self):
        """End it and what it started."""
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def status(self):
        """The device's own status from its page; None while it does not answer."""
        try:
            with urllib.request.urlopen(self._url, timeout=2) as answer:
                return json.load(answer)
        except (OSError, ValueError, urllib.error.URLError):
            return None

    def load_pct(self):
        """Share of one core that the interpreter takes, percent."""
        try:
            family = psutil.Process(self._process.pid).children()
        except psutil.NoSuchProcess:
            return 0.0
        total = 0.0
        for child in family:
            known = self._load.setdefault(child.pid, child)
            with contextlib.suppress(psutil.NoSuchProcess):
                total += known.cpu_percent()
        return total


async def show(board, plant, inverter, screen):
    """Once a second: one line of JSON, or the picture of the chain."""
    begun = answered = time.monotonic()
    while board.alive:
        status = await asyncio.to_thread(board.status)
        t_s = time.monotonic()
        answered = t_s if status else answered
        if t_s - answered > QUIET_S:
            status = {"because": QUIET}
        screen.show(
            view.snapshot(t_s - begun, status, plant.zappi, inverter.status(), board.load_pct())
        )
        await asyncio.sleep(1)
    raise RunError("the virtual board ended; run it again, its console tells why")


async def type_console(plan, port):
    """Type the scenario's console lines into the board's port at their times."""
    begun = time.monotonic()
    for one in plan.console:
        await asyncio.sleep(max(0.0, one.at_s - (time.monotonic() - begun)))
        with open(port, "wb", buffering=0) as line:
            line.write(one.line.encode() + b"\r")


def can_be_typed_at(stream):
    """Whether lines may arrive there: a terminal or a pipe, not a file or nothing."""
    try:
        mode = os.fstat(stream.fileno()).st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or stream.isatty()


async def obey_typed(inverter, screen, stop):
    """Carry out the lines that a person types."""
    if not can_be_typed_at(sys.stdin):
        return
    loop = asyncio.get_running_loop()

    def obey(line):
        if line in ("quit", "exit"):
            stop.set()
        else:
            screen.say(inverter.obey(line))

    if sys.stdin.isatty() and sys.stdout.isatty():
        line, fd = keys.Line(obey), sys.stdin.fileno()

        def press():
            line.feed(keys.read(fd))
            screen.typed = line.text
            screen.redraw()

        with keys.unechoed(fd):
            loop.add_reader(fd, press)
            try:
                await stop.wait()
            finally:
                loop.remove_reader(fd)
        return
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while typed := await reader.readline():
        line = typed.decode(errors="replace").strip()
        if line:
            obey(line)


async def run(options):
    """Everything at once until Ctrl-C, `quit`, or the end of the board."""
    plan = scenario.load(options.scenario) if options.scenario else scenario.parse("")
    steering.check_lines(plan.inverter.lines)
    check_port(options.http_port)
    check_line(options.rs485)
    held = take(options.folder)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    plant = Plant(plan, options.folder)
    inverter = Inverter(plan, bool(options.scenario), options.rs485)
    board = tasks = None
    screen = view.Screen(f"http://127.0.0.1:{options.http_port}/", options.folder / "port")
    try:
        await inverter.start()
        plant.start()
        board = VirtualBoard(plan, plant, inverter.tty, options)
        tasks = [
            asyncio.create_task(show(board, plant, inverter, screen)),
            asyncio.create_task(stop.wait()),
            asyncio.create_task(type_console(plan, board.port)),
            asyncio.create_task(obey_typed(inverter, screen, stop)),
        ]
        done, _ = await asyncio.wait(tasks[:2], return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        screen.close()
        for task in tasks or ():
            task.cancel()
        if board:
            board.stop()
        plant.stop()
        await inverter.stop()
        held.close()


def main():
    """Run from the command line."""
    if not shutil.which("stty"):
        sys.exit("make run: needs the stty command")
    try:
        asyncio.run(run(arguments()))
    except (RunError, scenario.ScenarioError, steering.SteeringError, OSError) as why:
        sys.exit(f"make run: {why}")


if __name__ == "__main__":
    main()
