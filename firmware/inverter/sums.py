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
        self.note = ""

    async def sample(self):
        """Ask both; nothing where one of them does not answer."""
        first, second = self._both
        one, two = await first.sample(), await second.sample()
        self.news = getattr(first, "news", None) or getattr(second, "news", None)
        watts = None
        if one.battery_w is not None and two.battery_w is not None:
            watts = one.battery_w + two.battery_w
        state = one.state or two.state
        if "disputed" in (one.state, two.state):
            state = "disputed"
        return Sample(
            watts, one.soc_pct, one.battery_v, one.battery_a, one.temp_c, None, None,
            one.why or two.why, state,
        )  # fmt: skip
