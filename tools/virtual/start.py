"""Power-on of the virtual board: boot.py, then main.py, with recorders looking on from outside.

Run by the MicroPython interpreter; the host's `tools/play/world.py` prepared the config. The
recorders see the device only through what it shows anyway: its diary, its status and its console.
"""

import asyncio
import gc
import json
import sys

import hazards
from devices import i2s, uart
from person import Typist, power_on
from watcher import Watcher
from world import W

W.visits = 0
W.watcher = None


_COLLECT_EVERY = 1_000_000  # bytes


class Recorder:
    """Writes events.jsonl and status.jsonl in the run's folder."""

    def __init__(self, folder):
        self._folder = folder
        self._events = open(folder + "/events.jsonl", "w")
        self._status = open(folder + "/status.jsonl", "w")
        self._heap = open(folder + "/heap.txt", "w")
        W.at_end.append(self.close)

    def attach(self, parts):
        """Take down what has happened already and everything from now on."""
        for _, event in parts.health.log():
            self._event(event)
        parts.health.on_event = self._event

    def _event(self, event):
        event["t_s"] = W.now_us / 1e6
        self._events.write(json.dumps(event) + "\n")

    async def run(self, parts):
        """The device's own status once per second."""
        from firmware.views import status

        for name in status.NEEDS:  # once, not anew from its source for each status
            __import__(name)
        every_ms = W.config.get("status_every_ms", 1000)
        while True:
            await asyncio.sleep_ms(every_ms)
            self._status.write(status.text(parts) + "\n")
            if W.config.get("weigh"):
                self._weigh(parts)

    def _weigh(self, parts):
        """Of a long life: how much lives, everything on this side included, and what went wrong
        so far; all on the disk, so that a life that is cut short tells, too."""
        gc.collect()
        self._heap.write("%d %d" % (W.now_us // 1_000_000, gc.mem_alloc()))
        self._heap.write(" %d %d" % (W.visits, parts.ct.ring.underruns))
        found = sum(W.watcher.found.values())
        self._heap.write(" %d %d\n" % (W.watcher.worst_play_us, found))
        for file in (self._events, self._status, self._heap):
            file.flush()

    def close(self):
        self._events.close()
        self._status.close()
        self._heap.close()


async def visitor(port, pause_ms, times_us=()):
    """A client that polls the device's page over the loopback; times_us: only in these spans."""
    await asyncio.sleep_ms(pause_ms)
    while True:
        if times_us and not any([a <= W.now_us < b for a, b in times_us]):
            await asyncio.sleep_ms(2000)
            continue
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /api/status HTTP/1.0\r\n\r\n")
        await writer.drain()
        answer = await reader.read()
        W.visits += b" 200 " in answer[:20]
        writer.close()
        await writer.wait_closed()
        await asyncio.sleep_ms(pause_ms)


def observe(config):
    """Hook recorders, typist and visitors to the app without it knowing."""
    from lib import ondemand

    ondemand.mount()  # as boot.py will, where modules are packed

    from firmware import app, board

    recorder = Recorder(config["folder"])
    typist = Typist(config.get("console_us", ()))
    shown = open(config["folder"] + "/console.txt", "w")
    W.at_end.append(shown.close)
    board.Board.console_stream = lambda self: (typist, shown.write)
    build, run = app.build, app.run

    def build_and_attach(*args):
        # A board collects often, its heap being small; this one is large, holds a world as well,
        # and each collection walks through all of it: minutes for an hour of virtual time.
        gc.threshold(_COLLECT_EVERY)
        parts = build(*args)
        recorder.attach(parts)
        if W.config.get("watch"):
            W.watcher = Watcher(
                parts, args[0]._i2s, uart.the_line, config["folder"] + "/watch.jsonl"
            )
        return parts

    async def run_and_record(the_board, parts):
        asyncio.create_task(recorder.run(parts))
        port = config.get("ports", {}).get("80")
        hazards.befall(parts, port)
        for k in range(config.get("visitors", 0)):
            asyncio.create_task(visitor(port, 900 + 37 * k, config.get("visits_us", ())))
        await run(the_board, parts)

    app.build, app.run = build_and_attach, run_and_record


def finish(config):
    """What the host wants to know of the run and can't see in the recordings."""
    i2s.recorder.close()
    line = uart.the_line
    with open(config["folder"] + "/board.json", "w") as f:
        json.dump(
            {
                "now_us": W.now_us,
                "watched": W.watcher
                and {
                    "looks": W.watcher.looks,
                    "found": W.watcher.found,
                    "worst_play_us": W.watcher.worst_play_us,
                },
                "requests": line.requests if line else None,
                "visits": W.visits,
                "interpreter": "%s %s" % (sys.version.split("; ")[-1], sys.implementation[0]),
                "small_int_bits": len(bin(sys.maxsize)) - 2,
            },
            f,
        )


if "folder" in W.config:
    observe(W.config)
    W.at_end.append(lambda: finish(W.config))
power_on(W.config["root"])
