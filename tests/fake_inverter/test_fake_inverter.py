"""The fake inverter as a person uses it: pymodbus on a PTY, steered by typed lines."""

import asyncio
import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time

import pytest
from pymodbus.client import AsyncModbusSerialClient
from pymodbus.exceptions import ModbusIOException

from tools.fake_inverter import __main__ as fake_inverter
from tools.fake_inverter.day import Day
from tools.fake_inverter.ptypair import PtyPair
from tools.fake_inverter.server import Server
from tools.fake_inverter.slave import Slave, sealed
from tools.fake_inverter.steering import Steering, SteeringError
from tools.plant import scenario
from tools.play import world
from tools.profiles.make_profiles import ROOT

WAIT_S = 120  # a busy computer is slow; what is right comes at once


class Desk:
    """A fake inverter and a third-party client on the two ends of a PTY pair."""

    def __init__(self, profile_id="sungrow_sh_k"):
        self.slave = Slave(profile_id)
        self.steering = Steering(self.slave)
        self.steering.delay_ms = (0, 5)

    async def __aenter__(self):
        self.pair = PtyPair()
        self.server = Server(self.pair.near, self.slave, self.steering)
        await self.server.start()
        self.client = AsyncModbusSerialClient(
            self.pair.far, baudrate=9600, timeout=WAIT_S, retries=0, reconnect_delay=0
        )
        assert await self.client.connect()
        return self

    async def __aexit__(self, *_):
        self.client.close()
        await self.server.stop()
        self.pair.close()

    def obey(self, line):
        self.steering.obey(line, self.server.t_s)

    @contextlib.contextmanager
    def patience(self, seconds):
        """Expect no answer: wait for it for so long only."""
        line = self.client.ctx.comm_params
        line.timeout_connect = seconds
        yield
        line.timeout_connect = WAIT_S

    async def words(self, address=12999, count=26, function=4, unit=1):
        client = self.client
        read = client.read_input_registers if function == 4 else client.read_holding_registers
        return await read(address, count=count, device_id=unit)


def at_desk(profile_id="sungrow_sh_k"):
    """Run an async test with a Desk of its own."""

    def wrap(test):
        def run():
            async def inside():
                async with Desk(profile_id) as desk:
                    await test(desk)

            asyncio.run(inside())

        run.__name__ = test.__name__
        return run

    return wrap


@at_desk()
async def test_pymodbus_reads_the_very_image_of_the_slave(desk):
    desk.obey("battery -1200")
    reply = await desk.words()
    assert reply.registers == desk.slave.read(4, 12999, 26)
    assert reply.registers[22] == 1200 and reply.registers[1] & 6 == 2


@at_desk("meter")
async def test_a_meter_answers_and_has_no_battery(desk):
    assert (await desk.words(0, 2)).registers == [0x4366, 0x6666]
    assert (await desk.words(12999, 36)).exception_code == 2


@at_desk("growatt_sph_spa")
async def test_other_profiles_answer_too(desk):
    desk.obey("battery 1234")
    assert (await desk.words(1009, 4)).registers == [0, 12340, 0, 0]


@at_desk()
async def test_foreign_registers_writes_and_other_units_are_refused_or_left(desk):
    assert (await desk.words(100, 2)).exception_code == 2
    assert (await desk.client.write_register(13049, 1, device_id=1)).exception_code == 1
    with desk.patience(0.4), pytest.raises(ModbusIOException):
        await desk.words(unit=9)
    assert not (await desk.words()).isError()


@at_desk()
async def test_silence_ends_by_itself(desk):
    desk.obey("silent 3")
    with desk.patience(0.4), pytest.raises(ModbusIOException):
        await desk.words()
    await asyncio.sleep(3)
    assert not (await desk.words()).isError()


@at_desk()
async def test_exceptions_generations_and_markers(desk):
    desk.obey("exception 6")
    assert (await desk.words()).exception_code == 6
    desk.obey("exception 0")
    desk.obey("generation signed")
    desk.obey("battery -2")
    assert (await desk.words()).registers[22] == 0xFFFE
    desk.obey("invalid on")
    assert (await desk.words()).registers[22] == 0xFFFF


async def raw(desk, request, length):
    """What comes back for raw bytes, without pymodbus' opinion: at least so many."""
    desk.client.close()
    answer = b""
    with open(desk.pair.far, "r+b", buffering=0) as port:
        port.write(request)
        while len(answer) < length:
            answer += await asyncio.wait_for(asyncio.to_thread(port.read, 300), WAIT_S)
    return answer


REQUEST = sealed(bytes([1, 4, 0x32, 0xC7, 0, 1]))


@at_desk()
async def test_an_echo_comes_before_the_answer(desk):
    desk.obey("echo on")
    wanted = REQUEST + desk.slave.answer(REQUEST)
    assert await raw(desk, REQUEST, len(wanted)) == wanted


@at_desk()
async def test_another_unit_may_answer(desk):
    desk.obey("wrongunit on")
    assert (await raw(desk, REQUEST, 2))[:2] == b"\x02\x04"


@at_desk()
async def test_noise_surrounds_and_damage_breaks_the_answer(desk):
    honest = desk.slave.answer(REQUEST)
    desk.obey("noise 100")
    noisy = await raw(desk, REQUEST, len(honest) + 1)
    assert honest in noisy and noisy != honest
    desk.obey("noise 0")
    desk.obey("corrupt 100")
    damaged = await raw(desk, REQUEST, len(honest))
    assert len(damaged) == len(honest) and damaged != honest


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("battery", "usage: battery WATTS"),
        ("battery x", "usage: battery WATTS"),
        ("soc 101", "0 to 100, not 101"),
        ("generation fancy", "one of magnitude, signed, dead_flags"),
        ("echo maybe", "usage: echo on|off"),
        ("fly", "no such command: fly"),
        ("auto", "no scenario"),
        ("delay 50 10", "50 to 60000"),
        ("battery nan", "-30000 to 30000, not nan"),
        ("flags odd", "usage: flags live|dead|charging|discharging|late|flicker"),
        ("state", "usage: state run|forced|ems"),
        ("master 5 1", "usage: master SECONDS"),
        ("master 5 12999 200", "1 to 125, not 200"),
    ],
)
def test_bad_lines_are_refused_in_words(line, words):
    with pytest.raises(SteeringError, match=words.replace("|", r"\|")):
        Steering(Slave()).obey(line, 0.0)


def test_a_day_charges_at_noon_and_discharges_in_the_evening():
    day = Day(day_s=240, begin_hour=0)
    noon_w, _, _ = day(110)
    evening_w, _, _ = day(200)
    assert noon_w < -1000 and evening_w > 1000
    levels = [day(t)[1] for t in range(240)]
    assert 10 <= min(levels) < 30 and 95 < max(levels) <= 100


def test_another_master_and_another_unit_are_on_the_line():
    async def inside():
        desk = Desk()
        desk.pair = PtyPair()
        other = Slave("sungrow_sh_k", 4)
        other.battery_w = 777
        desk.server = Server(desk.pair.near, desk.slave, desk.steering, others=[other])
        await desk.server.start()
        client = AsyncModbusSerialClient(desk.pair.far, baudrate=9600, timeout=WAIT_S, retries=0)
        assert await client.connect()
        desk.client = client
        desk.slave.battery_w = 1234
        assert (await desk.words()).registers[22] == 1234
        assert (await desk.words(unit=4)).registers[22] == 777
        client.close()
        heard = []
        far = os.open(desk.pair.far, os.O_RDWR | os.O_NONBLOCK)
        asyncio.get_running_loop().add_reader(far, lambda: heard.append(os.read(far, 256)))
        desk.obey("master 0.1 12999 26 5016 2")
        end_s = time.monotonic() + WAIT_S
        asked = [sealed(bytes.fromhex(read)) for read in ("010432c7001a", "010413980002")]
        while not all(question in b"".join(heard) for question in asked):
            assert time.monotonic() < end_s
            await asyncio.sleep(0.05)
        desk.obey("master 0")
        asyncio.get_running_loop().remove_reader(far)
        os.close(far)
        await desk.server.stop()
        desk.pair.close()

    asyncio.run(inside())


def test_a_closed_stdin_ends_the_steering_and_not_the_server():
    program = Program("--port", "pty", "--json")
    try:
        program.line(), program.line()
        program.process.stdin.close()
        program.status(lambda status: status["t_s"] > 2)
    finally:
        program.process.kill()
        program.process.wait(WAIT_S)


class Program:
    """`python -m tools.fake_inverter` as a process, its lines in a queue."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tools.fake_inverter", *arguments],
            cwd=ROOT,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.lines = queue.Queue()
        threading.Thread(target=self._collect, daemon=True).start()

    def _collect(self):
        for line in self.process.stdout:
            self.lines.put(line)

    def line(self):
        return self.lines.get(timeout=WAIT_S).strip()

    def status(self, wanted):
        """The first JSON status of which `wanted` is true."""
        end_s = time.monotonic() + WAIT_S
        while time.monotonic() < end_s:
            status = json.loads(self.line())
            if wanted(status):
                return status
        raise AssertionError("no such status")


def test_the_program_serves_obeys_and_quits():
    program = Program("--port", "pty", "--json")
    try:
        assert "sungrow_sh_k, unit 1, 9600 8N1" in program.line()
        assert program.line().startswith("/dev/")
        program.process.stdin.write("\nbattery -1200\n")
        program.process.stdin.flush()
        program.status(lambda status: status["battery_w"] == -1200)
        program.process.stdin.write("quit\n")
        program.process.stdin.flush()
        assert program.process.wait(WAIT_S) == 0
    finally:
        program.process.kill()
        program.process.communicate()


def test_the_program_ends_on_ctrl_c():
    program = Program("--port", "pty", "--json", "--profile", "saj_h2")
    try:
        assert "saj_h2, unit 1, 115200 8N1" in program.line()
        program.line()
        program.process.send_signal(signal.SIGINT)
        assert program.process.wait(WAIT_S) == 0
    finally:
        program.process.kill()
        program.process.communicate()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--port", "/dev/no-such-port"), "can't be opened"),
        (("--port", "pty", "--profile", "nonesuch"), "no inverter nonesuch"),
        (("--port", "pty", "--generation", "new"), "one of magnitude"),
        (("--port", "pty", "--scenario", "missing.toml"), "missing.toml"),
        (("--port", "pty", "--unit", "300"), "1 to 255, not 300"),
        (("--port", "pty", "--baud", "0"), "1200 to 115200, not 0"),
        (("--port", "pty", "--day", "nan"), "1 to 86400 seconds, not nan"),
        (("--port", "pty", "--also", "growatt_spf"), "PROFILE@UNIT"),
        (("--port", "pty", "--also", "nonesuch@2"), "no inverter nonesuch"),
    ],
)
def test_mistakes_on_the_command_line_are_named(arguments, words):
    program = Program(*arguments)
    _, errors = program.process.communicate(timeout=WAIT_S)
    assert program.process.returncode != 0
    assert words in errors and "Traceback" not in errors


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("flags odd", r"inverter.lines\[1\]: usage: flags"),
        ("silent 5", r"inverter.lines\[1\]: begins with none of"),
    ],
)
def test_a_scenarios_lines_are_judged_before_anything_runs(line, words, tmp_path):
    file = tmp_path / "lines.toml"
    file.write_text(f'[inverter]\nlines = [[0.5, "pv 1"], [1.0, "{line}"]]')
    plan = scenario.load(file)
    with pytest.raises(SteeringError, match=words):
        world.of_scenario(plan)
    with pytest.raises(SystemExit, match=words):
        fake_inverter.make(fake_inverter.arguments(["--port", "pty", "--scenario", str(file)]))


def test_a_scenario_steers_battery_generation_and_silence(tmp_path):
    file = tmp_path / "short.toml"
    file.write_text(
        '[inverter]\nbattery_w = -700.0\ngeneration = "signed"\nsilent = [[0.0, 90.0]]\n'
    )
    program = Program("--port", "pty", "--json", "--scenario", str(file))
    try:
        program.line(), program.line()
        status = program.status(lambda _: True)
        values = (status["battery_w"], status["generation"], status["silent"])
        assert values == (-700, "signed", True)
    finally:
        program.process.kill()
        program.process.communicate()
