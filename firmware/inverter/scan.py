"""Find the inverter: which speed, parity and address answers, and which profile makes sense there.

Runs in the background while the inverter is not polled, so the output stays silent. One short read
at a time, never a write. The usual combinations take less than two minutes.

    scan = of(inverter)
    scan.start(); scan.status(); scan.cancel(); scan.accept("sungrow_sh_k")

In memory from the first search until something that it found is chosen.
"""

import asyncio

from lib.ondemand import Module


def of(inverter):
    """The search on this inverter's line, made where there is none."""
    if inverter.scan is None:
        inverter.scan = Scan(inverter.client, inverter, inverter.settings, inverter.health)
    return inverter.scan


def status(inverter):
    """How far it is; that of a new one where there is none, and none is made."""
    return (inverter.scan or Scan(None, None, None, None)).status()


class Scan:
    """One search at a time; its result stays until the next one."""

    def __init__(self, client, inverter, settings, health):
        self._client = client
        self._inverter = inverter
        self._settings = settings
        self._health = health
        self.cancelled = False  # a person wants it to stop
        self._task = None
        self.state = "idle"  # idle -> searching -> identifying -> found | nothing | cancelled
        self.words = ""
        self.tried = 0
        self.total = 0
        self.found = None  # None | (baud, parity, stop_bits, unit)
        self.answers = []  # all that answer, as found
        self.hint = self.left_out = ""
        self.timeout_s = 0.0  # learnt, where the inverter is slow
        self.proposals = []  # identify.Proposal, best first

    @property
    def running(self):
        """True while it owns the line."""
        return self.state in ("searching", "identifying")

    def start(self, more=False):
        """Begin in the background; False if a search is already running.

        more: what the search before left out, without listening first.
        """
        if self.running:
            return False
        self.state = "searching"
        self._task = asyncio.create_task(self.run(more))
        return True

    def cancel(self):
        """Stop after the question that is on its way (within a second)."""
        self.cancelled = True

    def status(self):
        """How far the search is and what it found, for page and console."""
        return {
            "state": self.state,
            "words": self.words,
            "tried": self.tried,
            "total": self.total,
            "found": self.found,
            "answers": self.answers,
            "hint": self.hint,
            "left_out": self.left_out,
            "proposals": [
                {
                    "profile": p.profile,
                    "name": p.name,
                    "why": p.why,
                    "experimental": p.experimental,
                    "unit": p.unit,
                }
                for p in self.proposals
            ],
        }

    def accept(self, profile_id):
        """Store the found line and one of the proposals; returns the new settings.

        "PROFILE@UNIT" chooses among several units.
        """
        profile_id, _, unit = profile_id.partition("@")
        fit = [p for p in self.proposals if p.profile == profile_id and unit in ("", str(p.unit))]
        if self.state != "found" or not fit:
            raise ValueError("not among what was found: %s" % profile_id)
        baud, parity, stop_bits = self.found[:3]
        changes = {"baud": baud, "parity": parity, "stop_bits": stop_bits}
        changes["unit_address"] = fit[0].unit
        if fit[0].experimental:
            changes["experimental"] = True
        if self.timeout_s:
            changes["timeout_s"] = self.timeout_s
        now = self._settings.change(profile=profile_id, direction="", **changes)
        self._inverter.scan = None
        return now

    async def run(self, more=False):
        """The whole search; the inverter is polled again afterwards, come what may."""
        now = self._settings.now
        self.state, self.cancelled = "searching", False
        self.tried, self.found, self.proposals, self.answers = 0, None, [], []
        self.hint, self.timeout_s = "", 0.0
        self._inverter.pause(True)
        self._health.event("scan", state="searching")
        try:
            await self._search(now, more)
        finally:
            self._task = None  # it would keep the search in memory
            self._client.set_line(now.baud, now.parity, now.stop_bits)
            self._inverter.pause(False)
            if self.running:
                self.state, self.words = "cancelled", "the search was cancelled"
            self._health.event("scan", state=self.state, words=self.words)

    async def _search(self, now, more):
        """With 8 kB of modules that are in memory only meanwhile, and those that they use."""
        room = "firmware.inverter."
        async with Module("umodbus.const"), Module("umodbus.functions"), Module("lib.rtumake"):  # noqa: SIM117
            async with Module(room + "fields"), Module(room + "profiles"), Module(room + "choose"):  # noqa: SIM117
                async with Module(room + "battery"), Module("lib.rtuwords"):  # noqa: SIM117
                    async with Module(room + "identify"), Module(room + "search") as search:
                        await search.Search(self, self._client, now, more).run()
