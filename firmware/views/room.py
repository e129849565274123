"""Room for what a person asks for: live views that are in its way are ended.

A browser opens its own again. In memory only meanwhile. Clock domain: *second*.
"""

from micropython import const

from firmware.device import chip
from firmware.views.web import viewers

_GONE_MS = const(1200)  # the task of the live views looks each second


async def make(parts, wanted):
    """See that so many bytes are there; MemoryError where they are not even without live views."""
    try:
        chip.ensure_room(parts.board, wanted)
        return
    except MemoryError:
        if not viewers:
            raise
    while viewers:
        stream = viewers.pop()[0]
        try:
            stream.write(b"retry: 1500\n\n")  # ms until a browser opens it again
            stream.close()
            await stream.wait_closed()
        except OSError:  # it was faster
            pass
    await parts.clock.sleep_ms(_GONE_MS)
    chip.ensure_room(parts.board, wanted)
