"""The work of a search: knock at every line and address, then ask who answered what it is.

In memory only while scan.py searches; what it finds is written into the Scan. Clock domain:
*second*; one short read at a time, never a write.
"""

from micropython import const

from firmware.inverter import identify
from lib import rtu

# The lines and addresses that inverters use, most usual first (docs/inverters.md; nine of ten are
# 9600 8N1). Even parity is the default of the Modbus standard.
LINES = (
    (9600, "N", 1),
    (19200, "N", 1),
    (115200, "N", 1),
    (9600, "E", 1),
    (19200, "E", 1),
    (9600, "O", 1),
    (38400, "N", 1),
    (57600, "N", 1),
    (4800, "N", 1),
)
_UNITS = const((1, 247, 2, 3, 85, 17, 255))
MORE_UNITS = tuple(range(4, 17))  # where several inverters share a line
_QUESTIONS = const(((4, 4999), (3, 0)))  # a refusal is an answer too
_PROBE_MS = const(400)  # answers usually take less than 100


class Search:
    """One search for `scan` (its state, words, found and proposals), through `client`.

    now: the settings at its start; their line is tried first.
    """

    def __init__(self, scan, client, now):
        self._scan = scan
        self._client = client
        self._now = now

    async def run(self):
        """The line first, then who it is; a cancelled one ends with the question on its way."""
        scan = self._scan
        plan = self._plan()
        scan.total = len(_QUESTIONS) * len(plan) + identify.SHY_QUESTIONS
        usual = 3 * len(_UNITS)
        await self._find_line(plan[:usual])
        await self._find_shy()
        await self._find_line(plan[usual:])
        if scan.found is None:
            if not scan.cancelled:
                scan.state = "nothing"
                scan.words = "nobody answered: check A and B, the address and the inverter's menu"
            return
        scan.state = "identifying"
        scan.words = "unit %d answers at %d 8%s%d" % (
            scan.found[3], scan.found[0], scan.found[1], scan.found[2]
        )  # fmt: skip
        scan.proposals = await identify.proposals(self._client, scan.found, self._going_on)
        if not scan.cancelled:
            scan.state = "found"
            if not scan.proposals:
                scan.words += ", but no profile makes sense of it"

    def _going_on(self):
        return not self._scan.cancelled

    def _plan(self):
        """(line, unit) pairs to try: what is set now, the usual ones, then more addresses."""
        now = self._now
        lines = _first(LINES, (now.baud, now.parity, now.stop_bits))
        units = _first(_UNITS, now.unit_address)
        plan = [(line, unit) for line in lines for unit in units]
        return plan + [(line, unit) for line in lines[:2] for unit in MORE_UNITS]

    async def _find_line(self, plan):
        """Ask two questions of every pair until somebody answers."""
        scan = self._scan
        for line, unit in plan:
            for function, address in _QUESTIONS:
                if scan.cancelled or scan.found:
                    return
                who = await self._knock(line, unit, function, address)
                if who:
                    scan.found = line + (who,)
                    return

    async def _find_shy(self):
        """Some answer only about registers they have: ask each profile's own on its usual line."""
        scan = self._scan
        for line, unit, function, address, count in identify.shy_questions():
            if scan.cancelled or scan.found:
                return
            who = await self._knock(line, unit, function, address, count)
            if who:
                scan.found = line + (who,)
                return

    async def _knock(self, line, unit, function, address, count=1):
        """The unit that answered, or 0."""
        scan = self._scan
        scan.tried += 1
        scan.words = "trying unit %d at %d 8%s%d" % (unit, line[0], line[1], line[2])
        self._client.set_line(*line)
        try:
            await self._client.read(unit, function, address, count, _PROBE_MS, False)
        except rtu.FrameError as why:
            # somebody's late answer is as good a find
            found = why.kind in ("refused", "wrong count", "wrong function")
            return why.unit or (unit if found else 0)
        return unit


def _first(items, item):
    """The items with this one in front."""
    return [item] + [other for other in items if other != item]
