"""An inverter poller with a fake inverter at the other end of a wire, in a test's own time."""

from collections import namedtuple

import rs485

from firmware.inverter import profiles
from firmware.inverter.poll import Inverter
from lib import rtu
from tools.fake_inverter.slave import Slave

# Settings as far as the inverter reads them.
NAMES = (
    "profile",
    "baud",
    "parity",
    "stop_bits",
    "unit_address",
    "poll_s",
    "direction",
    "experimental",
)
Now = namedtuple("Now", NAMES)


class Settings:
    def __init__(self):
        self.now = Now("sungrow_sh_k", 9600, "N", 1, 1, 1.0, "", False)

    def change(self, **changes):
        self.now = Now(*[changes.get(name, getattr(self.now, name)) for name in NAMES])
        return self.now


class Health:
    def __init__(self):
        self.counters = {}
        self.events = []
        self.faults = {}

    def count(self, name, why=None):
        self.counters[name] = self.counters.get(name, 0) + 1

    def event(self, name, **details):
        self.events.append((name, details))

    def fault(self, name, words):
        self.faults[name] = words

    def clear(self, name):
        self.faults.pop(name, None)


class Rig:
    def __init__(self, profile="sungrow_sh_k", generation="magnitude", **settings):
        self.clock = rs485.TestClock()
        self.slave = Slave(profile, 1, generation)
        self.wire = rs485.Wire(self.clock, self.slave.answer)
        self.settings = Settings()
        self.settings.change(profile=profile, **settings)
        self.health = Health()
        self.client = rtu.Client(self.wire, self.clock)
        loaded = profiles.load(profile)
        self.inverter = Inverter(self.client, loaded, self.settings, self.health, self.clock)

    def poll(self, times=1):
        async def polls():
            for _ in range(times):
                await self.inverter.poll()
                await self.clock.sleep_ms(900)

        rs485.run(polls())
        return self.inverter.latest

    def watts(self, battery_w, polls=1):
        self.slave.battery_w = battery_w
        reading = self.poll(polls)
        return reading and reading.battery_w
