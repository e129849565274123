"""The fake inverter's line: broken bytes, frames in pieces, a port that comes back."""

import asyncio
import contextlib

import pytest
from pymodbus.client import AsyncModbusSerialClient
from pymodbus.exceptions import ModbusIOException

from tests.fake_inverter.test_fake_inverter import REQUEST, WAIT_S, at_desk
from tools.fake_inverter.ptypair import PtyPair
from tools.fake_inverter.server import Server
from tools.fake_inverter.slave import Slave
from tools.fake_inverter.steering import Steering

# Cut, doubled, glued to another one; noise; and what a framer takes for the head of a long frame.
RUBBISH = [REQUEST[:n] for n in range(1, 8)] + [REQUEST[n:] for n in range(1, 8)]
RUBBISH += [REQUEST[:5] + REQUEST, bytes.fromhex("a35217c9"), bytes.fromhex("0110000000ffff")]
RUBBISH += [bytes.fromhex("ff501559624b4c62b2da83"), bytes.fromhex("a95315e94b2ffeb808"), b"\x01"]

TRIES = 3  # of a busy computer; what is deaf stays so for twelve and more


@at_desk()
async def test_after_a_pause_each_question_is_answered_whatever_came_before(desk):
    """As of a real slave, for which 3.5 characters of silence end a frame."""
    for rubbish in RUBBISH:
        desk.client.ctx.transport.write(rubbish)
        await asyncio.sleep(0.2)
        with desk.patience(1):
            for _ in range(TRIES):
                with contextlib.suppress(ModbusIOException):
                    await desk.words()
                    break
            else:
                pytest.fail(f"deaf after {rubbish.hex()}")


@at_desk()
async def test_a_question_that_comes_in_pieces_is_answered(desk):
    desk.server.silence_s = WAIT_S  # however slow the computer is
    for cut in range(1, 8):
        answer = b""
        desk.client.close()
        with open(desk.pair.far, "r+b", buffering=0) as port:
            port.write(REQUEST[:cut])
            await asyncio.sleep(0.005)
            port.write(REQUEST[cut:])
            while len(answer) < 7:
                answer += await asyncio.wait_for(asyncio.to_thread(port.read, 300), WAIT_S)
        assert answer == desk.slave.answer(REQUEST)


def test_a_port_that_was_unplugged_is_served_again(tmp_path):
    async def inside():
        port = tmp_path / "tty"
        slave = Slave()
        first, then = PtyPair(), PtyPair()
        port.symlink_to(first.near)
        server = Server(str(port), slave, Steering(slave))
        await server.start()
        first.close()
        port.unlink()
        await asyncio.sleep(0.1)
        port.symlink_to(then.near)
        client = AsyncModbusSerialClient(then.far, baudrate=9600, timeout=0.5, retries=WAIT_S)
        assert await client.connect()
        reply = await client.read_input_registers(12999, count=26, device_id=1)
        assert reply.registers == slave.read(4, 12999, 26)
        client.close()
        await server.stop()
        then.close()

    asyncio.run(inside())
