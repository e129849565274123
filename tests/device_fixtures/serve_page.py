"""A device without hardware for browser tests: real page, real web code, parts that obey stdin.

    micropython serve_page.py PORT PAGE.gz

Lines on standard input set what the parts say: ``battery_w 1500``, ``silent 1``, ``locked 0``,
``question 1``, ``endless 1`` (a search finds nothing until told otherwise), ``unheard 1`` (an
inverter that has never answered), ``readback 1``, ``home 1`` (a board that carries home WiFi),
``better 1`` (the inverter's device code proposes another profile, until that is chosen).
Prints "ready" once it listens, "so it is" when a line is in force; ends when standard input does.
"""

import asyncio
import sys

import parts as fake
import radio

from firmware import policy
from firmware.views import api_page, history, history_rings, home_wifi, web
from firmware.views.parts import Parts
from lib.clock import Clock


class Battery:
    """One whose device code does not fit the profile in use."""

    note = "device code 0x0E13: profile sungrow_sh_rs_rt_t fits better"


class Scene:
    """What the lines on standard input have set."""

    battery_w = 1500.0
    silent = 0
    locked = 1
    question = 0
    endless = 0
    unheard = 0
    readback = 0
    home = 0
    better = 0


async def obey(scene, parts):
    """Take lines until the input ends."""
    reader = asyncio.StreamReader(sys.stdin.buffer)
    while True:
        words = (await reader.readline()).decode().split()
        if not words:
            return
        setattr(scene, words[0], float(words[1]))
        act(scene, parts)
        if words[0] == "home":
            carry_home(parts)
        if words[0] == "better":
            parts.health.event("profile", code=0x0E13, better="sungrow_sh_rs_rt_t")
        if words[0] == "readback":
            parts.settings.change(readback=bool(scene.readback))
        print("so it is")


def carry_home(parts):
    """From now on this board carries home WiFi, and hears some."""
    station = radio.Station(radio.GOT_IP)
    station.heard = [
        (b"Home", b"", 6, -55, 3, False),
        (b"Guests of the house", b"", 1, -71, 0, False),
        (b"The neighbours", b"", 11, -84, 3, False),
    ]
    board = radio.Board(station)
    home_wifi.home.start(board, parts, board.ap)
    asyncio.create_task(home_wifi.home.run())


def act(scene, parts):
    """Let the parts say what the scene is and the policy decide on it."""
    now_ms = parts.clock.ms()
    parts.inverter.problem = "no answer for 12 s" if scene.unheard else ""
    if scene.unheard:
        parts.inverter.latest = None
    elif not scene.silent:
        parts.inverter.latest = fake.reading(scene.battery_w, now_ms)
    if parts.inverter.told_charging is not None:
        scene.question = 0
        parts.inverter.told_charging = None
    parts.inverter.question = bool(scene.question)
    better = scene.better and parts.settings.now.profile == "sungrow_sh_k"
    parts.inverter.battery = Battery() if better else None
    parts.inverter.scan.found_at = 1 << 30 if scene.endless else 3
    parts.mains.locked = bool(scene.locked)
    lock = parts.mains if scene.locked else None
    target = policy.decide(parts.inverter.latest, lock, parts.hold, parts.settings.now, now_ms)
    parts.hold.ended_by(target)
    parts.ct.target_w = parts.ct.commanded_w = target.watts
    parts.health.because(policy.explained(target.because, parts.inverter.problem))


async def play(scene, parts):
    """Ten times a second, as the product does."""
    while True:
        act(scene, parts)
        await asyncio.sleep_ms(100)


async def take_down(parts):
    """The chart of what is."""
    while True:
        history.take(parts)
        await asyncio.sleep(history.rings[0][0])


async def main(port, page):
    """Serve until standard input ends."""
    made = fake.make(Clock())
    parts = Parts(
        made.inverter,
        made.mains,
        made.ct,
        policy.Hold(),
        made.settings,
        made.health,
        made.clock,
        made.readback,
        None,
    )
    scene = Scene()
    asyncio.create_task(play(scene, parts))
    history_rings.begin()
    asyncio.create_task(take_down(parts))
    api_page.FOLDER = page.rsplit("/", 1)[0] + "/"
    await web.listen(parts, "127.0.0.1", port)
    await asyncio.sleep_ms(100)
    print("ready")
    await obey(scene, parts)


asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
