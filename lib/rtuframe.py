"""Modbus RTU frames: what can be wrong with a reply, and the check at its end.

No I/O, no clock. A reply is judged by its expected length, never by pauses: unit, function, byte
count and CRC must all match the request. Source: MODBUS over Serial Line V1.02, MODBUS Application
Protocol V1.1b3. Requests are made by lib/rtumake.py; a reply with anything around it (noise,
another unit's talk) is found by lib/rtusearch.py.
"""

import micropython


class FrameError(Exception):
    """The reply to one request could not be had; the text says why.

    kind: "no answer" | "bad crc" | "truncated" | "wrong unit" | "wrong function" | "wrong count"
    | "garbage" | "line" (never silent, or the port failed) | "refused".
    unit: who answered, where another one did.
    """

    unit = code = 0
    final = busy = False

    def __init__(self, kind, words=""):
        super().__init__(words or kind)
        self.kind = kind


class Refused(FrameError):
    """The inverter answered with an exception; `code` is its number.

    busy: asking less often is what it wants. final: the same question will be refused again, there
    is no such function or register.
    """

    def __init__(self, code):
        super().__init__("refused", "refused (%d)" % code)
        self.code = code
        self.busy = code in (5, 6)
        self.final = code in (1, 2, 3)


@micropython.viper
def crc16(data, start: int, end: int) -> int:
    """CRC-16/MODBUS of data[start:end]; 0 where the last two bytes are its own good CRC."""
    pointer = ptr8(data)
    crc = 0xFFFF
    while start < end:
        crc ^= pointer[start]
        start += 1
        for _ in range(8):
            if crc & 1:
                crc = (crc >> 1) ^ 0xA001
            else:
                crc >>= 1
    return crc
