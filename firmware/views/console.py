"""The console on the serial line: a person types a command, the device answers.

At rest it only waits for a key. With the first one come the line editor and conversation.py, which
knows what a line means; when the line is answered they go. Only this task writes, one piece at a
time, so that nothing is ever interleaved. Ctrl-C is not for us: it interrupts the firmware and
leads to the REPL. Clock domain: *second*.
"""

import asyncio

from micropython import const

from lib.several import Modules

PROMPT = "ct> "
PIECE = 64  # characters at a time; at 115200 Bd writing holds the loop for 5.6 ms
# What the line then takes; faster, and the next piece would wait for it.
_CHARACTERS_PER_MS = const(11)
_SETTLE_MS = const(300)  # until the WiFi has got its name and password


class Console:
    """Reads `stream` (polled, one byte at a time) and answers through the function `write`."""

    last = ""  # the line before, for arrow up

    def __init__(self, parts, stream, write):
        self.parts = parts
        self._reader = asyncio.StreamReader(stream)
        self._write = write

    async def run(self):
        """Greet, then answer line after line until the stream ends."""
        await self.parts.clock.sleep_ms(_SETTLE_MS)
        key = None  # the greeting comes unasked
        while key != "":
            await self._answer(key)
            await self.show(PROMPT)
            key = await self.key()

    async def _answer(self, key):
        # A coroutine of its own: nothing of the modules may be held while nobody types.
        async with Modules(
            "lib.lineedit", "firmware.views.words", "firmware.views.conversation"
        ) as (lineedit, words, conversation):
            await conversation.answer(self, words, lineedit.LineEditor(self.last), key)

    async def key(self):
        """The next character, "" at the end of the stream."""
        byte = await self._reader.read(1)
        return chr(byte[0]) if isinstance(byte, bytes) and byte else byte or ""

    async def show(self, text):
        """Write a piece at a time; the loop turns while the line takes it."""
        for start in range(0, len(text), PIECE):
            piece = text[start : start + PIECE]
            self._write(piece)
            if len(piece) > 1:
                await self.parts.clock.sleep_ms(1 + len(piece) // _CHARACTERS_PER_MS)
