"""The product on one screen: who is made from what, and who runs beside whom.

inverter ──Reading──▶ policy ──Target──▶ ct ──▶ the Zappi
mains ──────Lock────────┘      phase ────┘
"""

import asyncio
import gc
import sys

from micropython import const

from firmware import policy
from firmware.device import status_led
from firmware.device.health import Health
from firmware.device.settings import Settings
from firmware.device.store import Store
from firmware.device.watchdog import LAZY_WATCHDOG_MS, Watchdog
from firmware.inverter.poll import Inverter
from firmware.signal.ct import CT, RING_BYTES
from firmware.signal.mains import Mains
from firmware.version import VERSION
from firmware.views import wifi
from firmware.views.console import Console
from firmware.views.status import Parts
from firmware.views.web import make_app
from lib import rtu
from lib.clock import Clock
from lib.ondemand import Module

_FOLLOW_MS = const(100)
_HTTP_PORT = const(80)
_AGAIN_MS = const(30_000)
CRASH_FILE = "crash.txt"


async def follow(inverter, mains, ct, hold, settings, health, clock):
    """Turn the latest reading into the current the Zappi measures, ten times a second."""
    while True:
        now_ms = clock.ms()
        hold.expire(now_ms)
        target = policy.decide(inverter.latest, mains.lock, hold, settings.now, now_ms)
        ct.show(target.watts, mains.lock)
        health.because(explained(target.because, inverter.problem))
        await clock.sleep_ms(_FOLLOW_MS)


def explained(because, problem):
    """The reason, and where it is the inverter's doing, what is wrong with its answers."""
    silent = because == "no reading yet" or because.startswith("inverter silent")
    if silent and problem and not problem.startswith("no answer"):
        return "%s: %s" % (because, problem)
    return because


class Readback:
    """The readback while its setting is on; otherwise its 6 kB are not in memory."""

    def __init__(self, adc, mains, ct, settings, health, clock):
        self._given = adc, mains, ct, settings, health, clock
        self._at_work = None

    async def run(self):
        """Load it, let it work and drop it again, as the setting says, for ever."""
        _, _, _, settings, _, clock = self._given
        while True:
            if settings.now.readback:
                with Module("firmware.signal.readback") as readback:
                    self._at_work = readback.Readback(*self._given)
                    await self._at_work.run()
                    self._at_work = readback = None
            await clock.sleep_ms(_FOLLOW_MS)

    def status(self):
        """What it tells of the loop; None while it is not there."""
        return self._at_work.status() if self._at_work else None


def build(board, clock):
    """Make every part, handing each only what it uses."""
    health = Health(clock)
    health.event("start", version=VERSION, cause=board.reset_cause())
    settings = Settings(Store(), health)
    mains = Mains(board.mains_input(), board.start_sampling, settings, health, clock)
    ct = CT(board.ct_output(RING_BYTES), clock.us(), mains, settings, health, clock)
    uart, de = board.rs485(settings.now.baud)
    inverter = Inverter(rtu.Client(uart, clock, de), None, settings, health, clock)
    readback = Readback(board.sense_input(), mains, ct, settings, health, clock)
    return Parts(inverter, mains, ct, policy.Hold(), settings, health, clock, readback)


async def run(board, parts):
    """Everything at once, for ever; raises what nobody expected of a part that must live."""
    inverter, mains, ct, hold, settings, health, clock, readback = parts
    watchdog = Watchdog(board, (lambda: ct.blocks, lambda: mains.updates), health, clock)
    failure = []
    failed = asyncio.Event()

    def on_exception(_loop, context):
        health.count("task failed", context["exception"])
        if context["future"] in vital:
            failure.append(context["exception"])
            failed.set()

    asyncio.get_event_loop().set_exception_handler(on_exception)
    vital = [
        asyncio.create_task(ct.run()),
        asyncio.create_task(mains.run()),
        asyncio.create_task(readback.run()),
        asyncio.create_task(follow(inverter, mains, ct, hold, settings, health, clock)),
        asyncio.create_task(inverter.run()),
        asyncio.create_task(watchdog.run()),
    ]
    asyncio.create_task(kept(lambda: Console(parts, *board.console_stream()).run(), health, clock))
    asyncio.create_task(kept(lambda: serve(board, parts), health, clock))
    asyncio.create_task(status_led.run(board, ct, mains, inverter, clock))
    await failed.wait()
    raise failure[0]


async def kept(make, health, clock):
    """Run a view for ever; when the network or the memory fails it, again after a while.

    The output goes on without page and console.
    """
    while True:
        try:
            await make()
        except (OSError, MemoryError) as why:
            health.count("view failed", why)
            health.fault("view", "page or console failed: %s" % why)
        await clock.sleep_ms(_AGAIN_MS)


async def serve(board, parts):
    """The access point, its name server and the page."""
    await wifi.start(board, parts)
    await make_app(parts, wifi.URL).start_server(port=_HTTP_PORT)


def start(board):
    """Run the product until Ctrl-C (then the REPL is yours) or a crash (then a reset)."""
    parts = None
    try:
        parts = build(board, Clock())
        gc.collect()
        # Collecting at half of what is free keeps the other half in one piece for the page.
        gc.threshold(gc.mem_free() // 2)
        asyncio.run(run(board, parts))
    except KeyboardInterrupt:
        if parts:
            board.watch(LAZY_WATCHDOG_MS)  # first, lest the REPL is reset whatever happens next
            silence(board, parts)
        print("Battery CT stopped, output silent. Ctrl-D starts it again.")
    except Exception as why:  # noqa: BLE001 - the one place for whatever nobody expected
        try:
            if parts:
                silence(board, parts)
            remember(why, parts)
        finally:
            board.reset()


def remember(why, parts):
    """Tell of a crash on the console and, for later, in a file."""
    sys.print_exception(why)
    with open(CRASH_FILE, "w") as f:
        if parts:
            f.write("uptime %d.%03d s\n" % parts.health.uptime())
        sys.print_exception(why, f)


def silence(board, parts):
    """Stop the current without a pulse, then everything that could call us back.

    Ctrl-C again does not cut it short: some tools send it twice.
    """
    while True:
        try:
            parts.ct.stop()
            board.stop_sampling()
            return
        except KeyboardInterrupt:  # once more from the start
            pass
