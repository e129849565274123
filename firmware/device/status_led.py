"""The board's LED as a view of the device, for a person who looks through the lid.

Steady: the output shows the inverter's or a held power. One short wink a second: zero, and all is
well. Quick blinking: zero because something is wrong; page and console say what.
"""

from micropython import const

_TURN_MS = const(1000)
_BLINK_MS = const(125)


async def second(board, parts):
    """Show it for a second; clock domain: *second*."""
    clock = parts.clock
    if parts.ct.watts:
        board.led(True)
        await clock.sleep_ms(_TURN_MS)
    elif parts.mains.lock and not parts.inverter.problem and not parts.health.faults:
        await wink(board, _BLINK_MS, _TURN_MS - _BLINK_MS, clock)
    else:
        for _ in range(_TURN_MS // (2 * _BLINK_MS)):
            await wink(board, _BLINK_MS, _BLINK_MS, clock)


async def wink(board, on_ms, off_ms, clock):
    """On for a while, then off for a while."""
    board.led(True)
    await clock.sleep_ms(on_ms)
    board.led(False)
    await clock.sleep_ms(off_ms)
