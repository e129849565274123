"""Room for what a person asks for: others are waited for, then live views in the way are ended.

Two answers at once want the memory of both, so one is made after the other, console and page
alike. A browser opens its live view again. In memory only meanwhile. Clock domain: *second*.
"""

import asyncio
from time import ticks_diff, ticks_ms

from micropython import const

from firmware.device import chip
from firmware.views.web import at_work, viewers
from lib.ondemand import collected

_LONGEST_MS = const(8000)  # that the next one waits for an answer: with two views a form takes 4 s
_NEXT_MS = const(50)
_ROOM = const(14_000)  # what a command or an answer of the page mostly loads, with its garbage
_LOOK_MS = const(200)
_LOOKS = const(20)  # until another answer is through, which takes up to 4 s
_GONE_MS = const(1200)  # the task of the live views looks each second


class Place:
    """A place among those who are answered, in the order of coming, for a `with` block.

    module: this one, which is in memory as long. gets_on(): whether the answer is being made, and
    taken; who stops is not waited for.
    """

    def __init__(self, module, gets_on):
        self._module = module
        self._gets_on = gets_on
        self._since_ms = ticks_ms()
        at_work.append(self)

    async def turn(self, parts):
        """Wait for those before, and for room; MemoryError where there is none."""
        while [other for other in at_work[: at_work.index(self)] if other.works()]:
            await asyncio.sleep_ms(_NEXT_MS)
            self._since_ms = ticks_ms()
        await make(parts)

    def works(self):
        """Whether others had better wait."""
        short = ticks_diff(ticks_ms(), self._since_ms) < _LONGEST_MS
        return short and (not self._gets_on or self._gets_on())

    def __enter__(self):
        return self

    def __exit__(self, *_why):
        if self in at_work:
            at_work.remove(self)
            self._module.__exit__()


async def make(parts, wanted=_ROOM, views_stay=False):
    """See that so many bytes are there; MemoryError where they are not even without live views."""
    looks = 0
    while not await _enough(parts.board, wanted):
        if looks >= _LOOKS and (views_stay or not viewers):
            raise MemoryError("too little memory for that now")
        if looks == _LOOKS:
            await _end_views()
        looks += 1
        await parts.clock.sleep_ms(_LOOK_MS if looks <= _LOOKS else _GONE_MS)


async def _enough(board, wanted):
    """Whether so many bytes are there; looking takes some ms, collecting more: a turn for each."""
    if not board or chip.spare(board) >= wanted:
        return True
    await collected()
    return chip.spare(board) >= wanted


async def _end_views():
    while viewers:
        stream = viewers.pop()[0]
        try:
            stream.write(b"retry: 1500\n\n")  # ms until a browser opens it again
            stream.close()
            await stream.wait_closed()
        except OSError:  # it was faster
            pass
