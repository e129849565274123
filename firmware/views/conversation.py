"""One line of the console, from its first key to its answer; in memory only meanwhile.

Each command is a file in commands/, in memory while it is obeyed: HELP (usage, meaning),
obey(parts, words, *needed) that yields lines (None: others' turn) or raises words.CommandError,
where it wants some NEEDS, the names of the modules that it is handed, and where words can make it
write to the flash saves(words), whether these do, and MORE (quietly.py). With COLLECTS, obey is a
coroutine for the lines. Clock domain: *second*.
"""

import asyncio
import os

from micropython import const

from firmware.version import VERSION
from firmware.views.web import take_place
from lib.ondemand import Module, collected, folder, uncollected
from lib.several import Modules

WATCH_MS = 1000
_END = "\r\n"
_COMMANDS = "firmware.views.commands"
_QUIETLY = const("firmware.views.quietly")


async def answer(console, words, editor, key):
    """Let a person type a line that begins with `key`, and answer it; None greets.

    words: the module firmware.views.words.
    """
    if key is None:
        await console.show("Battery CT %s. Type help for what you can say.%s" % (VERSION, _END))
        line = "wifi"
    else:
        line = await _line(console, editor, key)
    console.last = editor.last
    if line:
        await obey(console, words, line)


async def obey(console, words, line):
    """Do what one line says and show the answer."""
    name = line.split()[0]
    if name == "help":
        await _help(console)
    elif name not in await command_names():
        await _say(console, "There is no %s. Type help for what there is." % name)
    else:
        try:
            with await take_place(console.parts) as place:
                async with Module("%s.%s" % (_COMMANDS, name)) as command:
                    await _obey(console, command, line.split(), place)
        except MemoryError:
            console.parts.health.count("console", "out of memory")
            await _say(console, "Too little memory for that while the page is open: close it.")
        except words.CommandError as why:
            await _say(console, str(why))


async def _line(console, editor, key):
    """The line that a person types; "" for an empty one and at the end of the stream."""
    line = None
    while key:
        shown, line = editor.feed(key)
        await console.show(shown)
        if line is not None:
            break
        key = await console.key()
    return line or ""


async def _obey(console, command, words, place):
    async with Modules(*getattr(command, "NEEDS", ())) as needed:
        await collected()  # what was loaded left garbage, and the answer is long
        if words[0] == "watch":
            place.__exit__()  # nobody waits for the end of that
            await _watch(console, command, needed)
            return
        lines = iter(await _lines(console.parts, command, words[1:], needed))
        while True:
            try:
                with uncollected:
                    line = next(lines)
            except StopIteration:
                break
            await asyncio.sleep(0)
            if line is not None:  # else long work, with chances for others
                await _say(console, line)


async def _lines(parts, command, words, needed):
    """What a command says, while nothing flows where it writes to the flash."""
    lines = command.obey(parts, words, *needed)
    if hasattr(command, "COLLECTS"):
        return await lines
    if not hasattr(command, "saves") or not command.saves(words):
        return lines
    async with Module(_QUIETLY) as quietly:
        return await quietly.quietly(parts, getattr(command, "MORE", 0), list, lines)


async def _help(console):
    """What each command says of itself."""
    await _say(console, "%-32s %s" % ("help", "this list"))
    for name in await command_names():
        async with Module("%s.%s" % (_COMMANDS, name)) as command:
            await _say(console, "%-32s %s" % command.HELP)


async def _watch(console, command, needed):
    key = None
    while key is None:
        for line in command.obey(console.parts, (), *needed):
            await console.show("\r%s\x1b[K" % line)
        try:
            key = await asyncio.wait_for(console.key(), WATCH_MS / 1000)
        except asyncio.TimeoutError:  # no key yet: another second
            pass
    await console.show(_END)


async def _say(console, line):
    await console.show(line + _END)


async def command_names():
    """All that can be said, in order: one file each in commands/."""
    try:
        files = os.listdir(folder(_COMMANDS))
    except OSError:  # frozen into the image, where no folder can be listed
        async with Module(_COMMANDS + ".names") as names:
            files = names.NAMES
    return sorted([file.rsplit(".", 1)[0] for file in files if file[0] not in "._"])
