"""The virtual board's time: one queue of hardware events, run in simulated or in real time.

Every stand-in (Timer, I2S, UART, …) is a source with a `due` time in µs since power-on, or None.
Time stands still while firmware runs and moves from event to event while it waits. With
`paced` the same queue simply never runs ahead of the wall clock, so both clocks share one plant
and a busy computer makes the virtual board late, never wrong.

The moment is kept in `NOW`, counted from an epoch that follows it in steps of `EPOCH_US`: small
integers, however long the life, also where words have 32 bits. Who needs speed (the sampling
timer, its converter, the ticks) counts from the epoch; everybody else sees `now_us` and `due`.
"""

import array
import json
import os

import micropython
import uselect
import utime

MASK = 0x3FFFFFFF
EPOCH_US = 256_000_000  # whole milliseconds, words, blocks of the ring and of the mains' cache
_FAR_US = 0x3FFFFFFF  # the largest small integer
# µs since the epoch; ticks_us and ticks_ms at the epoch
NOW = array.array("i", [0, 0, 0])


class World:
    """Owns the virtual time. `config` is the dict that the host wrote (tools/play/world.py)."""

    def __init__(self, config):
        self.config = config
        self.epoch_us = 0
        NOW[1] = config.get("ticks_us_start", 0) & MASK
        NOW[2] = config.get("ticks_ms_start", 0) & MASK
        self.moved = []  # called with the step when the epoch has moved on
        self.touched = False  # somebody's `due` was set, or all were moved
        self.paced = config.get("paced", False)
        self.duration_us = config.get("duration_us")  # None: for ever
        self.clock_s = 0  # what a person set the clock to, less what it would be
        self.sources = []
        self._see_the_end()
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
        self.listens = bool(pipe)

    @property
    def now_us(self):
        """Virtual µs since power-on."""
        return self.epoch_us + NOW[0]

    @now_us.setter
    def now_us(self, us):
        while us - self.epoch_us >= EPOCH_US:
            NOW[0] = EPOCH_US
            self._next_epoch()
        NOW[0] = us - self.epoch_us

    def _next_epoch(self):
        """Count from a later moment."""
        self.epoch_us += EPOCH_US
        NOW[0] -= EPOCH_US
        NOW[1] = (NOW[1] + EPOCH_US % (MASK + 1)) & MASK
        NOW[2] = (NOW[2] + EPOCH_US // 1000) & MASK
        for source in self.sources:
            if source.at is not None:
                source.at -= EPOCH_US
        self._see_the_end()
        self.touched = True
        for move in self.moved:
            move(EPOCH_US)

    def _see_the_end(self):
        """Not before `_end`, in µs since the epoch, is the run over."""
        self._end = _FAR_US
        if self.duration_us is not None:
            self._end = min(_FAR_US, self.duration_us - self.epoch_us)

    def _is_over(self, at):
        return self.duration_us is not None and self.epoch_us + at >= self.duration_us

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

    @micropython.native
    def step(self, limit, quietly=False):
        """Run the next event if it is due by then; False when there is none.

        limit: µs since the epoch; whoever goes on from here looks whether that has moved.
        quietly: and the events of a quiet source that follow it, until another one is due.
        """
        while NOW[0] >= EPOCH_US:
            self._next_epoch()
            limit -= EPOCH_US
        source, due, then = self._soonest(limit)
        if source is None:
            return False
        if due >= _FAR_US:
            return self._far(source)
        quietly = quietly and source.quiet
        self.touched = False
        while True:
            if due > NOW[0]:
                if due >= self._end and self._is_over(due):
                    self.end()
                NOW[0] = due
            source.fire()
            if not quietly or self.touched or NOW[0] >= limit:
                return True
            due = source.at
            if due is None or due >= then or due >= _FAR_US:
                return True

    @micropython.native
    def _soonest(self, limit):
        """(source whose event is the next by then, when it is due, when any other one is)."""
        due = then = limit + 1
        source = None
        for s in self.sources:
            at = s.at
            if at is not None:
                if at < due:
                    then = due
                    due = at
                    source = s
                elif at < then:
                    then = at
        return source, due, then

    def _far(self, source):
        """Run an event a quarter of an hour and more ahead."""
        self.jump(source.at)
        source.fire()
        return True

    def jump(self, until):
        """Move time on with no event in between; until: µs since the epoch."""
        if until >= self._end and self._is_over(until):
            self.end()
        if until > NOW[0]:
            self.now_us = self.epoch_us + until

    def block_until(self, until_us):
        """The processor is busy or asleep in C: hardware goes on, callbacks wait until the end."""
        for s in self.sources:
            s.hold = True
        while self.step(until_us - self.epoch_us):
            pass
        self.jump(until_us - self.epoch_us)
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

    at = None  # µs from the world's epoch, or None; nobody but a source itself sets it
    hold = False
    quiet = False  # True: nothing can be read or written because of its events

    @property
    def due(self):
        """When its next event happens, in µs since power-on; None: never."""
        return None if self.at is None else W.epoch_us + self.at

    @due.setter
    def due(self, us):
        self.at = None if us is None else us - W.epoch_us
        W.touched = True

    def fire(self):
        raise NotImplementedError

    def release(self):
        """The processor is free again: deliver what waited."""


@micropython.viper
def _roll(x: ptr32, n: int) -> int:
    """x * 16807 modulo 2**31 - 1 (Schrage's way, in words of 32 bits); 0 … n-1 of it."""
    high = int(x[0]) // 127773
    new = 16807 * (int(x[0]) - high * 127773) - 2836 * high
    if new < 0:
        most = 0x3FFFFFFF  # not folded into a constant, which would be no small integer
        new += most * 2 + 1
    x[0] = new
    return (new >> 8) % n


class Dice:
    """Small repeatable random numbers (31-bit linear congruential), one stream per purpose."""

    def __init__(self, seed):
        self._x = array.array("i", [(seed * 7919 + 12345) % 65521 + 1])

    def below(self, n):
        """0 … n-1 for n up to 32768."""
        return _roll(self._x, n)

    def chance(self, p):
        """True with probability p."""
        return p > 0 and _roll(self._x, 32768) < p * 32768


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
