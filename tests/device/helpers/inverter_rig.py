"""An inverter poller with a fake inverter at the other end of a wire, in a test's own time."""

from collections import namedtuple

import rs485

from firmware.inverter.poll import Inverter
from lib import rtu
from tools.fake_inverter.slave import Slave

# Settings as far as the inverter reads them.
DEFAULTS = {
    "profile": "sungrow_sh_k",
    "baud": 9600,
    "parity": "N",
    "stop_bits": 1,
    "unit_address": 1,
    "unit_address_2": 0,
    "poll_s": 1.0,
    "timeout_s": 1.0,
    "listen": False,
    "stale_s": 10.0,
    "direction": "",
    "experimental": False,
}
NAMES = tuple(DEFAULTS)
Now = namedtuple("Now", NAMES)


class Settings:
    def __init__(self):
        self.now = Now(*[DEFAULTS[name] for name in NAMES])

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
        self.inverter = Inverter(self.client, self.settings, self.health, self.clock)

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
