"""Room for what a person asks for: others are waited for, then live views in the way are ended.

A browser opens its own again. In memory only meanwhile. Clock domain: *second*.
"""

from micropython import const

from firmware.device import chip
from firmware.views.web import viewers

_LOOK_MS = const(100)
_LOOKS = const(40)  # until another answer is through, which takes up to 4 s
_GONE_MS = const(1200)  # the task of the live views looks each second


async def make(parts, wanted=chip.ROOM, views_stay=False):
    """See that so many bytes are there; MemoryError where they are not even without live views."""
    looks = 0
    while True:
        try:
            chip.ensure_room(parts.board, wanted)
            return
        except MemoryError:
            if looks >= _LOOKS and (views_stay or not viewers):
                raise
        if looks == _LOOKS:
            await _end_views()
        looks += 1
        await parts.clock.sleep_ms(_LOOK_MS if looks <= _LOOKS else _GONE_MS)


async def _end_views():
    while viewers:
        stream = viewers.pop()[0]
        try:
            stream.write(b"retry: 1500\n\n")  # ms until a browser opens it again
            stream.close()
            await stream.wait_closed()
        except OSError:  # it was faster
            pass
