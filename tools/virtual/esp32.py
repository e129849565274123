"""Stand-in for `esp32`: only what board.py uses."""

from world import W

HEAP_DATA = 4


def idf_heap_info(_kind):
    if W.memory:
        return W.memory.regions()
    return [(138000, 40000, 38000, 30000)]


def mcu_temperature():
    return 41


def raw_temperature():
    return 106
