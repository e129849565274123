"""The work of a search: listen, knock at every line and address, then ask who answered what it is.

In memory only while scan.py searches; what it finds is written into the Scan. Clock domain:
*second*; one short read at a time, never a write.
"""

from micropython import const

from firmware.inverter import identify
from lib import rtu
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
_LISTEN_MS = const(2500)
_LOOK_MS = const(100)


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

    async def run(self):
        """The line first, then who it is; a cancelled one ends with the question on its way."""
        scan = self._scan
        usual, rest, left = self._plan()
        if self._more:
            usual, rest = left, []
        elif await self._another_master():
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
        scan.left_out = "" if self._more else "addresses 4 to 16 at other speeds than the usual"
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
            scan.proposals += await identify.proposals(self._client, found, self._going_on, ask_ms)
        scan.proposals.sort(key=lambda proposal: -proposal.points)
        if scan.proposals:
            scan.found = scan.found[:3] + (scan.proposals[0].unit,)
        if not scan.cancelled:
            scan.state = "found"
            if not scan.proposals:
                scan.words += ", but no profile makes sense of it"

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

    async def _another_master(self):
        """Listen first: where somebody asks already, we are not the one to ask."""
        scan, client = self._scan, self._client
        scan.words = "listening"
        heard = b""
        for _ in range(_LISTEN_MS // _LOOK_MS):
            await client.clock.sleep_ms(_LOOK_MS)
            waiting = client.uart.any()
            if waiting:
                heard = (heard + (client.uart.read(waiting) or b""))[-600:]
        asked = [frame for frame in frames(heard, len(heard)) if len(frame) == 8]
        if not asked:
            return False
        scan.state = "nothing"
        scan.words = (
            "another master asks unit %d here: choose the profile and switch listen on; "
            "scan more asks all the same" % asked[0][0]
        )
        return True

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
            if why.kind in ("bad crc", "truncated", "garbage"):
                self._damaged[line, unit] = self._damaged.get((line, unit), 0) + 1
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

    def _hint(self):
        """Two devices with one address spoil each other's answers."""
        scan = self._scan
        twice = [pair for pair in self._damaged if self._damaged[pair] >= len(_QUESTIONS)]
        if len(twice) == 1 and not scan.answers:
            scan.hint = "unit %d answers damaged: two devices with one address?" % twice[0][1]
        elif twice and not scan.answers:
            scan.hint = "something talks, but not like this: A and B swapped? Noise?"


def _first(items, item):
    """The items with this one in front."""
    return [item] + [other for other in items if other != item]
