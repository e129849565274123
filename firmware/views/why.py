"""Why the Zappi sees this: the chain from register to pin, each link with what it says now.

For page and console: (link, words, age in seconds or None). The chain is put together in three
parts, one in memory after the other, for a WROOM-32 has no room for all. Clock domain: *second*.
"""

import asyncio

from lib.ondemand import Module, file_bytes
from lib.several import Modules

# Each: what it needs, and what has the links.
_PARTS = (
    ("firmware.inverter.witness_words", "firmware.inverter.chain"),
    ("firmware.inverter.plausible", "firmware.inverter.report"),
    ("lib.atomicfile", "firmware.views.commissioning_record", "firmware.views.why_output"),
)
_SPARE = 1500  # bytes: what the rows take, and holes
_TIMES = 2  # a module takes up to twice its file's bytes, and one file is there until it is made


async def rows(parts):
    """List of all links, from the first to the last; MemoryError where there is no room."""
    found, reading = [], parts.inverter.latest
    age_s = parts.clock.since_ms(reading.at_ms) / 1000 if reading else None
    for names in _PARTS:
        async with Module("firmware.views.room") as room:
            files = [file_bytes(name) for name in names]
            await room.make(parts, _SPARE + _TIMES * sum(files) + max(files))
        room = None  # or it stays
        async with Modules(*names) as modules:
            for row in modules[-1].rows(parts, age_s):
                found.append(row)
                await asyncio.sleep(0)
            modules = None  # or they stay
    return found
