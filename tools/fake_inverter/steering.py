"""What the fake inverter does, and how it misbehaves: steered by a scenario and by typed lines.

battery -1200        watts, + = discharging           silent 10       no answer for 10 s
soc 40               percent                          delay 300 900   answer after 300..900 ms
pv 2500 / load 600   watts                            noise 5         % of answers amid noise
second 500           watts of a second battery        corrupt 5       % of answers damaged
generation signed    magnitude signed dead_flags      lost 2          % of answers lost
invalid on           off on marker                    late 1          % of answers late by 1.5 s
balance off          PV and active power unknown      wrongunit on    answers from another unit
r5213 off            firmware without register 5213   echo on         our own bytes come back
exception 6          refuse everything, 0 = stop      auto            back to the scenario
flags late           live dead charging discharging (stuck there) late (by one) flicker
r5213 zero           live empty zero refused hiccup (also on, off): what register 5213 answers
amps signed          signed unsigned: the current where the power is a magnitude
state forced         run forced ems: the system state of 12999
master 5 12999 36    another master asks for WORDS at ADDRESS every SECONDS; master 0 ends it
master 5 13000 2 13019 4    likewise, several reads one after the other
delay 3500           answers queue up, as behind a slow gateway
"""

import random
import shlex

from tools.fake_inverter import sungrow
from tools.fake_inverter.slave import Slave, sealed

LATE_S = 1.5  # beyond the second that an inverter may take
SWITCH = {"on": True, "off": False}
PERCENTAGES = ("noise", "corrupt", "lost", "late")
# what changes the inverter itself, not the line
STATES = (
    "pv", "load", "second", "generation", "invalid", "balance", "r5213", "exception", "flags",
    "amps", "state",
)  # fmt: skip


def check_lines(lines):
    """SteeringError unless all (t_s, line) change the inverter itself, in words that it knows."""
    for at, (t_s, line) in enumerate(lines):
        try:
            if line.split()[0] not in STATES:
                raise SteeringError(f"begins with none of {', '.join(STATES)}")
            Steering(Slave()).obey(line, t_s)
        except SteeringError as why:
            raise SteeringError(f"inverter.lines[{at}]: {why}") from None


class SteeringError(ValueError):
    """A line that can't be obeyed; the words say what can."""


class Steering:
    """The slave's state over time, and the fate of each answer.

    scenario_course: callable(t_s) -> (battery_w, soc_pct, pv_w), or None to stand still.
    """

    def __init__(self, slave, scenario_course=None, seed=1):
        self.slave = slave
        self.scenario_course = scenario_course
        self.following = scenario_course is not None
        self.silent_until_s = 0.0
        self.silences = ()
        self.delay_ms = (5.0, 40.0)
        self.noise = self.corrupt = self.lost = self.late = 0.0  # percent of answers
        self.wrong_unit = False
        self.echo = False
        self.master_s = 0.0  # how often another master asks, 0 = there is none
        self.master_asks = [(12999, 26)]  # (address, words), one read after the other
        self.lines = []  # (t_s, line) to be obeyed when it is time
        self._dice = random.Random(seed)

    def advance(self, t_s):
        """Bring the slave to where it is t_s seconds after the start."""
        while self.lines and self.lines[0][0] <= t_s:
            self.obey(self.lines.pop(0)[1], t_s)
        if self.following:
            battery_w, soc_pct, pv_w = self.scenario_course(t_s)
            self.slave.battery_w = int(round(battery_w))
            self.slave.soc_pct = soc_pct
            if pv_w is not None:
                self.slave.pv_w = int(pv_w)

    def silent(self, t_s):
        """True while no question is answered."""
        return t_s < self.silent_until_s or any(a <= t_s < b for a, b in self.silences)

    def delay_s(self):
        """How long this answer takes."""
        low, high = self.delay_ms
        return self._dice.uniform(low, high) / 1000 + (LATE_S if self._hit(self.late) else 0)

    def spoilt(self, reply):
        """What arrives of a reply (bytes): all of it, none, or something worse."""
        if self._hit(self.lost):
            return b""
        if self.wrong_unit:
            reply = sealed(bytes([reply[0] % 247 + 1]) + reply[1:-2])
        if self._hit(self.corrupt):
            at = self._dice.randrange(len(reply))
            damage = self._dice.randrange(1, 256)
            reply = reply[:at] + bytes([reply[at] ^ damage]) + reply[at + 1 :]
        if self._hit(self.noise):
            reply = self._dice.randbytes(self._dice.randrange(1, 12)) + reply
            reply += self._dice.randbytes(self._dice.randrange(1, 12))
        return reply

    def obey(self, line, t_s):
        """Carry out one typed line; the answer in words. Raises SteeringError."""
        try:
            name, *values = shlex.split(line)
        except ValueError as why:
            raise SteeringError(str(why)) from None
        act = getattr(self, f"_do_{name}", None)
        if name in PERCENTAGES:
            self._percentage(name, values)
        elif act:
            act(values, t_s)
        else:
            raise SteeringError(f"no such command: {name} (help shows all)")
        return line

    def _hit(self, percent):
        return percent > 0 and self._dice.random() * 100 < percent

    def _percentage(self, name, values):
        setattr(self, name, _number(values, 0, 100, f"{name} PERCENT"))

    def _do_battery(self, values, _):
        self.slave.battery_w = int(_number(values, -30000, 30000, "battery WATTS"))
        self.following = False

    def _do_soc(self, values, _):
        self.slave.soc_pct = _number(values, 0, 100, "soc PERCENT")
        self.following = False

    def _do_pv(self, values, _):
        self.slave.pv_w = int(_number(values, 0, 30000, "pv WATTS"))
        self.following = False

    def _do_load(self, values, _):
        self.slave.load_w = int(_number(values, 0, 30000, "load WATTS"))

    def _do_second(self, values, _):
        self.slave.second_w = int(_number(values, -30000, 30000, "second WATTS"))

    def _do_generation(self, values, _):
        try:
            self.slave.generation = values[0] if values else ""
        except ValueError as why:
            raise SteeringError(str(why)) from None

    def _do_invalid(self, values, _):
        self.slave.invalid = _choice(values, {**SWITCH, "marker": "marker"}, "invalid")

    def _do_balance(self, values, _):
        self.slave.balance_known = _choice(values, SWITCH, "balance")

    def _do_r5213(self, values, _):
        answers = {how: how for how in sungrow.ANSWERS_5213}
        how = _choice(values, {**answers, "on": True, "off": False}, "r5213")
        self.slave.has_5213 = how is not False
        self.slave.r5213 = how if isinstance(how, str) else "live"

    def _do_flags(self, values, _):
        self.slave.flags = _choice(values, {way: way for way in sungrow.FLAGS}, "flags")

    def _do_amps(self, values, _):
        self.slave.signed_amps = _choice(values, {"signed": True, "unsigned": False}, "amps")

    def _do_state(self, values, _):
        states = {"run": 0x0040, "forced": 0x0800, "ems": 0x4000}
        self.slave.system_state = _choice(values, states, "state")

    def _do_master(self, values, _):
        usage = "master SECONDS [ADDRESS WORDS …]"
        if len(values) % 2 != 1:
            raise SteeringError(f"usage: {usage}")
        every_s = _number(values[:1], 0, 3600, usage)
        reads = []
        for at in range(1, len(values), 2):
            address = _number(values[at : at + 1], 0, 65535, usage)
            words = _number(values[at + 1 : at + 2], 1, 125, usage)
            reads.append((int(address), int(words)))
        self.master_asks = reads or self.master_asks
        self.master_s = every_s

    def _do_wrongunit(self, values, _):
        self.wrong_unit = _choice(values, SWITCH, "wrongunit")

    def _do_echo(self, values, _):
        self.echo = _choice(values, SWITCH, "echo")

    def _do_exception(self, values, _):
        self.slave.exception = int(_number(values, 0, 11, "exception NUMBER"))

    def _do_silent(self, values, t_s):
        self.silent_until_s = t_s + _number(values, 0, 86400, "silent SECONDS")

    def _do_delay(self, values, _):
        low = _number(values[:1], 0, 60000, "delay MS [MS]")
        high = _number(values[1:] or values[:1], low, 60000, "delay MS [MS]")
        self.delay_ms = (low, high)

    def _do_auto(self, values, _):
        if self.scenario_course is None:
            raise SteeringError("there is no scenario to go back to")
        self.following = True


def _number(values, low, high, usage):
    try:
        (text,) = values
        value = float(text)
    except ValueError:
        raise SteeringError(f"usage: {usage}") from None
    if not low <= value <= high:
        raise SteeringError(f"{usage}: {low:g} to {high:g}, not {text}")
    return value


def _choice(values, choices, name):
    if len(values) != 1 or values[0] not in choices:
        raise SteeringError(f"usage: {name} {'|'.join(choices)}")
    return choices[values[0]]
