"""An energy meter on the line, as many installations have one: it answers, and has no battery.

Input registers as of the Eastron meters: float, high word first, volts at 0, watts at 12, total
watts at 52, hertz at 70; holding registers 0 to 39 exist. Runs on CPython and MicroPython.
"""

import struct

VALUES = {0: 230.4, 6: 2.6, 12: 598.0, 30: 0.99, 52: 598.0, 70: 49.98}
INPUTS, HOLDINGS = 384, 40  # how many registers there are


class Meter:
    """Its register image; nothing of the inverter `now` shows in it."""

    def read(self, _now, function, address, count):
        """The words of one read request, or the number of the Modbus exception that refuses it."""
        if address + count > (INPUTS if function == 4 else HOLDINGS):
            return 2
        words = [0] * INPUTS
        if function == 4:
            for at, value in VALUES.items():
                words[at], words[at + 1] = struct.unpack(">HH", struct.pack(">f", value))
        return words[address : address + count]
