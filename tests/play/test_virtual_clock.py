"""The virtual board's own clock: hours in one go, wraps, and who is woken by what."""

import subprocess

import pytest

from tools.micropython import interpreter
from tools.play import world

HOURS = """
import asyncio, time
from world import W
async def idle():
    a = time.ticks_us(), time.ticks_ms()
    await asyncio.sleep(5000)  # longer than a counter of microseconds in a word of 32 bits
    return time.ticks_diff(time.ticks_ms(), a[1]), (time.ticks_us() - a[0]) % (1 << 30)
ms, us = asyncio.run(idle())
time.sleep(3000)
print(ms, us == 5_000_000_000 % (1 << 30), W.now_us)
"""
TICKING = """
import asyncio, machine, time
from world import W
stamps = []
timer = machine.Timer(0)
timer.init(freq=875, callback=lambda _: stamps.append(time.ticks_us()))
async def main():
    for _ in range(50):
        await asyncio.sleep_ms(7)
asyncio.run(main())
timer.deinit()
gaps = {time.ticks_diff(b, a) for a, b in zip(stamps, stamps[1:])}
print(len(stamps), sorted(gaps), W.now_us)
"""
FLAG = """
import asyncio, machine
from world import W
flag = asyncio.ThreadSafeFlag()
count = [0]
def ring(_):
    count[0] += 1
    if count[0] == 20:
        flag.set()
machine.Timer(0).init(freq=1000, callback=ring)
async def main():
    await flag.wait()
    print(W.now_us)
asyncio.run(main())
"""
BYTES = """
import machine, select
from world import W
uart = machine.UART(1, baudrate=9600)
uart._received.append((5_000, b"x"))
machine.Timer(0).init(freq=1000, callback=lambda _: None)
poll = select.poll()
poll.register(uart, select.POLLIN)
poll.poll(100)
print(W.now_us)
"""


@pytest.fixture
def board(tmp_path):
    """Runs a script on the virtual board's stand-ins; the words of its last line."""
    config = tmp_path / "world.json"
    config.write_text('{"uart": {"generation": "signed"}}')

    def run(script):
        path = tmp_path / "script.py"
        path.write_text(script)
        done = subprocess.run(
            [interpreter(), str(path)],
            env=world.environment(config),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.splitlines()[-1]

    return run


def test_hours_pass_at_once_and_the_ticks_wrap(board):
    assert board(HOURS) == "5000000 True 8000000000"


def test_a_timer_keeps_its_grid_to_the_microsecond(board):
    assert board(TICKING) == "306 [1142, 1143] 350000"


def test_what_a_callback_sets_wakes_its_task_at_once(board):
    assert board(FLAG) == "20000"


def test_bytes_on_the_line_wake_at_the_next_event(board):
    assert board(BYTES) == "7000"
