"""What nobody waits for, in one task: the chip's gauges, the chart, the LED.

A task of its own costs a board 280 bytes. Clock domain: *second*.
"""

from micropython import const

from firmware.device import chip, status_led
from firmware.views import history
from lib.ondemand import collected

_AGAIN_MS = const(1000)


async def run(board, parts, load):
    """Look after all of them for ever; what finds no memory is left out this time."""
    seconds = 0
    while True:
        seconds = (seconds + 1) & 0xFFFF
        try:
            if seconds % chip.LOOK_S == 0:
                await collected()
                chip.look(board, load, parts.health)
            if history.rings and seconds % history.rings[0][0] == 0:
                history.take(parts)
            await status_led.second(board, parts)
        except MemoryError as why:
            parts.health.count("out of memory", why)
            await parts.clock.sleep_ms(_AGAIN_MS)
