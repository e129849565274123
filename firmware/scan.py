"""Find the inverter: which speed, parity and address answers, and which profile makes sense there.

Runs in the background while the inverter is not polled, so the output stays silent. One short read
at a time, never a write. The usual combinations take less than two minutes.

    scan = Scan(client, inverter, settings, health)
    scan.start(); scan.status(); scan.cancel(); scan.accept("sungrow_sh_k")
"""

import asyncio

from micropython import const

from firmware import identify
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
UNITS = (1, 247, 2, 3, 85, 17, 255)
MORE_UNITS = tuple(range(4, 17))  # where several inverters share a line
QUESTIONS = ((4, 4999), (3, 0))  # a refusal is an answer too
_PROBE_MS = const(400)  # answers usually take less than 100


class Scan:
    """One search at a time; its result stays until the next one."""

    def __init__(self, client, inverter, settings, health):
        self._client = client
        self._inverter = inverter
        self._settings = settings
        self._health = health
        self._cancelled = False
        self._task = None
        self.state = "idle"  # idle -> searching -> identifying -> found | nothing | cancelled
        self.words = ""
        self.tried = 0
        self.total = 0
        self.found = None  # None | (baud, parity, stop_bits, unit)
        self.proposals = []  # identify.Proposal, best first

    @property
    def running(self):
        """True while it owns the line."""
        return self.state in ("searching", "identifying")

    def start(self):
        """Begin in the background; False if a search is already running."""
        if self.running:
            return False
        self.state = "searching"
        self._task = asyncio.create_task(self.run())
        return True

    def cancel(self):
        """Stop after the question that is on its way (within a second)."""
        self._cancelled = True

    def status(self):
        """How far the search is and what it found, for page and console."""
        return {
            "state": self.state,
            "words": self.words,
            "tried": self.tried,
            "total": self.total,
            "found": self.found,
            "proposals": [
                {
                    "profile": p.profile,
                    "name": p.name,
                    "why": p.why,
                    "experimental": p.experimental,
                }
                for p in self.proposals
            ],
        }

    def accept(self, profile_id):
        """Store the found line and one of the proposals; returns the new settings."""
        if self.state != "found" or profile_id not in [p.profile for p in self.proposals]:
            raise ValueError("not among what was found: %s" % profile_id)
        baud, parity, stop_bits, unit = self.found
        changes = {"baud": baud, "parity": parity, "stop_bits": stop_bits, "unit_address": unit}
        if any(p.experimental for p in self.proposals if p.profile == profile_id):
            changes["experimental"] = True
        return self._settings.change(profile=profile_id, direction="", **changes)

    async def run(self):
        """The whole search; the inverter is polled again afterwards, come what may."""
        now = self._settings.now
        self.state, self._cancelled = "searching", False
        self.tried, self.found, self.proposals = 0, None, []
        self._inverter.pause(True)
        self._health.event("scan", state="searching")
        try:
            await self._search()
        finally:
            self._client.set_line(now.baud, now.parity, now.stop_bits)
            self._inverter.pause(False)
            if self.running:
                self.state, self.words = "cancelled", "the search was cancelled"
            self._health.event("scan", state=self.state, words=self.words)

    async def _search(self):
        plan = self._plan()
        self.total = len(QUESTIONS) * len(plan) + identify.SHY_QUESTIONS
        usual = 3 * len(UNITS)
        await self._find_line(plan[:usual])
        await self._find_shy()
        await self._find_line(plan[usual:])
        if self.found is None:
            if not self._cancelled:
                self.state = "nothing"
                self.words = "nobody answered: check A and B, the address and the inverter's menu"
            return
        self.state = "identifying"
        self.words = "unit %d answers at %d 8%s%d" % (
            self.found[3], self.found[0], self.found[1], self.found[2]
        )  # fmt: skip
        self.proposals = await identify.proposals(self._client, self.found, self._going_on)
        if not self._cancelled:
            self.state = "found"
            if not self.proposals:
                self.words += ", but no profile makes sense of it"

    def _going_on(self):
        return not self._cancelled

    def _plan(self):
        """(line, unit) pairs to try: what is set now, the usual ones, then more addresses."""
        now = self._settings.now
        lines = _first(LINES, (now.baud, now.parity, now.stop_bits))
        units = _first(UNITS, now.unit_address)
        plan = [(line, unit) for line in lines for unit in units]
        return plan + [(line, unit) for line in lines[:2] for unit in MORE_UNITS]

    async def _find_line(self, plan):
        """Ask two questions of every pair until somebody answers."""
        for line, unit in plan:
            for function, address in QUESTIONS:
                if self._cancelled or self.found:
                    return
                who = await self._knock(line, unit, function, address)
                if who:
                    self.found = line + (who,)
                    return

    async def _find_shy(self):
        """Some answer only about registers they have: ask each profile's own on its usual line."""
        for line, unit, function, address, count in identify.shy_questions():
            if self._cancelled or self.found:
                return
            who = await self._knock(line, unit, function, address, count)
            if who:
                self.found = line + (who,)
                return

    async def _knock(self, line, unit, function, address, count=1):
        """The unit that answered, or 0."""
        self.tried += 1
        self.words = "trying unit %d at %d 8%s%d" % (unit, line[0], line[1], line[2])
        self._client.set_line(*line)
        try:
            await self._client.probe(unit, function, address, count, _PROBE_MS)
        except rtu.Refused:
            return unit
        except rtu.WrongUnit as why:
            return why.unit  # somebody's late answer is as good a find
        except (rtu.WrongCount, rtu.WrongFunction):
            return unit
        except rtu.FrameError:
            return 0
        return unit


def _first(items, item):
    """The items with this one in front."""
    return [item] + [other for other in items if other != item]
