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
    winks, on_ms = 1, _BLINK_MS
    if parts.ct.watts:
        on_ms = _TURN_MS
    elif not parts.mains.lock or parts.inverter.problem or parts.health.faults:
        winks = _TURN_MS // (2 * _BLINK_MS)
    for _ in range(winks):
        board.led(True)
        await clock.sleep_ms(on_ms)
        if on_ms < _TURN_MS:
            board.led(False)
            await clock.sleep_ms(_TURN_MS // winks - on_ms)
