"""Whether this board carries the home's WiFi (home_wifi.py); in words where it does not.

In memory while somebody asks. Clock domain: *second*.
"""

import asyncio
import gc
import sys

from micropython import const

from lib.ondemand import Module

PLENTY = 3_500_000  # bytes free: 4 MB of PSRAM, as history.py wants for its day by the minute
NOT_HERE = (
    "This board has not the memory for home WiFi, which takes 4 MB of PSRAM. "
    "Page and console work over its own WiFi and the cable."
)
_HOME = const("firmware.views.home_wifi")


def begin(board, parts, access_point):
    """Start it where there is the memory."""
    if gc.mem_free() > PLENTY:
        home = Module(_HOME).__enter__().home  # and it stays
        home.start(board, parts, access_point)
        asyncio.create_task(home.run())


def carried():
    """The Home of this board, None where it has none."""
    module = sys.modules.get(_HOME)
    return module.home if module and module.home.name else None
