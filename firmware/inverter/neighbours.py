"""Another master on this line: noticed by the questions and answers that are not ours.

Loaded when bytes arrived that nobody asked for. What is found out stays in memory for as long as
the other one talks; the polls are then wary (plausible.py), and ask for block sizes of their own.
"""

from micropython import const

from firmware.inverter.plausible import SUSPECTS
from lib.rtuwords import frames

_SURE = const(2)  # foreign frames until it is believed
_LEAVES_MS = const(600000)  # silent for that long: gone
_MOST_LONGER = const(9)  # words by which a read may be longer than it must
_TWICE = const(5)  # second answers, each within a minute of the one before, until it is said
TWICE_MS = const(60000)


class Neighbours:
    """What the others say: how many frames, of which sizes, when last."""

    def __init__(self):
        self.heard = 0
        self.asked = False  # a question was among it
        self.like_ours = 0  # answers that may be late ones of ours, until a question is heard
        self.at_ms = self.twice_ms = 0
        self.sizes: list = []
        self.note = ""


def look(inverter):
    """Read the strays; from the second foreign frame on, another master is on this line."""
    client, now_ms = inverter.client, inverter.clock.ms()
    judge = inverter.plausible or [None] * (SUSPECTS + 1)  # with no profile: soon forgotten
    seen = inverter.neighbours or judge[SUSPECTS] or Neighbours()
    stray, client.stray = client.stray, b""
    before = seen.heard
    ours = [(asked[5], asked[0]) for asked, _ in client.ledger]
    shapes = [(asked[5], asked[0]) for asked in client.known]
    for frame in frames(stray, len(stray)):
        question = len(frame) == 8 and frame[2] != 3
        size = frame[5] if question else frame[2] // 2
        if not question and (frame[1] & 0x80 or (size, frame[0]) in ours):
            continue  # a late answer of our own
        if not question and not seen.asked and (size, frame[0]) in shapes:
            # after all was settled; a stranger's question would be heard too
            if inverter.clock.since_ms(seen.twice_ms) > TWICE_MS:
                seen.like_ours, seen.note = 0, ""
            seen.like_ours, seen.twice_ms = seen.like_ours + 1, now_ms
            if seen.like_ours >= _TWICE:
                seen.note = "answers come twice: two devices with one address?"
            continue
        if question and not seen.asked:
            seen.asked = True
            seen.heard += seen.like_ours
        if size not in seen.sizes:
            seen.sizes.append(size)
        seen.heard += 1
        seen.at_ms = now_ms
    judge[SUSPECTS] = seen if seen.heard or seen.like_ours else None
    if seen.heard >= _SURE and inverter.neighbours is None:
        inverter.neighbours = seen
        seen.note = "another master is on this line"
        inverter.health.event("neighbour", heard=seen.heard, sizes=list(seen.sizes))
    if seen.heard > before and inverter.neighbours:
        _keep_apart(inverter, seen)
    elif inverter.neighbours and inverter.clock.since_ms(seen.at_ms) > _LEAVES_MS:
        inverter.neighbours = judge[SUSPECTS] = None
        if hasattr(inverter.battery, "longer"):
            inverter.battery.longer = 0


def _keep_apart(inverter, seen):
    """Ask for a size that nobody else uses."""
    battery = inverter.battery
    for longer in range(_MOST_LONGER):
        if hasattr(battery, "sizes"):
            battery.longer = longer
            if not [size for size in battery.sizes() if size in seen.sizes]:
                return
