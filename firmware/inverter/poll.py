"""Poll the inverter for ever: the latest battery power, or the reason why there is none.

Clock domain: second. A reading is dated by the arrival of its answer; whoever uses it judges its
age. Line faults never leave this module: they are counted, the reading ages, policy does the rest.
"""

from micropython import const

from firmware.inverter.reading import Reading
from lib import rtu
from lib.ondemand import Module
from lib.several import Modules

_FORGET_MS = const(600000)  # long before a wrapped tick could make an old reading look fresh
_SILENT_MS = const(4000)  # one lost answer is no news: it costs three polls
_TICKS_MASK = const((1 << 30) - 1)
_LEAST_PAUSE_MS = const(20)  # between two polls, however fast they are wanted
_STEP_MS = const(200)
_FIELDS = const("firmware.inverter.fields")
_REPORT = const("firmware.inverter.report")
_PLAUSIBLE = const("firmware.inverter.plausible")
_NEIGHBOURS = const("firmware.inverter.neighbours")
_JUMP_W = const(500)  # smaller changes need no second witness


def objection(profile_id):
    """Why no inverter can be read by the profile of that name, in words; "" where one can."""
    with Module(_FIELDS) as fields, Module("firmware.inverter.profiles") as profiles:
        try:
            profiles.load(profile_id)
        except (fields.ProfileError, OSError) as why:
            return str(why)
    return ""


class Inverter:
    """The inverter on one RTU line. `latest` is a Reading or None, `problem` words or ""."""

    def __init__(self, client, settings, health, clock):
        self.client = client
        self.settings = settings
        self.health = health
        self.clock = clock
        self.profile = None  # (id, line, limit_w, experimental, doubt) of the one in use
        self.battery = None
        self.plausible = None
        self.latest = None
        self.temp_c = None
        self.refused_readings = 0
        self.turns = 0  # of `run`; moving while healthy
        self.paused = False  # True while a search owns the line
        self.neighbours = None  # neighbours.Neighbours, once another master was heard
        self._answered_ms = clock.ms()  # when the inverter last answered anything
        self._objection = ""  # why the last answer gave no reading
        self._noise = ""  # what the line gave in place of answers
        self._made_for = None  # settings that the battery was made for
        self._now = None  # settings that were looked at last
        self._usable = False  # and gave a battery that may be asked
        self._reported = ""
        self._told = None  # what `_problem` says, in short
        self._problem = ""
        self.scan = None  # a search on this line (scan.of), most days none

    @property
    def problem(self):
        """Words for a person, or "" while readings come."""
        if self.paused:
            return self.scan.words if self.scan else "searching for the inverter"
        return self._problem

    async def run(self):
        """Poll at the rate the settings ask for, more rarely while the line is dead."""
        while True:
            self.turns = (self.turns + 1) & 0xFFFF
            begun_ms = self.clock.ms()
            if not self.paused:
                await self.poll()
            await self._rest(begun_ms)

    async def _rest(self, begun_ms):
        """Wait for the next poll; changed settings or a finished search end the wait."""
        now, paused = self.settings.now, self.paused
        rest_ms = int(now.poll_s * 1000) - self.clock.since_ms(begun_ms)
        rest_ms = max(_LEAST_PAUSE_MS, rest_ms, self.client.backoff_ms)
        start_ms = self.clock.ms()
        hear = getattr(self.battery, "hear", None)  # of a listener: the receiver is small
        while rest_ms > 0 and self.settings.now is now and self.paused == paused:
            await self.clock.sleep_ms(min(_STEP_MS, rest_ms))
            if hear and hear():
                return
            rest_ms -= max(1, self.clock.since_ms(start_ms))
            start_ms = self.clock.ms()
            if self._problem:
                await self._explain()

    async def poll(self):
        """Ask once; a good answer becomes `latest`, anything else is counted and named."""
        self._forget_the_old()
        # coroutines that have nothing to do are not even made: each costs a hundred bytes
        if self.settings.now is not self._now:
            self._usable = await self._follow_settings()
        if self._usable:
            await self._sample()
        else:
            self._answered_ms = self.clock.ms()  # nobody was asked
        if self.client.stray:
            await self._look_around()
        silent = self.clock.since_ms(self._answered_ms) >= _SILENT_MS
        if silent or self._objection or self._problem or self._reported:
            await self._explain()

    async def _sample(self):
        battery = self.battery
        try:
            sample = await battery.sample()
        except rtu.FrameError as why:
            self.health.count("inverter " + why.kind, str(why))
            self._noise = why.kind if why.kind != "no answer" else self._noise
            if why.kind == "refused":
                self._answered_ms = self.clock.ms()
                async with Module("lib.rtuwords") as rtuwords:
                    self._objection = "the inverter " + rtuwords.refusal(why.code)
            return
        if self.paused or battery is not self.battery:
            return  # a search began meanwhile, or another profile: no reading before it ends
        self._answered_ms = getattr(battery, "at_ms", 0) or self.client.answered_ms
        self._noise = ""
        found = getattr(battery, "direction", "")
        if getattr(battery, "news", None) or found and found != self._made_for[1]:
            await self._take_news()
        if sample.state == "disputed":
            self.latest = None
        self._objection = "" if self._as_before(sample) else await self._judged(sample)
        if not self._objection:
            self.temp_c = sample.temp_c
            self.latest = Reading(
                sample.battery_w, sample.soc_pct, sample.battery_v, sample.battery_a,
                self._answered_ms, sample.state == "forced",
            )  # fmt: skip

    def pause(self, paused):
        """Leave the line to a search: no polls and no reading, so the output is silent."""
        self.paused = paused
        self.latest = self._made_for = self._now = None
        self._objection = self._problem = ""
        self._answered_ms = self.clock.ms()

    def status(self):
        """Numbers and words for page and console."""
        with Module(_REPORT) as report:
            return report.status(self)

    @property
    def asks_direction(self):
        """True while only a person can tell whether the battery charges."""
        return getattr(self.battery, "question", False)

    def answer_direction(self, charging):
        """Take and store what a person says of the direction; what it changed, in words."""
        with Module(_REPORT) as report:
            words = report.answer_direction(self, charging)
            self._learn(report)
        return words

    def ask(self, function, address, count):
        """Awaitable: the words of a read of the inverter that settings name."""
        now = self.settings.now
        timeout_ms = int(now.timeout_s * 1000)
        return self.client.read(now.unit_address, function, address, count, timeout_ms)

    async def _follow_settings(self):
        """Take over a changed line or profile; False while the profile cannot be used."""
        now = self._now = self.settings.now
        async with Module("firmware.inverter.choose") as choose:
            self._made_for, why = await choose.follow(self, now, self._made_for)
        if why is not None:
            self._objection = why
        return self.battery is not None and (now.experimental or not self.profile[3])

    async def _take_news(self):
        """What the battery found out, and what it learnt of the direction."""
        async with Module(_REPORT) as report:
            self._learn(report)

    def _learn(self, report):
        made_for = self._made_for
        self._made_for = made_for[:1] + (report.take_news(self, made_for[1]),) + made_for[2:]

    def _as_before(self, sample):
        """True for most samples: nothing in it is new, so there is nothing to judge."""
        seen, watts = self.plausible, sample.battery_w  # its places: see plausible.py
        if (
            watts is None
            or seen[1] is None
            or abs(watts - seen[1]) >= _JUMP_W
            or seen[0]
            or seen[2] != sample.soc_pct
            or sample.counter is not None
            or self.neighbours is not None
            or (sample.battery_v == 0 and watts)
            or abs(watts) > self.profile[2]
        ):
            return False
        seen[1] = seen[3] = watts
        return True

    async def _judged(self, sample):
        """Why the sample gives no reading, in words; "" where it does."""
        if sample.battery_w is None:
            self.health.count("inverter invalid", sample.why)
            return sample.why
        async with Module(_PLAUSIBLE) as plausible:
            wary = self.neighbours is not None
            objection = plausible.objection(
                self.plausible, self.profile[2], self.clock, sample, wary
            )
        if objection:
            self.refused_readings += 1
            self.health.count("inverter implausible", objection)
        return objection

    async def _look_around(self):
        """Somebody said what we did not ask for."""
        async with Modules("lib.rtuwords", _PLAUSIBLE, _NEIGHBOURS) as (_, _, neighbours):
            neighbours.look(self)

    def _forget_the_old(self):
        if self.latest and self.clock.since_ms(self.latest.at_ms) > _FORGET_MS:
            self.latest = None
        if self.clock.since_ms(self._answered_ms) > 2 * _FORGET_MS:
            # still "for long", but never so long that the wrapped difference turns negative
            self._answered_ms = (self.clock.ms() - _FORGET_MS) & _TICKS_MASK

    async def _explain(self):
        """Words for what is wrong, renewed while a silence lasts; a standing fault is shown."""
        silent_s = self.clock.since_ms(self._answered_ms) // 1000
        if silent_s * 1000 < _SILENT_MS:
            silent_s = 0
        told = (silent_s, self._noise if silent_s else self._objection)
        if told != self._told:
            async with Module(_REPORT) as report:
                self._problem, self._reported = report.problem(
                    self, silent_s, self._objection, self._noise, self._reported
                )
            self._told = None if self.paused else told
