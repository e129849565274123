"""The virtual board's time: one queue of hardware events, run in simulated or in real time.

Every stand-in (Timer, I2S, UART, …) is a source with a `due` time in µs since power-on, or None.
Time stands still while firmware runs and moves from event to event while it waits. With
`paced` the same queue simply never runs ahead of the wall clock, so both clocks share one plant
and a busy computer makes the virtual board late, never wrong.
"""

import json
import os

import uselect
import utime

MASK = 0x3FFFFFFF


class World:
    """Owns the virtual time. `config` is the dict that the host wrote (tools/play/world.py)."""

    def __init__(self, config):
        self.config = config
        self.now_us = 0
        self.us_start = config.get("ticks_us_start", 0)
        self.ms_start = config.get("ticks_ms_start", 0)
        self.paced = config.get("paced", False)
        self.duration_us = config.get("duration_us")  # None: for ever
        self.clock_s = 0  # what a person set the clock to, less what it would be
        self.sources = []
        self.at_end = []  # called once when the run is over
        self._wall = utime.ticks_us()
        self._wall_us = 0
        self.memory = None  # the chip's, where it is modelled (memory.py)
        self.idle_us = 0  # wall time spent waiting, for the load figure
        self._ctrl_c = None  # a pipe: Ctrl-C as a board hears it, not amid a collection
        pipe = os.getenv("BATTERY_CT_INTERRUPT")  # of tools/board/pty.py
        if pipe:
            self._ctrl_c = (uselect.poll(), open(int(pipe), "rb"))
            self._ctrl_c[0].register(self._ctrl_c[1], uselect.POLLIN)

    def add(self, source):
        """Let a source of events take part; it has `due` and `fire()`."""
        self.sources.append(source)

    def remove(self, source):
        if source in self.sources:
            self.sources.remove(source)

    def wall_us(self):
        """Wall clock µs since power-on."""
        now = utime.ticks_us()
        self._wall_us += utime.ticks_diff(now, self._wall)
        self._wall = now
        return self._wall_us

    def heed(self):
        """Be interrupted if somebody has pressed Ctrl-C."""
        if self._ctrl_c and self._ctrl_c[0].poll(0):
            self._ctrl_c[1].read(1)
            raise KeyboardInterrupt

    def step(self, limit_us):
        """Run the next event if it is due by then; False when there is none."""
        due = None
        source = None
        for s in self.sources:
            d = s.due
            if d is not None and (due is None or d < due):
                due = d
                source = s
        if due is None or due > limit_us:
            return False
        if due > self.now_us:
            if self.duration_us is not None and due >= self.duration_us:
                self.end()
            self.now_us = due
        source.fire()
        return True

    def jump(self, until_us):
        """Move time on with no event in between."""
        if self.duration_us is not None and until_us >= self.duration_us:
            self.end()
        if until_us > self.now_us:
            self.now_us = until_us

    def block_until(self, until_us):
        """The processor is busy or asleep in C: hardware goes on, callbacks wait until the end."""
        for s in self.sources:
            s.hold = True
        while self.step(until_us):
            pass
        self.jump(until_us)
        if self.paced:
            self._wait_for_the_wall(until_us)
        for s in self.sources[:]:
            s.hold = False
            s.release()

    def _wait_for_the_wall(self, until_us):
        """Sleep in pieces, so that Ctrl-C is heard."""
        while True:
            self.heed()
            left_us = until_us - self.wall_us()
            if left_us <= 0:
                return
            utime.sleep_us(min(left_us, 50_000))

    def end(self):
        """The run is over: let everyone write down what is left, then stop the interpreter."""
        self.now_us = self.duration_us
        self.last_words()
        raise SystemExit

    def last_words(self):
        """Let everyone write down what is left; once, the last who asked first."""
        while self.at_end:
            self.at_end.pop()()


class Source:
    """A piece of hardware with events. Callbacks that firmware sees wait while `hold` is set."""

    due = None
    hold = False

    def fire(self):
        raise NotImplementedError

    def release(self):
        """The processor is free again: deliver what waited."""


class Dice:
    """Small repeatable random numbers (31-bit linear congruential), one stream per purpose."""

    def __init__(self, seed):
        self._x = (seed * 7919 + 12345) % 65521 + 1

    def below(self, n):
        """0 … n-1 for n up to 32768."""
        self._x = self._x * 16807 % 2147483647
        return (self._x >> 8) % n

    def chance(self, p):
        """True with probability p."""
        return p > 0 and self.below(32768) < p * 32768


class Pauses(Source):
    """Times at which the processor does something else: flash writes, garbage collection."""

    def __init__(self, world, pauses_us, gc_every_us, gc_pause_us):
        self._world = world
        self._list = sorted(pauses_us)
        self._gc = (gc_every_us, gc_pause_us)
        self._gc_due = gc_every_us if gc_pause_us else None
        self._schedule()

    def _schedule(self):
        first = self._list[0][0] if self._list else None
        gc = self._gc_due
        self.due = gc if first is None or (gc is not None and gc < first) else first

    def fire(self):
        if self._list and self.due == self._list[0][0]:
            length = self._list.pop(0)[1]
        else:
            self._gc_due += self._gc[0]
            length = self._gc[1]
        self._schedule()
        if not self.hold:
            self._world.block_until(self._world.now_us + length)


def _load():
    path = os.getenv("BATTERY_CT_WORLD")
    if not path:
        return {"paced": True}
    with open(path) as f:
        return json.load(f)


W = World(_load())
_gc = W.config.get("gc", {})
W.add(
    Pauses(
        W,
        [tuple(p) for p in W.config.get("pauses_us", ())],
        _gc.get("every_us", 1_000_000),
        _gc.get("pause_us", 0),
    )
)
