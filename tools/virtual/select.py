"""Stand-in for `select`: waiting is what moves the virtual board's time.

Stand-in devices are polled through their `_ready(flags)`; anything else is a real file or socket
and goes to the real poll. In simulated time nobody asks who is ready after a quiet source's event
(the sampling timer's, 870 times a second), unless something is registered that may become ready
just so: what a callback sets, or a UART, whose bytes come with time.
"""

import io

import micropython
import uselect
import utime

from world import NOW, W

POLLIN = 1
POLLOUT = 4
POLLERR = 8
POLLHUP = 16

_AN_HOUR_US = 3_600_000_000


class poll:
    def __init__(self):
        self._devices = {}
        self._real = None
        self._real_count = 0
        self._flags = {}
        self._restless = {}  # those that may be ready after any event

    def register(self, obj, flags=POLLIN | POLLOUT):
        if isinstance(obj, io.IOBase) or getattr(obj, "restless", False):
            self._restless[id(obj)] = True
        if hasattr(obj, "_ready"):
            self._devices[id(obj)] = (obj, flags)
            return
        if self._real is None:
            self._real = uselect.poll()
        if id(obj) not in self._flags:
            self._real_count += 1
        self._flags[id(obj)] = flags
        self._real.register(obj, flags)

    def modify(self, obj, flags):
        if id(obj) in self._devices:
            self._devices[id(obj)] = (obj, flags)
        else:
            self._real.modify(obj, flags)

    def unregister(self, obj):
        self._restless.pop(id(obj), None)
        if self._devices.pop(id(obj), None) is None:
            self._real.unregister(obj)
            self._real_count -= 1
            del self._flags[id(obj)]

    @micropython.native
    def _ready(self):
        found = ()
        for obj, flags in self._devices.values():
            got = obj._ready(flags)
            if got:
                found += ((obj, got),)
        if self._real_count:
            for item in self._real.ipoll(0):
                found += ((item[0], item[1]),)
        return found

    def poll(self, timeout=-1):
        return self._wait(timeout)

    def ipoll(self, timeout=-1, flags=0):
        return iter(self._wait(timeout))

    @micropython.native
    def _wait(self, timeout):
        world = W
        if world.listens:
            world.heed()
        found = self._ready()
        if found or timeout == 0:
            return found
        if world.paced:
            return self._wait_real(timeout)
        return self._wait_virtual(timeout)

    @micropython.native
    def _wait_virtual(self, timeout):
        """Run events until something is ready, asking where one may have made it so."""
        world = W
        epoch_us = world.epoch_us
        for_ever = timeout is None or timeout < 0
        limit = NOW[0] + (_AN_HOUR_US if for_ever else timeout * 1000)
        watching = self._devices or self._real_count
        quietly = not self._restless
        while True:
            happened = world.step(limit, quietly)
            if world.epoch_us is not epoch_us:
                limit -= world.epoch_us - epoch_us
                epoch_us = world.epoch_us
            if not happened:
                world.jump(limit)
            elif not watching:
                continue
            found = self._ready()
            if found:
                return found
            if not happened or NOW[0] >= limit:
                if not for_ever:
                    return found
                epoch_us = world.epoch_us
                limit = NOW[0] + _AN_HOUR_US

    def _wait_real(self, timeout):
        for_ever = timeout is None or timeout < 0
        deadline = None if for_ever else W.now_us + timeout * 1000
        while True:
            self._pass_real(deadline)
            W.heed()
            found = self._ready()
            if found or deadline is not None and W.now_us >= deadline:
                return found

    def _pass_real(self, deadline):
        """Real time: run what the wall clock allows, sleep until the next event."""
        wall = W.wall_us()
        limit = wall if deadline is None or deadline > wall else deadline
        if W.step(limit - W.epoch_us):
            return
        W.jump(limit - W.epoch_us)
        if limit == deadline:
            return
        due = deadline if deadline is not None else wall + 1_000_000
        for s in W.sources:
            if s.due is not None and s.due < due:
                due = s.due
        wait_us = due - W.wall_us()
        if wait_us <= 0:
            return
        if self._real_count:
            # Real files wake us early; millisecond steps rounded up cost nothing here.
            for _ in self._real.ipoll(wait_us // 1000 + 1):
                break
        else:
            utime.sleep_us(wait_us)
        W.idle_us += wait_us
