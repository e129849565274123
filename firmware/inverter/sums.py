"""Two inverters of one profile on one line, at two addresses, as one battery. Loaded if wanted."""

from firmware.inverter.reading import Sample
from lib.ondemand import Module


async def make(inverter, profile):
    """The sum of the batteries at unit_address and unit_address_2."""
    now = inverter.settings.now

    async def ask_second(function, address, count):
        timeout_ms = int(now.timeout_s * 1000)
        return await inverter.client.read(
            now.unit_address_2, function, address, count, timeout_ms
        )  # fmt: skip

    async with Module("firmware.inverter.choose") as choose:
        first = await choose.make_battery(profile, inverter.ask, now.direction)
        return Sum(first, await choose.make_battery(profile, ask_second))


class Sum:
    """Two batteries in one Sample: watts add up; charge, volts and amps are the first one's."""

    def __init__(self, first, second):
        self._both = (first, second)
        self.news = None
        self.longer = 0  # words that reads are longer than needed: see battery.py

    async def sample(self):
        """Ask both; nothing where one of them does not answer."""
        first, second = self._both
        one, two = await first.sample(), await second.sample()
        for battery in self._both:
            if self.news is None and getattr(battery, "news", None):
                self.news, battery.news = battery.news, None  # the other's follows next time
        watts, state, why = None, one.state or two.state, ""
        if one.battery_w is not None and two.battery_w is not None:
            watts = one.battery_w + two.battery_w
        elif one.battery_w is None:
            why = "first inverter: " + one.why
        else:
            why = "second inverter: " + two.why
        if "disputed" in (one.state, two.state):
            state = "disputed"
        return Sample(
            watts, one.soc_pct, one.battery_v, one.battery_a, one.temp_c, None, None, why, state
        )

    def __getattr__(self, name):
        """Witnesses, answer, direction …: those of the one that has a question, else the first."""
        first, second = self._both
        asks = second if getattr(second, "question", False) else first
        if getattr(first, "question", False):
            asks = first
        return getattr(asks, name)

    @property
    def note(self):
        """Both notes."""
        notes = [getattr(battery, "note", "") for battery in self._both]
        return "; ".join([note for note in notes if note])

    @property
    def direction(self):
        """What was found out of the first one's direction: the settings hold one."""
        return getattr(self._both[0], "direction", "")

    def sizes(self):
        """How many words their reads ask for."""
        first, second = self._both
        first.longer = second.longer = self.longer
        return first.sizes() + second.sizes()
