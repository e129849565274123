"""Nothing flows while the flash is written: an erased block holds the whole chip, for up to 0.3 s.

Longer than the output ring plays on (61 ms). So first the current is zero, then it is written, and
the current comes back when the mains is locked and the ring has been full again, after 0.2 to 2
seconds. In memory only meanwhile. Clock domain: *second*.
"""

from micropython import const

from lib import load
from lib.ondemand import Module

# What a change of settings loads: up to 8 kB alive (measured on an emulated chip), 3 kB to write
# and to compare, and holes. Nobody loads it before: it may hold the loop by then.
_ROOM = const(13_000)
_BLOCKS = const(8)  # more than the ring takes
_PLAYED_MS = const(90)  # the ring, a block that was made before, and a turn of the pump
_LOOK_MS = const(100)
_LOOKS = const(60)  # a lock that is lost takes 1.3 s, 4 s were seen while two phones asked


async def quietly(parts, more, act, *given):
    """What `act(*given)` returns, called while the output is at zero and its ring plays no more.

    more: bytes that it takes beside what a change of settings does. MemoryError where there is no
    room even without live views, which are ended where they are in the way: a browser opens its
    own again. A test power outlives it.
    """
    async with Module("firmware.views.room") as room:
        await room.make(parts, _ROOM + more)
    room = None  # or it stays
    hold = parts.hold
    hold.resting += 1
    try:
        parts.ct.show(0, None)
        await parts.clock.sleep_ms(_PLAYED_MS)
        ring = parts.ct.ring
        before = ring.underruns
        try:
            load.meant.append(True)
            return act(*given)
        finally:
            for _ in range(_BLOCKS):  # before others have their turn: it ran dry on purpose
                parts.ct.pump()
            ring.underruns = before
            for _ in range(_LOOKS):
                if not hold.left_s(parts.clock.ms()):
                    break
                await parts.clock.sleep_ms(_LOOK_MS)  # the lock that is lost is known a turn later
                if parts.mains.lock:
                    break
    finally:
        hold.resting -= 1
