"""Find the inverter: which speed, parity and address answers, and which profile makes sense there.

Runs in the background while the inverter is not polled, so the output stays silent. One short read
at a time, never a write. The usual combinations take less than two minutes.

    scan = Scan(client, inverter, settings, health)
    scan.start(); scan.status(); scan.cancel(); scan.accept("sungrow_sh_k")
"""

import asyncio

from lib.ondemand import Module


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
        self.cancelled = True

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
        self.state, self.cancelled = "searching", False
        self.tried, self.found, self.proposals = 0, None, []
        self._inverter.pause(True)
        self._health.event("scan", state="searching")
        try:
            await self._search(now)
        finally:
            self._task = None  # it would keep the search in memory
            self._client.set_line(now.baud, now.parity, now.stop_bits)
            self._inverter.pause(False)
            if self.running:
                self.state, self.words = "cancelled", "the search was cancelled"
            self._health.event("scan", state=self.state, words=self.words)

    async def _search(self, now):
        """With 8 kB of modules that are in memory only meanwhile, and those that they use."""
        names = (
            "firmware.inverter.profiles",
            "firmware.inverter.identify",
            "firmware.inverter.search",
        )
        with Module(names[0]), Module(names[1]), Module(names[2]) as search:
            await search.Search(self, self._client, now).run()
