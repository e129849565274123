"""The chip's memory and time: who takes what, in which order, and what is kept free.

About 194 kB are shared on a WROOM-32. First comes what cannot wait (board.py): the radio, the I2S
ring, the UART. Python's heap then doubles once, to 112 kB, while the product is imported, grows by
a bounded amount (widening.py) and must not grow again: the next growth would take what WiFi and
sockets need. So it is collected early (board.py), views are refused where what they load would
make it grow (firmware/views/room.py), and when little is left all the same, a collection gives
back a growth that has become empty. Clock domain: *second*.
"""

import gc

LOOK_S = 4


def spare(board):
    """Bytes that Python's heap has left without growing.

    What `mem_free` calls free includes the largest block that the heap could still take.
    """
    return gc.mem_free() - (board.system_heap()[1] or 0)


def look(board, load, health):
    """Gauge heaps and load: every four seconds, for ever, just after a collection."""
    share_pct, longest_ms = load.take()
    health.gauge("load_pct", share_pct)
    worst_ms = health.gauges.get("longest_stall_ms")  # None: no current flowed yet, nobody waited
    health.gauge("longest_stall_ms", 0 if worst_ms is None else max(worst_ms, longest_ms))
    free, largest, least = board.system_heap()
    health.gauge("heap_free", spare(board))
    health.gauge("idf_free", free)
    health.gauge("idf_largest", largest)
    health.gauge("idf_least", least)
