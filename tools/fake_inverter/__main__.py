"""A fake inverter on a real serial line: test the board on a desk, without an inverter.

    python -m tools.fake_inverter --port pty
    python -m tools.fake_inverter --port /dev/ttyUSB0 --profile growatt_sph_spa
    python -m tools.fake_inverter --port /dev/ttyUSB0 --scenario evening.toml --json

Type lines to steer it while it runs; `help` lists them, `quit` or Ctrl-C ends it.
"""

import argparse
import asyncio
import contextlib
import json
import logging
import signal
import sys

from pymodbus import pymodbus_apply_logging_config

from tools.fake_inverter import day, steering
from tools.fake_inverter.ptypair import PtyPair
from tools.fake_inverter.server import Server
from tools.fake_inverter.slave import Slave


def arguments(argv):
    """The command line, checked."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.fake_inverter",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", required=True, help='serial device, or "pty" to make a pair')
    parser.add_argument("--profile", help="which inverter to be (docs/inverters.md); sungrow_sh_k")
    parser.add_argument(
        "--scenario", help="TOML file with an [inverter] section; else a sunny day"
    )
    parser.add_argument("--unit", type=int, help="Modbus address; the profile's usual one")
    parser.add_argument("--baud", type=int, help="speed; the profile's usual one")
    parser.add_argument("--parity", choices="NEO", help="the profile's usual one")
    parser.add_argument("--stop-bits", type=int, choices=(1, 2), help="the profile's usual ones")
    parser.add_argument("--generation", default=None, help="magnitude, signed or dead_flags")
    parser.add_argument("--day", type=float, default=day.DAY_S, help="seconds of a sunny day")
    parser.add_argument(
        "--also", action="append", default=[], metavar="PROFILE@UNIT",
        help="another inverter, or meter@UNIT, on the same line (may be given several times)",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="one JSON status a second")
    options = parser.parse_args(argv)
    if options.unit is not None and not 1 <= options.unit <= 255:
        parser.error(f"--unit: 1 to 255, not {options.unit}")
    if options.baud is not None and not 1200 <= options.baud <= 115200:
        parser.error(f"--baud: 1200 to 115200, not {options.baud}")
    if not 1 <= options.day <= 86400:
        parser.error(f"--day: 1 to 86400 seconds, not {options.day:g}")
    options.others = [other_slave(parser, words) for words in options.also]
    return options


def other_slave(parser, words):
    """A slave for "PROFILE@UNIT"."""
    profile_id, _, unit = words.partition("@")
    if not unit.isdigit() or not 1 <= int(unit) <= 255:
        parser.error(f"--also: PROFILE@UNIT with a unit of 1 to 255, not {words}")
    try:
        return Slave(profile_id, int(unit))
    except ValueError as why:
        parser.error(f"--also: {why}")


def other_of(entry):
    """A slave for a scenario's [profile, unit, battery_w]."""
    slave = Slave(entry[0], entry[1])
    slave.battery_w = int(entry[2])
    return slave


def usual_line(profile_id):
    """(baud, parity, stop bits, unit) that most sources give for a profile."""
    from tools.profiles.make_profiles import FACTS

    for entry in json.loads(FACTS.read_text()):
        if entry["id"] == profile_id:
            serial = entry["serial"]
            return serial["baud"], serial["parity"], serial["stop_bits"], serial["slave_id"]
    raise SystemExit(f"fake_inverter: no inverter {profile_id} (docs/inverters.md lists them)")


def make(options):
    """(slave, steering, (baud, parity, stop bits)) from the command line."""
    script = None
    if options.scenario:
        from tools.plant import scenario

        try:
            script = scenario.load(options.scenario).inverter
            steering.check_lines(script.lines)
        except (scenario.ScenarioError, steering.SteeringError) as why:
            raise SystemExit(f"fake_inverter: {why}") from None
    profile_id = options.profile or (script.profile if script else "sungrow_sh_k")
    baud, parity, stop_bits, unit = usual_line(profile_id)
    slave = Slave(profile_id, options.unit or unit)
    steered = steering.Steering(slave, day.Scripted(script) if script else day.Day(options.day))
    if script:
        slave.generation = script.generation
        steered.delay_ms = script.delay_ms
        steered.silences = script.silent
        steered.lines = list(script.lines)
        options.others += [other_of(entry) for entry in script.others]
        if script.master:
            steered.master_s = script.master[0][0]
            steered.master_asks = [read[1:] for read in script.master]
        for name in ("corrupt", "lost", "late"):
            setattr(steered, name, 100 * getattr(script.errors, name))
    if options.generation:
        try:
            slave.generation = options.generation
        except ValueError as why:
            raise SystemExit(f"fake_inverter: {why}") from None
    line = (options.baud or baud, options.parity or parity, options.stop_bits or stop_bits)
    return slave, steered, line


def shown(status):
    """A status as a line for a person."""
    way = (
        "charging" if status["battery_w"] < 0 else "discharging" if status["battery_w"] else "idle"
    )
    silent = "  SILENT" if status["silent"] else ""
    return (
        f"{status['t_s']:8.1f} s  battery {status['battery_w']:+6d} W {way:<11}  "
        f"{status['soc_pct']:5.1f} %  PV {status['pv_w']:5d} W  "
        f"{status['questions']} questions, {status['answers']} answers{silent}"
    )


async def report(server, as_json):
    """Say once a second what is served."""
    in_place = sys.stdout.isatty() and not as_json
    last = None
    while True:
        status = server.status()
        if as_json:
            print(json.dumps(status), flush=True)
        elif in_place:
            print("\r\033[K" + shown(status), end="", flush=True)
        elif last is None or status["t_s"] - last >= 10:
            print(shown(status), flush=True)
            last = status["t_s"]
        await asyncio.sleep(1)


async def obey(server, stop):
    """Carry out the lines that are typed."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    try:
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    except (OSError, ValueError):
        return  # no terminal and no pipe: nothing to steer with
    while typed := await reader.readline():
        line = typed.decode(errors="replace").strip()
        if line in ("quit", "exit"):
            stop.set()
            return
        if line:
            print(f"\n{reply(server, line)}", file=sys.stderr, flush=True)


def reply(server, line):
    """Carry out one line; what to say to it."""
    if line == "help":
        return steering.__doc__.split("\n\n", 1)[1]
    try:
        return "> " + server.steering.obey(line, server.t_s)
    except steering.SteeringError as why:
        return str(why)


async def run(options):
    """Serve until stopped; the exit code."""
    slave, steered, line = make(options)
    stop = asyncio.Event()
    pymodbus_apply_logging_config(logging.CRITICAL)  # what goes wrong is said in our own words
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(name, stop.set)
    pair = PtyPair() if options.port == "pty" else None
    port = pair.near if pair else options.port
    server = Server(port, slave, steered, line, options.others)
    tasks = []
    try:
        await server.start()
        where = pair.far if pair else options.port
        print(
            f"{slave.profile_id}, unit {slave.unit}, {line[0]} 8{line[1]}{line[2]} on", flush=True
        )
        print(where, flush=True)
        tasks = [asyncio.create_task(report(server, options.json))]
        tasks.append(asyncio.create_task(obey(server, stop)))
        await stop.wait()
    except OSError as why:
        print(f"fake_inverter: {why}", file=sys.stderr)
        return 1
    finally:
        for task in tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await server.stop()
        if pair:
            pair.close()
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(run(arguments(None))))
