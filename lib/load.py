"""How busy an asyncio loop is: its share of the time, and the longest turn of any task.

And a call between two turns, for what cannot wait until several long ones are over. Clock domain:
*second*, except for `_wait`, which is called around each turn and only adds up.
"""

import gc
from time import ticks_diff, ticks_us

from micropython import const

_PATIENCE = const(100)  # collections of some 8 ms: about a second
_HELD_US = const(8000)  # of turns in a row; an output ring of six blocks plays 61 ms

meant: list = []  # not empty: the turn of now may be long, for nobody waits


class Load:
    """Looks over the shoulder of the loop.

    The wait of its queue of streams is where the loop idles, and where each turn begins and ends.
    Timer callbacks that run while it waits count as idle. between: called where tasks have held
    the loop for some milliseconds and more of them are due; allocates nothing, raises nothing.
    """

    def __init__(self, asyncio, between=None):
        queue = asyncio.core._io_queue
        self._wait_io_event = queue.wait_io_event
        self._between = between
        self._held_us = 0  # since the last idle moment, or since `between`
        self._left_us = self._since_us = ticks_us()
        self._busy_us = 0
        self._longest_us = 0
        self._failed = 0  # waits in a row
        queue.wait_io_event = self._wait

    def _wait(self, dt_ms):
        now_us = ticks_us()
        turn_us = ticks_diff(now_us, self._left_us)
        self._busy_us += turn_us
        if meant:
            meant.clear()
        elif turn_us > self._longest_us:
            self._longest_us = turn_us
        self._held_us = 0 if dt_ms else self._held_us + turn_us
        if self._held_us > _HELD_US and self._between:
            self._between()
            self._held_us = 0
            self._busy_us += ticks_diff(ticks_us(), now_us)
        try:
            self._wait_io_event(dt_ms)
            self._failed = 0
        except OSError:  # the network found no memory to look at its sockets: a turn without it
            self._failed += 1
            if self._failed > _PATIENCE:
                raise
            gc.collect()
        self._left_us = ticks_us()

    def take(self):
        """(share in %, longest turn in ms) since the last call, at most five minutes ago."""
        now_us = ticks_us()
        whole_us = max(1, ticks_diff(now_us, self._since_us))
        share_pct, longest_ms = 100 * self._busy_us // whole_us, self._longest_us // 1000
        self._since_us, self._busy_us, self._longest_us = now_us, 0, 0
        return share_pct, longest_ms
