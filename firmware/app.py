"""The product on one screen: who is made from what, and who runs beside whom.

inverter ──Reading──▶ policy ──Target──▶ ct ──▶ the Zappi
mains ──────Lock────────┘      phase ────┘
"""

import asyncio

from micropython import const

from firmware import each_second, policy
from firmware.device.ending import remember, silence
from firmware.device.endure import endure
from firmware.device.health import Health
from firmware.device.settings import Settings
from firmware.device.store import Store
from firmware.device.watchdog import LAZY_WATCHDOG_MS, Watchdog
from firmware.inverter.poll import Inverter, objection
from firmware.signal.ct import BUFFERS, CT
from firmware.signal.mains import Mains
from firmware.signal.readback_switch import ReadbackSwitch
from firmware.version import VERSION
from firmware.views.console import Console
from firmware.views.keep import keep
from firmware.views.parts import Parts
from firmware.views.web import serve
from lib import ondemand, rtu
from lib.clock import Clock
from lib.load import Load
from lib.ondemand import Module

_FOLLOW_MS = const(100)
_INVERTER_LOOKS = const(1200)  # 5 minutes: it rests for up to a minute, and each try takes seconds


async def follow(inverter, mains, ct, hold, settings, health, clock):
    """Turn the latest reading into the current the Zappi measures, ten times a second."""
    while True:
        now_ms = clock.ms()
        hold.expire(now_ms)
        target = policy.decide(inverter.latest, mains.lock, hold, settings.now, now_ms)
        if hold.ended_by(target):
            health.event("hold over", because=target.because)
        ct.show(0 if hold.resting else target.watts, mains.lock, hold.lead_deg)
        health.because(policy.explained(target.because, inverter.problem))
        policy.note_limit(target, health)
        await clock.sleep_ms(_FOLLOW_MS)


def build(board, clock):
    """Make every part, handing each only what it uses."""
    health = Health(clock)
    health.event("start", version=VERSION, cause=board.reset_cause())
    with Module("firmware.device.last_life") as last_life:
        last_life.tell(board.reset_cause(), health)
    settings = Settings(Store(), health, objection)
    mains = Mains(board.mains_input(), board.start_sampling, settings, health, clock)
    ct = CT(board.ct_output(), board.ct_started_us, mains, settings, health, clock)
    uart, de = board.rs485()
    inverter = Inverter(rtu.Client(uart, clock, de), settings, health, clock)
    with Module("firmware.device.widening") as widening:
        board.grown = widening.widen(board)
    readback = ReadbackSwitch(board.sense_input(), mains, ct, settings, health, clock)
    return Parts(inverter, mains, ct, policy.Hold(), settings, health, clock, readback, board)


def refill(ct):
    """Fill the output's ring, before anybody holds the loop for long."""
    try:
        for _ in range(BUFFERS):
            if not ct.pump():
                break
    except OSError:  # ct.run finds it too, and is who says so
        pass


def launch(board, parts):
    """Give every part its task.

    Returns an event, set once a part that must live has failed, and the list with its exception.
    """
    inverter, mains, ct, hold, settings, health, clock, readback = parts[:8]
    signs = (
        ("output", ct, "blocks", 0),
        ("mains", mains, "updates", 0),
        ("policy", health, "beats", 4),
        ("inverter", inverter, "turns", _INVERTER_LOOKS),
    )
    watchdog = Watchdog(board, signs, health, clock)
    failure = []
    failed = asyncio.Event()

    def on_exception(_loop, context):
        health.count("task failed", context["exception"])
        if context["future"] in vital:
            failure.append(context["exception"])
            failed.set()

    asyncio.get_event_loop().set_exception_handler(on_exception)
    ondemand.ahead = lambda: refill(ct)
    vital = [
        asyncio.create_task(endure(run, health, clock))
        for run in (
            ct.run,
            mains.run,
            readback.run,
            lambda: follow(inverter, mains, ct, hold, settings, health, clock),
            inverter.run,
            watchdog.run,
        )
    ]
    asyncio.create_task(
        keep("console", lambda: Console(parts, *board.console_stream()).run(), health, clock)
    )
    health.gauge("radio", board.radio)
    if board.radio:
        asyncio.create_task(keep("page", lambda: serve(board, parts), health, clock))
    asyncio.create_task(each_second.run(board, parts, Load(asyncio, ondemand.ahead)))
    return failed, failure


async def run(board, parts):
    """Everything at once, for ever; raises what nobody expected of a part that must live."""
    failed, failure = launch(board, parts)
    with Module("firmware.made_once") as made_once:
        made_once.forget(board)
    made_once = None  # or it stays
    await failed.wait()
    raise failure[0]


def start(board):
    """Run the product until Ctrl-C (then the REPL is yours) or a crash (then a reset)."""
    parts = None
    try:
        parts = build(board, Clock())
        asyncio.run(run(board, parts))
    except KeyboardInterrupt:
        if parts:
            board.watch(LAZY_WATCHDOG_MS)  # first, lest the REPL is reset whatever happens next
            silence(board, parts.ct)
        print("Battery CT stopped, output silent. Ctrl-D starts it again.")
    except Exception as why:  # noqa: BLE001 - the one place for whatever nobody expected
        try:
            if parts:
                silence(board, parts.ct)
            remember(why, parts and parts.health)
        finally:
            board.reset()
