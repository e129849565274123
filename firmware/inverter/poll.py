"""Poll the inverter for ever: the latest battery power, or the reason why there is none.

Clock domain: second. A reading is dated by the arrival of its answer; whoever uses it judges its
age. Line faults never leave this module: they are counted, the reading ages, policy does the rest.
"""

from collections import namedtuple

from micropython import const

from firmware.inverter.battery import Battery
from firmware.inverter.plausible import Plausible
from firmware.inverter.profile import ProfileError
from lib import rtu
from lib.ondemand import Module

# battery_w: + = discharging. at_ms: ticks when the answer was complete. None where unknown.
Reading = namedtuple("Reading", ("battery_w", "soc_pct", "battery_v", "battery_a", "at_ms"))

QUESTION = "direction unknown - is the battery charging now?"
_FORGET_MS = const(600000)  # long before a wrapped tick could make an old reading look fresh
_SILENT_MS = const(4000)  # one lost answer is no news: it costs three polls
_TICKS_MASK = const((1 << 30) - 1)
_LEAST_PAUSE_MS = const(20)  # between two polls, however fast they are wanted
_TIMEOUT_MS = const(1000)  # Sungrow V1.1.9: an inverter may take that long


def make_battery(profile, ask, direction=""):
    """The reader for a profile: Sungrow's rule has a memory, all others are plain data.

    direction: what was found out about it earlier; it counts only for the profile named in it.
    """
    if profile.how == "sungrow":
        with Module(
            "firmware.inverter.sungrow"
        ) as sungrow:  # stays for as long as the battery does
            return sungrow.Sungrow(profile, ask, direction if profile.id in direction else "")
    return Battery(profile, ask)


class Inverter:
    """The inverter on one RTU line. `latest` is a Reading or None, `problem` words or ""."""

    def __init__(self, client, profile, settings, health, clock):
        """profile: profile.Profile, or None to load the one that settings name."""
        self._client = client
        self._settings = settings
        self._health = health
        self._clock = clock
        self._profile = profile
        self._answered_ms = clock.ms()  # when the inverter last answered anything
        self._objection = ""  # why the last answer gave no reading
        self._direction = None  # the setting that the battery was made with
        self._reported = ""
        self._battery = None
        self._plausible = None
        self._temp_c = None
        self.refused_readings = 0
        self.turns = 0  # of `run`; moving while healthy
        self.paused = False  # True while a search owns the line
        self._scan = None
        self.latest = None
        if profile:
            self._use(profile)

    @property
    def problem(self):
        """Words for a person, or "" while readings come."""
        if self.paused:
            return self._scan.words if self._scan else "searching for the inverter"
        silent_ms = self._clock.since_ms(self._answered_ms)
        if silent_ms >= _SILENT_MS:
            return "no answer for %d s%s" % (silent_ms // 1000, self._usual_line())
        return self._objection

    def _usual_line(self):
        """A hint where the settings are not what this inverter usually has; else ""."""
        p, now = self._profile, self._settings.now
        if p is None or (p.baud, p.parity, p.unit) == (now.baud, now.parity, now.unit_address):
            return ""
        return " (usual: %d 8%s%d, address %d)" % (p.baud, p.parity, p.stop_bits, p.unit)

    async def run(self):
        """Poll at the rate the settings ask for, more rarely while the line is dead."""
        while True:
            self.turns = (self.turns + 1) & 0xFFFF
            begun_ms = self._clock.ms()
            if not self.paused:
                await self.poll()
                self._report()
            await self._rest(begun_ms)

    async def _rest(self, begun_ms):
        """Wait for the next poll; changed settings or a finished search end the wait."""
        now, paused = self._settings.now, self.paused
        rest_ms = int(now.poll_s * 1000) - self._clock.since_ms(begun_ms)
        rest_ms = max(_LEAST_PAUSE_MS, rest_ms, self._client.backoff_ms)
        start_ms = self._clock.ms()
        while rest_ms > 0 and self._settings.now is now and self.paused == paused:
            await self._clock.sleep_ms(min(200, rest_ms))
            rest_ms -= max(1, self._clock.since_ms(start_ms))
            start_ms = self._clock.ms()

    async def poll(self):
        """Ask once; a good answer becomes `latest`, anything else is counted and named."""
        self._forget_the_old()
        if not self._follow_settings():
            self._answered_ms = self._clock.ms()  # nobody was asked
            return
        try:
            sample = await self._battery.sample()
        except rtu.FrameError as why:
            self._health.count("inverter " + why.kind, str(why))
            if isinstance(why, rtu.Refused):
                self._answered_ms = self._clock.ms()
                async with Module("lib.rtuwords") as rtuwords:
                    self._objection = "the inverter " + rtuwords.refusal(why.code)
            return
        if self.paused:
            return  # a search began meanwhile: no reading before it ends
        self._answered_ms = self._clock.ms()
        self._store_direction()
        news = getattr(self._battery, "news", None)
        if news:
            self._health.event(news[0], **news[1])
            self._battery.news = None
        if sample.state == "disputed":
            self.latest = None
        self._objection = self._judged(sample)
        if self._objection:
            return
        self._temp_c = sample.temp_c
        self.latest = Reading(
            sample.battery_w,
            sample.soc_pct,
            sample.battery_v,
            sample.battery_a,
            self._answered_ms,
        )

    @property
    def scan(self):
        """The search for an inverter on this line (scan.Scan), made when first asked for."""
        if self._scan is None:
            from firmware.inverter.scan import Scan  # 6 kB of code that most days nobody needs

            self._scan = Scan(self._client, self, self._settings, self._health)
        return self._scan

    def pause(self, paused):
        """Leave the line to a search: no polls and no reading, so the output is silent."""
        self.paused = paused
        self.latest = None
        self._objection = ""
        self._answered_ms = self._clock.ms()
        if self._profile and not paused:
            self._use(self._profile)

    def status(self):
        """Numbers and words for page and console."""
        with Module("lib.rtuwords") as rtuwords:
            values = rtuwords.statistics(self._client)
        values["profile"] = self._profile.id if self._profile else self._settings.now.profile
        values["problem"] = self.problem
        values["question"] = self.asks_direction
        values["way_by"] = self._way_by()
        values["refused_readings"] = self.refused_readings
        values["temp_c"] = self._temp_c
        values["note"] = getattr(self._battery, "note", "") or (
            self._plausible.note if self._plausible else ""
        )
        values["doubt"] = self._profile.doubt if self._profile else ""
        return values

    @property
    def asks_direction(self):
        """True while only a person can tell whether the battery charges."""
        return getattr(self._battery, "question", False)

    def answer_direction(self, charging):
        """Take and store what a person says of the direction; what it changed, in words."""
        battery = self._battery
        if not hasattr(battery, "answer"):
            return "This inverter says the direction itself: swap it with the setting invert."
        before, votes = battery.witnesses.way, list(battery.witnesses.votes)
        battery.answer(charging)
        self._health.event("direction", charging=charging, before=before, votes=votes)
        self._store_direction()
        with Module("firmware.inverter.witness_words") as witness_words:
            return witness_words.answered(charging, before, votes)

    def _way_by(self):
        """The witness whose word the sign of the reading is, in words."""
        seen = getattr(self._battery, "witnesses", None)
        if seen is None or seen.way is None:
            return ""
        with Module("firmware.inverter.witness_words") as witness_words:
            return witness_words.name(seen.way_by)

    def _use(self, profile):
        now = self._settings.now
        self._profile = profile
        self._direction = now.direction
        self._battery = make_battery(profile, self._ask, now.direction)
        self._plausible = Plausible(profile.limit_w, self._clock)
        self.latest = None

    async def _ask(self, function, address, count):
        unit = self._settings.now.unit_address
        return await self._client.read(unit, function, address, count, _TIMEOUT_MS)

    def _follow_settings(self):
        """Take over a changed line or profile; False while the profile cannot be used."""
        now = self._settings.now
        self._client.set_line(now.baud, now.parity, now.stop_bits)
        changed = now.direction != self._direction
        if self._profile is None or self._profile.id != now.profile or changed:
            try:
                with Module("firmware.inverter.profiles") as profiles:
                    profile = profiles.load(now.profile)
                self._use(profile)
            except ProfileError as why:
                self.latest = self._profile = self._battery = None
                self._objection = str(why)
                return False
        if self._profile.experimental and not now.experimental:
            self.latest = None
            self._objection = "profile %s is experimental: %s" % (now.profile, self._profile.doubt)
            return False
        return True

    def _store_direction(self):
        """Keep what was found out about the direction, or what a person said of it."""
        found = getattr(self._battery, "direction", "")
        if found and found != self._direction:
            self._direction = found
            self._settings.change(direction=found)
            self._health.event("direction", found=found)

    def _judged(self, sample):
        """Why the sample gives no reading, in words; "" where it does."""
        if sample.battery_w is None:
            self._health.count("inverter invalid", sample.why)
            return (
                QUESTION
                if sample.why.startswith("direction") and self.asks_direction
                else sample.why
            )
        objection = self._plausible.objection(sample)
        if objection:
            self.refused_readings += 1
            self._health.count("inverter implausible", objection)
        return objection

    def _forget_the_old(self):
        if self.latest and self._clock.since_ms(self.latest.at_ms) > _FORGET_MS:
            self.latest = None
        if self._clock.since_ms(self._answered_ms) > 2 * _FORGET_MS:
            # still "for long", but never so long that the wrapped difference turns negative
            self._answered_ms = (self._clock.ms() - _FORGET_MS) & _TICKS_MASK

    def _report(self):
        """Show a standing fault; the seconds that count up in it are no news."""
        problem = self.problem
        kind = "no answer" if problem.startswith("no answer") else problem
        if kind == self._reported:
            return
        self._reported = kind
        if problem:
            self._health.fault("inverter", problem)
            self._health.event("inverter", problem=problem)
        else:
            self._health.clear("inverter")
            self._health.event("inverter", problem="")
