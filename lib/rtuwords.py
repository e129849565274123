"""Refusals in words, a line's statistics, what else talks on it. Loaded when there is a reason.

No I/O, no clock.
"""

from lib.rtuframe import crc16

REFUSALS = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "server device failure",
    5: "acknowledge, still working",
    6: "server device busy",
    8: "memory parity error",
    10: "gateway path unavailable",
    11: "gateway target did not respond",
}


def refusal(code):
    """An exception's number in words."""
    return "refused: %s (%d)" % (REFUSALS.get(code, "unknown exception"), code)


def statistics(client):
    """What a Client has counted, as numbers and words for page and console."""
    trips = sorted(client.trips[: min(client.good, len(client.trips))])
    return {
        "requests": client.requests,
        "good": client.good,
        "late": client.late,
        "faults": dict(client.faults),
        "trip_ms": [trips[0], trips[len(trips) // 2], trips[-1]] if trips else None,
        "echo": client.echo,
        "line": "%d 8%s%d" % client.line if client.line else None,
        "backoff_ms": client.backoff_ms,
    }


def frames(data, end):
    """Yield every whole read question (8 bytes), answer and refusal in data[:end]."""
    place = 0
    while place + 5 <= end:
        length = _frame_length(data, place, end)
        if length:
            yield bytes(data[place : place + length])
        place += length or 1


def _frame_length(data, place, end):
    function = data[place + 1]
    if function & 0x7F not in (3, 4):
        return 0  # nobody else's frames are worth the time on a noisy line
    if function & 0x80:
        lengths = (5,)
    else:
        lengths = (data[place + 2] + 5, 8) if data[place + 2] and not data[place + 2] & 1 else (8,)
    for length in lengths:
        if place + length <= end and crc16(data, place, place + length) == 0:
            return length
    return 0
