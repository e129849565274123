"""The work of a search: listen, knock at every line and address, then ask who answered what it is.

In memory only while scan.py searches; what it finds is written into the Scan. Clock domain:
*second*; one short read at a time, never a write.
"""

from micropython import const

from firmware.inverter import identify
from lib import rtu
from lib.ondemand import Module
from lib.rtuwords import frames

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
_ASK_MS = const(600)
_PATIENT_MS = const(5000)
_SLOW_MS = const(500)
_SECOND_MS = const(400)  # after an answer: one that has the same address answers, too


class Search:
    """One search for `scan` (its state, words, found and proposals), through `client`.

    now: the settings at its start; their line is tried first. more: only what an earlier search
    left out.
    """

    def __init__(self, scan, client, now, more):
        self._scan = scan
        self._client = client
        self._now = now
        self._more = more
        self._damaged = {}  # (line, unit) -> damaged answers
        self._late = client.late

    async def run(self):
        """The line first, then who it is; a cancelled one ends with the question on its way."""
        scan = self._scan
        usual, rest, left = self._plan()
        if self._more and not self._now.listen:
            usual, rest = left, []
        else:
            async with Module("firmware.inverter.overhear") as overhear:
                if await overhear.is_asked_by_another(scan, self._client, self._now):
                    return
        first = usual[: 3 * len(_UNITS)]
        scan.total = len(_QUESTIONS) * len(usual + rest) + identify.SHY_QUESTIONS
        await self._find(first)
        if not scan.answers:
            await self._find_shy()
        if not scan.answers:
            await self._find(usual[len(first) :] + rest)
        if scan.answers and not scan.cancelled:
            line = scan.found[:3]
            await self._find([(line, n) for n in _UNITS + MORE_UNITS], True)
        self._hint()
        scan.left_out = (
            "addresses 18 to 246, but for 85: put one into unit_address, it is tried first"
        )
        if not self._more:
            scan.left_out = (
                "addresses 4 to 16 at other speeds than the usual, and " + scan.left_out
            )
        if scan.found is None:
            if not scan.cancelled:
                scan.state = "nothing"
                scan.words = "nobody answered: check A and B, the address and the inverter's menu"
            return
        await self._who_is_it()

    async def _who_is_it(self):
        scan = self._scan
        scan.state = "identifying"
        units = ", ".join([str(found[3]) for found in scan.answers])
        scan.words = "unit %s answers at %d 8%s%d" % ((units,) + tuple(scan.found[:3]))
        await self._time_it()
        ask_ms = int(1000 * scan.timeout_s) or _ASK_MS
        for found in scan.answers:
            await self._twins(found, ask_ms)
            scan.proposals += await identify.proposals(
                self._client, found, self._going_on, ask_ms, self._spoilt
            )
        scan.proposals.sort(key=lambda proposal: -proposal.points)
        if scan.proposals:
            scan.found = scan.found[:3] + (scan.proposals[0].unit,)
        if not scan.cancelled:
            scan.state = "found"
            if not scan.proposals:
                scan.words += ", but no profile makes sense of it"
                self._hint()

    def _going_on(self):
        return not self._scan.cancelled

    def _plan(self):
        """(line, unit) pairs: the usual ones, more addresses, and what is left out at first."""
        now = self._now
        lines = _first(LINES, (now.baud, now.parity, now.stop_bits))
        units = _first(_UNITS, now.unit_address)
        usual = [(line, unit) for line in lines for unit in units]
        rest = [(line, unit) for line in lines[:2] for unit in MORE_UNITS]
        left = [(line, unit) for line in lines[2:] for unit in MORE_UNITS]
        return usual, rest, left

    async def _find(self, plan, everyone=False):
        """Ask two questions of every pair, until somebody answers or of everyone."""
        scan = self._scan
        for line, unit in plan:
            for function, address in _QUESTIONS:
                if scan.cancelled or scan.answers and not everyone:
                    return
                if line + (unit,) not in scan.answers:
                    self._note(line, await self._knock(line, unit, function, address))

    def _note(self, line, who):
        scan = self._scan
        if who and line + (who,) not in scan.answers:
            scan.answers.append(line + (who,))
            scan.found = scan.found or line + (who,)

    async def _find_shy(self):
        """Some answer only about registers they have: ask each profile's own on its usual line."""
        scan = self._scan
        for line, unit, function, address, count in identify.shy_questions():
            if scan.cancelled or scan.answers:
                return
            self._note(line, await self._knock(line, unit, function, address, count))

    async def _knock(self, line, unit, function, address, count=1):
        """The unit that answered, or 0."""
        scan = self._scan
        scan.tried += 1
        scan.words = "trying unit %d at %d 8%s%d" % (unit, line[0], line[1], line[2])
        self._client.set_line(*line)
        try:
            await self._client.read(unit, function, address, count, _PROBE_MS, False)
        except rtu.FrameError as why:
            self._spoilt(line + (unit,), why)
            if self._client.late != self._late:  # one that is slow: who, is in its answer
                self._late = self._client.late
                return self._client.late_unit
            # somebody's late answer is as good a find
            found = why.kind in ("refused", "wrong count", "wrong function")
            return why.unit or (unit if found else 0)
        return unit

    async def _time_it(self):
        """An inverter that needs long gets a timeout of its own."""
        line, unit = self._scan.found[:3], self._scan.found[3]
        slowest_ms = 0
        for function, address in _QUESTIONS:
            self._client.set_line(*line)
            begun_ms = self._client.clock.ms()
            try:
                await self._client.read(unit, function, address, 1, _PATIENT_MS)
            except rtu.FrameError as why:
                if why.kind != "refused":
                    continue
            slowest_ms = max(slowest_ms, self._client.clock.since_ms(begun_ms))
        if slowest_ms > _SLOW_MS:
            self._scan.timeout_s = min(5.0, (slowest_ms * 2 // 100 + 1) / 10)

    def _spoilt(self, found, why):
        """Count the damaged answers of each."""
        if why.kind in ("bad crc", "truncated", "garbage"):
            self._damaged[found] = self._damaged.get(found, 0) + 1

    async def _twins(self, found, ask_ms):
        """Two devices with one address answer one after the other, or into each other."""
        client, unit = self._client, found[3]
        client.set_line(*found[:3])
        answers = 0
        for function, address, count in ((4, 4999, 2), (3, 0, 3), (4, 0, 4)):
            before = client.stray
            client.stray = b""
            try:
                await client.read(unit, function, address, count, ask_ms, False)
            except rtu.FrameError as why:
                self._spoilt(found, why)
                if why.kind != "refused":
                    continue
            await client.clock.sleep_ms(_SECOND_MS)
            late = client.uart.read(client.uart.any()) if client.uart.any() else b""
            second = client.stray + late
            answers += len([f for f in frames(second, len(second)) if f[0] == unit])
            client.stray = before
        if answers >= 2:
            self._scan.hint = "unit %d answers twice: two devices with one address?" % unit

    def _hint(self):
        """Two devices with one address spoil each other's answers, but for what they say alike."""
        scan = self._scan
        enough = 1 if scan.answers else len(_QUESTIONS)
        twice = [pair for pair in self._damaged if self._damaged[pair] >= enough]
        if len(twice) == 1 or scan.answers and twice:
            scan.hint = "unit %d answers damaged: two devices with one address?" % twice[0][3]
        elif twice:
            scan.hint = "something talks, but not like this: A and B swapped? Noise?"


def _first(items, item):
    """The items with this one in front."""
    return [item] + [other for other in items if other != item]
