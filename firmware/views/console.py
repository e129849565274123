"""The console on the serial line: a person types a command, the device answers.

Only this task writes, one piece at a time, so that nothing is ever interleaved. Ctrl-C is not for
us: it interrupts the firmware and leads to the REPL. Clock domain: *second*.
"""

import asyncio

from micropython import const

from firmware.version import VERSION
from firmware.views import wifi
from lib.lineedit import LineEditor
from lib.ondemand import Module

PROMPT = "ct> "
_END = const("\r\n")
PIECE = 64  # characters at a time; at 115200 Bd writing holds the loop for 5.6 ms
# What the line then takes; faster, and the next piece would wait for it.
_CHARACTERS_PER_MS = const(11)
_SETTLE_MS = const(300)  # until the WiFi has got its name and password
WATCH_MS = 1000


class Console:
    """Reads `stream` (polled, one byte at a time) and answers through the function `write`."""

    def __init__(self, parts, stream, write):
        self._parts = parts
        self._reader = asyncio.StreamReader(stream)
        self._write = write
        self._editor = LineEditor()

    async def run(self):
        """Greet, then answer line after line until the stream ends."""
        await self._parts.clock.sleep_ms(_SETTLE_MS)
        await self._say("Battery CT %s. Type help for what you can say." % VERSION)
        await self._say(wifi.greeting(self._parts.settings))
        await self._show(PROMPT)
        while True:
            character = await self._key()
            if not character:
                return
            shown, line = self._editor.feed(character)
            await self._show(shown)
            if line is not None:
                if line:
                    await self.obey(line)
                await self._show(PROMPT)

    async def obey(self, line):
        """Do what one line says and show the answer."""
        with Module("firmware.views.commands") as commands:  # 7 kB that are idle most of the time
            if line == "watch":
                await self._watch(commands)
                return
            try:
                for answer in commands.obey(self._parts, line):
                    await self._say(answer)
            except commands.CommandError as why:
                await self._say(str(why))

    async def _watch(self, commands):
        key = None
        while key is None:
            await self._show("\r%s\x1b[K" % commands.watch_line(self._parts))
            try:
                key = await asyncio.wait_for(self._key(), WATCH_MS / 1000)
            except asyncio.TimeoutError:  # no key yet: another second
                pass
        await self._show(_END)

    async def _key(self):
        """The next character, "" at the end of the stream."""
        byte = await self._reader.read(1)
        return chr(byte[0]) if isinstance(byte, bytes) and byte else byte or ""

    async def _say(self, line):
        await self._show(line + _END)

    async def _show(self, text):
        for start in range(0, len(text), PIECE):
            piece = text[start : start + PIECE]
            self._write(piece)
            if len(piece) > 1:
                await self._parts.clock.sleep_ms(1 + len(piece) // _CHARACTERS_PER_MS)
