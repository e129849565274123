"""Power-on of the virtual board with the chip's memory: what is left of it, and what fails.

Run by the MicroPython interpreter in the folder that is the flash; tools/bench/chip.py prepared
the config and reads what is written: events.jsonl, memory.txt (a line each second of seconds,
Python's bytes, Python's heap, the system's free, largest, least) and chip.json at the end.
"""

import asyncio
import gc
import json

# All only to be there before the count begins.
import esp32  # noqa: F401
import machine  # noqa: F401
import network  # noqa: F401
import select  # noqa: F401
import socket  # noqa: F401
import usocket

from devices import adc, i2s  # noqa: F401
from devices.uart import UART  # noqa: F401
from memory import Memory, on_import
from person import Typist, power_on
from tools.fake_inverter import slave  # noqa: F401
from world import W

_LOOK_MS = 50
# All parts of asyncio, which takes them in by relative imports that on_import can't hand on.
_PARTS = (asyncio.Event, asyncio.Lock, asyncio.gather, asyncio.start_server)
_BUFFER = bytearray(1024)


class Phone:
    """A client that looks at the page now and then; it costs Python's heap next to nothing."""

    def __init__(self, port, path, pause_ms, times_us):
        self._address = usocket.getaddrinfo("127.0.0.1", port)[0][-1]
        self._path = path
        self._request = b"GET %s HTTP/1.1\r\nHost: 4.3.2.1\r\n\r\n" % path.encode()
        self._pause_ms = pause_ms
        self._times_us = times_us
        self.answers = self.refused = 0

    async def run(self):
        await asyncio.sleep_ms(self._pause_ms)
        while True:
            if any([a <= W.now_us < b for a, b in self._times_us]):
                await self._ask()
            await asyncio.sleep_ms(self._pause_ms)

    async def _ask(self):
        line = usocket.socket()
        good = False
        status = "nothing"
        try:
            line.connect(self._address)
            line.write(self._request)
            line.setblocking(False)
            first = True
            for _ in range(30_000 // _LOOK_MS):
                await asyncio.sleep_ms(_LOOK_MS)
                try:
                    n = line.readinto(_BUFFER)
                except OSError:
                    break
                if n is None:
                    continue
                if not n:
                    break
                if first:
                    status = bytes(_BUFFER[9:12])
                    good = status == b"200"
                    first = False
                if not any([a <= W.now_us < b for a, b in self._times_us]):
                    break  # a live view is left
        except OSError:
            pass
        line.close()
        self.answers += good
        self.refused += not good
        if not good:
            W.memory.note("%s gets %s" % (self._path, status))


class Onlooker:
    """Sees what happens, without the product knowing; its share of the heap is taken off."""

    def __init__(self, config):
        self._config = config
        folder = config["folder"]
        self._events = open(folder + "/events.jsonl", "w")
        self._lines = open(folder + "/memory.txt", "w")
        self._typist = Typist(config.get("console_us", ()))
        self._shown = open(folder + "/console.txt", "w")
        port = config["ports"]["80"]
        self._phones = [Phone(port, *phone) for phone in config["phones"]]
        self._memory = Memory()
        self._parts = None
        self._ballast = None
        on_import({"firmware.board": self._board, "firmware.app": self._app})
        W.at_end.append(self._finish)

    def begin(self):
        self._memory.begin()

    def _board(self, board):
        kind = board.Board
        for name in ("__init__", "mains_input", "sense_input", "ct_output"):
            setattr(kind, name, self._memory.aside(getattr(kind, name)))
        kind.console_stream = lambda _: (self._typist, self._shown.write)

    def _app(self, app):
        self._ballast = bytearray(self._config.get("ballast", 0))
        self._memory.look()
        build, run = app.build, app.run

        def build_and_attach(*arguments):
            self._parts = build(*arguments)
            self._memory.widen()
            for _, event in self._parts.health.log():
                self._event(event)
            self._parts.health.on_event = self._event
            return self._parts

        async def run_and_watch(*arguments):
            start = self._memory.aside(self._begin_watching)
            start()
            await run(*arguments)

        app.build, app.run = build_and_attach, run_and_watch

    def _begin_watching(self):
        for phone in self._phones:
            asyncio.create_task(phone.run())
        asyncio.create_task(self._watch())

    def _event(self, event):
        event["t_s"] = W.now_us / 1e6
        self._events.write(json.dumps(event) + "\n")

    async def _watch(self):
        memory = self._memory
        while True:
            await asyncio.sleep(self._config["look_s"])
            gc.collect()
            memory.look()
            figures = (memory.python(), sum(memory.splits), memory.free(), memory.block)
            self._lines.write("%d %d %d %d %d\n" % ((W.now_us // 1_000_000,) + figures))
            self._lines.flush()

    def _finish(self):
        for file in (self._events, self._lines, self._shown):
            file.close()
        i2s.recorder.close()
        memory = self._memory
        found = {
            "now_us": W.now_us,
            "moments": memory.moments,
            "idf_least": memory.least,
            "idf_least_largest": memory.least_largest,
            "answers": sum([phone.answers for phone in self._phones]),
            "refused": sum([phone.refused for phone in self._phones]),
            "because": self._parts and self._parts.health.reason,
        }
        with open(self._config["folder"] + "/chip.json", "w") as file:
            json.dump(found, file)


onlooker = Onlooker(W.config)
onlooker.begin()
power_on(".")
W.last_words()
