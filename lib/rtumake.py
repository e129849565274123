"""Make a read request: the PDU from umodbus, address and CRC around it. Loaded for a new one."""

from lib.ondemand import Module
from lib.rtuframe import crc16


def request(unit, function, address, count):
    """The sealed question for `count` words at a wire address. function: 3 or 4."""
    with Module("umodbus.const"), Module("umodbus.functions") as functions:
        read = functions.read_input_registers
        if function == 3:
            read = functions.read_holding_registers
        return sealed(unit, read(address, count))


def sealed(unit, pdu):
    """The frame of a PDU for a unit: address before, CRC behind (low byte first)."""
    frame = bytearray(len(pdu) + 3)
    frame[0] = unit
    frame[1:-2] = pdu
    crc = crc16(frame, 0, len(frame) - 2)
    frame[-2] = crc & 0xFF
    frame[-1] = crc >> 8
    return frame
