"""The console on the serial line: a person types a command, the device answers.

Each command is a file in commands/, in memory while it is obeyed: HELP (usage, meaning),
obey(parts, words, needed) that yields lines or raises words.CommandError, and where it wants one
NEEDS, the name of a module that it is handed. Only this task writes, one piece at a time, so that
nothing is ever interleaved. Ctrl-C is not for us: it interrupts the firmware and leads to the
REPL. Clock domain: *second*.
"""

import asyncio
import os

from micropython import const

from firmware.version import VERSION
from lib.lineedit import LineEditor
from lib.ondemand import Module, folder

PROMPT = "ct> "
_END = const("\r\n")
PIECE = 64  # characters at a time; at 115200 Bd writing holds the loop for 5.6 ms
# What the line then takes; faster, and the next piece would wait for it.
_CHARACTERS_PER_MS = const(11)
_SETTLE_MS = const(300)  # until the WiFi has got its name and password
WATCH_MS = 1000
_WORDS = const("firmware.views.words")
_COMMANDS = const("firmware.views.commands")


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
        await self.obey("wifi")
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
        words = line.split()
        if words[0] == "help":
            await self._help()
        elif words[0] not in command_names():
            await self._say("There is no %s. Type help for what there is." % words[0])
        else:
            async with Module(_WORDS) as said:
                try:
                    async with Module("%s.%s" % (_COMMANDS, words[0])) as command:
                        await self._obey(command, words)
                except said.CommandError as why:
                    await self._say(str(why))

    async def _obey(self, command, words):
        async with Module(getattr(command, "NEEDS", _WORDS)) as needed:
            if words[0] == "watch":
                await self._watch(command, needed)
                return
            for answer in command.obey(self._parts, words[1:], needed):
                await self._say(answer)

    async def _help(self):
        """What each command says of itself."""
        await self._say("%-32s %s" % ("help", "this list"))
        async with Module(_WORDS):
            for name in command_names():
                async with Module("%s.%s" % (_COMMANDS, name)) as command:
                    await self._say("%-32s %s" % command.HELP)

    async def _watch(self, command, needed):
        key = None
        while key is None:
            for line in command.obey(self._parts, (), needed):
                await self._show("\r%s\x1b[K" % line)
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


def command_names():
    """All that can be said, in order: one file each beside this module."""
    try:
        files = os.listdir(folder(_COMMANDS))
    except OSError:  # frozen into the image, where no folder can be listed
        files = __import__(_COMMANDS + ".names", None, None, ("NAMES",)).NAMES
    return sorted([file.rsplit(".", 1)[0] for file in files if file[0] not in "._"])
