"""`select` for one stand-in at a time: importing this puts it in the place of the real one.

The real `poll` waits a millisecond for objects that are no files of the host; this one asks the
object's `writable` and allocates nothing.
"""

import sys

POLLOUT = 4
_NOTHING = ()
_READY = (POLLOUT,)


class Poll:
    def register(self, thing, flags):
        self._thing = thing

    def ipoll(self, timeout_ms):
        return _READY if self._thing.writable() else _NOTHING


poll = Poll
sys.modules["select"] = sys.modules[__name__]
