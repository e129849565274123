"""Strangers and bad luck of a scenario's [hazards]: guests at the page, steps without memory.

Strangers on the RS485 line are devices/uart.py's.
"""

import asyncio

import micropython

from world import Dice, W


async def guest(port, at_us, data, pause_ms):
    """Connect at a time, send three pieces, read what comes within a second, go."""
    await asyncio.sleep_ms(max(0, (at_us - W.now_us) // 1000))
    third = len(data) // 3 + 1
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return
    try:
        for first in range(0, len(data), third):
            writer.write(data[first : first + third])
            await writer.drain()
            await asyncio.sleep_ms(pause_ms)
        await asyncio.wait_for(reader.read(200), 1)
    except (OSError, asyncio.TimeoutError):
        pass
    writer.close()
    W.guests = getattr(W, "guests", 0) + 1


class Lean:
    """Steps that find no memory, by chance, in the spans of time that the config names."""

    def __init__(self, spans_us):
        self._spans = spans_us
        self._dice = Dice(W.config.get("seed", 1) * 77)
        self.denied = 0

    def step(self, function):
        """The function, sometimes with the heap locked: the first allocation fails."""

        def maybe(*arguments):
            chance = 0
            for begin, end, probability in self._spans:
                if begin <= W.now_us < end:
                    chance = probability
            if not self._dice.chance(chance):
                return function(*arguments)
            self.denied += 1
            micropython.heap_lock()
            try:
                return function(*arguments)
            finally:
                micropython.heap_unlock()

        return maybe


def befall(parts, port):
    """Let the hazards happen to a device."""
    config = W.config.get("hazards", {})
    for at_us, data, pause_ms in config.get("guests_us", ()):
        asyncio.create_task(guest(port, at_us, bytes.fromhex(data), pause_ms))
    spans = config.get("lean_us")
    if spans:
        from firmware import policy

        W.lean = lean = Lean(spans)
        parts.mains.step = lean.step(parts.mains.step)
        parts.ct.show = lean.step(parts.ct.show)
        policy.decide = lean.step(policy.decide)
