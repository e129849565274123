"""What nobody waits for, in one task: the chip's gauges, the chart, the LED.

A task of its own costs a board 280 bytes. Clock domain: *second*.
"""

from firmware.device import chip, status_led
from firmware.views import history


async def run(board, parts, load):
    """Look after all of them for ever."""
    seconds = 0
    while True:
        seconds = (seconds + 1) & 0xFFFF
        if seconds % chip.LOOK_S == 0:
            chip.look(board, load, parts.health)
        if history.rings and seconds % history.rings[0][0] == 0:
            history.take(parts)
        await status_led.second(board, parts)
