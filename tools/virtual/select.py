"""Stand-in for `select`: waiting is what moves the virtual board's time.

Stand-in devices are polled through their `_ready(flags)`; anything else is a real file or socket
and goes to the real poll.
"""

import uselect
import utime

from world import W

POLLIN = 1
POLLOUT = 4
POLLERR = 8
POLLHUP = 16


class poll:
    def __init__(self):
        self._devices = {}
        self._real = None
        self._real_count = 0
        self._flags = {}

    def register(self, obj, flags=POLLIN | POLLOUT):
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
        if self._devices.pop(id(obj), None) is None:
            self._real.unregister(obj)
            self._real_count -= 1
            del self._flags[id(obj)]

    def _ready(self):
        found = []
        for obj, flags in self._devices.values():
            got = obj._ready(flags)
            if got:
                found.append((obj, got))
        if self._real_count:
            for item in self._real.ipoll(0):
                found.append((item[0], item[1]))
        return found

    def poll(self, timeout=-1):
        return self._wait(timeout)

    def ipoll(self, timeout=-1, flags=0):
        return iter(self._wait(timeout))

    def _wait(self, timeout):
        W.heed()
        if timeout == 0:
            return self._ready()
        deadline = None if timeout is None or timeout < 0 else W.now_us + timeout * 1000
        while True:
            found = self._ready()
            if found:
                return found
            if deadline is not None and W.now_us >= deadline:
                return ()
            if W.paced:
                self._pass_real(deadline)
                W.heed()
            else:
                self._pass(deadline)

    def _pass(self, deadline):
        """Simulated time: run events until one may have made something ready."""
        if deadline is None:
            deadline = W.now_us + 3_600_000_000
        watching = self._devices or self._real_count
        while W.step(deadline):
            if watching:
                return
        W.jump(deadline)

    def _pass_real(self, deadline):
        """Real time: run what the wall clock allows, sleep until the next event."""
        wall = W.wall_us()
        limit = wall if deadline is None or deadline > wall else deadline
        if W.step(limit):
            return
        W.jump(limit)
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
