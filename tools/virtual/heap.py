"""Power-on of the virtual board under an accountant: what the running firmware takes of the heap.

Run by the MicroPython interpreter in the folder that is the flash; tools/bench/heap.py prepared
the config and reads heap.json. The count begins when all modules are loaded, also the stand-ins'.
The hardware that stand-ins hand out is weighed as it is handed out and taken off, and what their
methods allocate is booked to them.
"""

import gc
import json

# Some only to be there before the count begins.
import esp32  # noqa: F401
import machine  # noqa: F401
import network  # noqa: F401
import select
import socket  # noqa: F401
import usocket
import utime

import names
from devices import adc, i2s, uart
from tools.fake_inverter import slave  # noqa: F401
from person import Typist, power_on
from world import W

SETTLE_S = 5


def in_use():
    """Bytes in use after a collection; twice, for a stack may hold on to something once."""
    gc.collect()
    gc.collect()
    return gc.mem_alloc()


class Ledger:
    """Whose turn it is, and how many bytes each allocated in its turns.

    Right only while nothing is collected in between.
    """

    def __init__(self):
        self.bytes = {}
        self.owner = "rest"
        self._mark = 0
        self._counting = False  # asking how much is in use takes long: it walks the whole heap

    def begin(self):
        """Start counting; from now on nothing is collected."""
        self.bytes = {}
        gc.collect()
        gc.disable()
        self._mark = gc.mem_alloc()
        self._counting = True

    def end(self):
        """What was counted, by owner."""
        self.turn("rest")
        self._counting = False
        gc.enable()
        return self.bytes

    def turn(self, owner):
        """From now on it is the turn of `owner`; returns whose it was."""
        was = self.owner
        self.owner = owner
        if self._counting:
            now = gc.mem_alloc()
            self.bytes[was] = self.bytes.get(was, 0) + now - self._mark
            self._mark = now
        return was


ledger = Ledger()


class Counted:
    """A coroutine whose every step is the turn of its owner."""

    def __init__(self, owner, coroutine):
        self._owner = owner
        self._coroutine = coroutine

    def __iter__(self):
        return self

    __await__ = __iter__

    def __next__(self):
        return self.send(None)

    def send(self, value):
        was = ledger.turn(self._owner)
        try:
            return self._coroutine.send(value)
        finally:
            ledger.turn(was)

    def throw(self, *why):
        was = ledger.turn(self._owner)
        try:
            return self._coroutine.throw(*why)
        finally:
            ledger.turn(was)

    def close(self):
        self._coroutine.close()


def book(holder, name, owner):
    """Book the coroutines that a function or a method makes to an owner."""
    make = getattr(holder, name)
    setattr(holder, name, lambda *arguments: Counted(owner, make(*arguments)))


def book_stand_in(kind, name, with_argument):
    """Book what a method of a stand-in allocates to nobody's account but its own."""
    method = getattr(kind, name)

    def alone(self):
        was = ledger.turn("stand-ins")
        result = method(self)
        ledger.turn(was)
        return result

    def with_one(self, argument):
        was = ledger.turn("stand-ins")
        result = method(self, argument)
        ledger.turn(was)
        return result

    setattr(kind, name, with_one if with_argument else alone)


class Weighed:
    """A board whose stand-ins are put on the scales as it hands them out."""

    def __init__(self, kind):
        self.bytes = 0
        for name in ("__init__", "mains_input", "sense_input"):
            setattr(kind, name, self._on_the_scales(getattr(kind, name)))
        start = kind.start_sampling
        kind.start_sampling = lambda board, callback, hz: start(board, self._turn(callback), hz)

    def _on_the_scales(self, method):
        def weighed(*arguments):
            before = in_use()
            hardware = method(*arguments)
            self.bytes += in_use() - before
            return hardware

        return weighed

    def _turn(self, callback):
        def called(timer):
            was = ledger.turn("mains samples")
            callback(timer)
            ledger.turn(was)

        return called


class Browser:
    """Opens the page as a browser does: page, settings, log, then the live view for ever.

    On the host's sockets and with a buffer of its own: what it takes is nobody's of the firmware.
    """

    def __init__(self, sleep, port):
        self._sleep = sleep
        self._address = usocket.getaddrinfo("127.0.0.1", port)[0][-1]
        self._buffer = bytearray(2048)
        self.answers = 0
        self.views = 0

    async def run(self):
        for path in (b"/", b"/api/settings", b"/api/log", b"/api/stream"):
            await self._get(path)

    async def _get(self, path):
        sock = usocket.socket()
        sock.connect(self._address)
        sock.setblocking(False)
        sock.write(b"GET %s HTTP/1.1\r\nHost: 4.3.2.1\r\nConnection: close\r\n\r\n" % path)
        begun = False
        while True:
            count = sock.readinto(self._buffer)
            if count:
                if not begun:
                    self.answers += self._buffer[9:12] == b"200"
                begun = True
                self.views += self._buffer[:6] == b"data: "
            elif count == 0:
                break
            else:
                await self._sleep(0.05)
        sock.close()


class Accountant:
    """Follows the timetable: at rest, with the page open twice, then with the console in use."""

    def __init__(self, config):
        self._config = config
        self.figures = {}
        import asyncio

        from lib import ondemand

        ondemand.mount()

        from firmware import app, board
        from firmware.views import web

        self._asyncio = asyncio
        self._weighed = Weighed(board.Board)
        self._typist = Typist()
        self._shown = 0
        self._browsers = [Browser(asyncio.sleep, config["ports"]["80"]) for _ in range(2)]
        board.Board.console_stream = lambda _: (self._typist, self._show)
        for holder, name, owner in (
            (app.CT, "run", "output"),
            (app.Mains, "run", "mains"),
            (app.ReadbackSwitch, "run", "readback"),
            (app, "follow", "policy"),
            (app.Inverter, "run", "inverter"),
            (app.Watchdog, "run", "watchdog"),
            (app.Console, "run", "console"),
            (app, "serve", "page"),
            # flashed, what is in memory for good is one module
            (app if hasattr(app, "connected") else web, "connected", "page"),
        ):
            book(holder, name, owner)
        asyncio.create_task = self._owned(asyncio.create_task)
        run = app.run

        async def run_and_count(the_board, parts):
            asyncio.create_task(self._keep_the_timetable(parts))
            await run(the_board, parts)

        app.run = run_and_count
        self._free_names = names.widen()
        self._base = in_use()

    def _owned(self, create_task):
        """A task that a part creates in its turn is its own."""

        def created(coroutine):
            owner = ledger.owner
            if owner != "rest" and not isinstance(coroutine, Counted):
                coroutine = Counted(owner, coroutine)
            return create_task(coroutine)

        return created

    def _show(self, text):
        self._shown += len(text)

    def _firmware(self):
        return in_use() - self._base - self._weighed.bytes

    async def _rates(self):
        ledger.begin()
        await self._asyncio.sleep(self._config["steady_s"])
        return ledger.end()

    async def _keep_the_timetable(self, parts):
        figures, sleep = self.figures, self._asyncio.sleep
        await sleep(SETTLE_S)
        figures["at_rest"] = self._firmware()
        figures["rates_alone"] = await self._rates()
        for browser in self._browsers:
            self._asyncio.create_task(Counted("stand-ins", browser.run()))
        await sleep(SETTLE_S)
        figures["page_open"] = self._firmware()
        figures["rates_page_open"] = await self._rates()
        # One line per second, as a person types.
        lines = enumerate(self._config["typed"])
        self._typist.type([(W.now_us + (k + 1) * 1_000_000, line) for k, line in lines])
        await sleep(SETTLE_S)
        figures["console_used"] = self._firmware()
        figures["names"] = names.used(self._free_names)
        figures["gc_us"] = self._longest_collection_us()
        figures["because"] = parts.health.reason
        figures["answers"] = sum([browser.answers for browser in self._browsers])
        figures["views"] = sum([browser.views for browser in self._browsers])
        figures["shown"] = self._shown
        with open(self._config["folder"] + "/heap.json", "w") as file:
            json.dump(figures, file)
        W.end()

    def _longest_collection_us(self):
        longest = 0
        for _ in range(20):
            begin = utime.ticks_us()
            gc.collect()
            longest = max(longest, utime.ticks_diff(utime.ticks_us(), begin))
        return longest


for kind, name, with_argument in (
    (adc.ADC, "read_u16", False),
    (i2s.I2S, "write", True),
    (i2s.I2S, "_ready", True),
    (select.poll, "ipoll", True),
    (Typist, "_ready", True),
    (uart._Line, "any", False),
    (uart._Line, "read", True),
    (uart._Line, "write", True),
    (uart._Line, "flush", False),
):
    book_stand_in(kind, name, with_argument)
W.duration_us = 1_000_000_000
accountant = Accountant(W.config)
power_on(".")
