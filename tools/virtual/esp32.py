"""Stand-in for `esp32`: only what board.py uses."""


def mcu_temperature():
    return 41


def raw_temperature():
    return 106
