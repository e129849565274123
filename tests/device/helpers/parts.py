"""Parts of a device for the tests of its face: they say what the test sets."""

from collections import namedtuple

from fakes import Clock, empty_disk

from firmware.device.health import Health
from firmware.device.settings import Settings
from firmware.device.store import Store
from firmware.inverter.poll import objection
from firmware.inverter.reading import Reading
from firmware.policy import Hold
from firmware.views.parts import Parts

Proposal = namedtuple("Proposal", ("profile", "name", "why", "experimental", "unit"))


class PlayedScan:
    """A search that has found a SolaX when it is looked at for the third time, or later."""

    def __init__(self):
        self.found_at = 3
        self.state, self.words, self.tried, self.total = "idle", "", 0, 99
        self.proposals = []
        self.hint = self.left_out = ""
        self.running = False
        self.calls = []

    def start(self, more=False):
        self.calls.append("more" if more else "start")
        running, self.state = self.state == "searching", "searching"
        self.tried = 0
        return not running

    def cancel(self):
        self.calls.append("cancel")
        self.state, self.words = "cancelled", "the search was cancelled"

    def accept(self, profile_id):
        profile_id = profile_id.partition("@")[0]
        if profile_id not in [p.profile for p in self.proposals]:
            raise ValueError("not among what was found: " + profile_id)
        self.calls.append(profile_id)

    def status(self):
        if self.state == "searching":
            self.tried += 1
            self.words = "trying unit 1"
        if self.state == "searching" and self.tried >= self.found_at:
            self.state, self.words = "found", "unit 1 answers at 19200 8N1"
            self.hint = "two answer here"
            self.left_out = "addresses 4 to 16 at other speeds than the usual"
            self.proposals = [Proposal("solax_g2_g3_g4", "SolaX X1", "charge 64 %", False, 1)]
        answer = {
            "state": self.state,
            "words": self.words,
            "tried": self.tried,
            "total": self.total,
        }
        answer["hint"], answer["left_out"] = self.hint, self.left_out
        answer["proposals"] = [
            {
                "profile": p.profile,
                "name": p.name,
                "why": p.why,
                "experimental": p.experimental,
                "unit": p.unit,
            }
            for p in self.proposals
        ]
        return answer


class Inverter:
    battery = plausible = neighbours = settings = client = None

    def __init__(self):
        self.scan = PlayedScan()
        self.latest = None
        self.problem = ""
        self.question = False
        self.told_charging = None

    @property
    def asks_direction(self):
        return self.question

    def answer_direction(self, charging):
        self.question = False
        self.told_charging = charging
        return "Taken: %s, before it was unknown." % ("charging" if charging else "discharging")

    def status(self):
        return {
            "question": self.question,
            "note": getattr(self.battery, "note", ""),
            "profile": "sungrow_sh_k",
            "requests": 120,
            "good": 118,
            "crc": 2,
            "min_ms": 31.0,
            "median_ms": 44.4444444,
            "max_ms": 80.0,
        }


class Mains:
    def __init__(self):
        self.volts = 231.46
        self.hz = 49.98249
        self.locked = True

    @property
    def lock(self):
        return self if self.locked else None

    # Of its tracker:
    hz_per_s = 0.0
    error = 0
    peak = 17000
    noise = 40
    sample_hz = 875

    @property
    def tracker(self):
        return self

    @property
    def state(self):
        return "locked" if self.locked else "seeking"


class Readback:
    def calibration(self):
        raise ValueError("The readback is off.")

    def status(self):
        return {"verdict": "good", "ma": 1.7389, "gain_error_pct": 0.1, "phase_error_deg": 0.02}


class Ct:
    def __init__(self):
        self.target_w = 0.0
        self.commanded_w = 0.0

    @property
    def watts(self):
        return self.commanded_w

    @property
    def ma(self):
        return self.commanded_w / 230 / 2.5

    # Of its ring:
    underruns = slips = 0
    synced = True
    max_gap_us = 12_500

    @property
    def ring(self):
        return self

    def queued_us(self, _now_us):
        return 61_440

    def show(self, watts, _lock, _ahead_deg=0):
        self.commanded_w = watts

    def pump(self):
        """Time has passed, and the ring was empty if something held the loop."""
        self.underruns += self.held
        self.held = 0

    held = 0  # blocks


def make(clock=None, disk=None):
    """All parts, an idle device that has not heard from its inverter yet."""
    clock = clock or Clock()
    health = Health(clock)
    settings = Settings(Store("settings.json", disk or empty_disk()), health, objection)
    inverter = Inverter()
    inverter.settings = settings
    return Parts(inverter, Mains(), Ct(), Hold(), settings, health, clock, Readback(), None)


def reading(watts, at_ms, soc_pct=55.5):
    """A reading of a 52 V battery."""
    return Reading(watts, soc_pct, 52.1, watts / 52.1, at_ms, False)
