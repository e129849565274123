"""Two serial ports joined like a null modem, made of two PTYs; no driver needed."""

import asyncio
import os
import tty


class PtyPair:
    """Two devices, `near` and `far` (paths): what is written to one can be read from the other.

    Needs a running event loop; `close` removes both devices.
    """

    def __init__(self):
        self._masters, self._slaves = [], []
        for _ in range(2):
            master, slave = os.openpty()
            tty.setraw(slave)
            os.set_blocking(master, False)
            self._masters.append(master)
            self._slaves.append(slave)  # kept open: a PTY without a reader hangs up
        self.near, self.far = (os.ttyname(slave) for slave in self._slaves)
        self._loop = asyncio.get_running_loop()
        for source, sink in (self._masters, self._masters[::-1]):
            self._loop.add_reader(source, self._copy, source, sink)

    def _copy(self, source, sink):
        try:
            os.write(sink, os.read(source, 1024))
        except (BlockingIOError, InterruptedError):
            return  # nobody reads at the far end: bytes are lost, as on a wire

    def close(self):
        """Take both devices away."""
        for master in self._masters:
            self._loop.remove_reader(master)
        for descriptor in self._masters + self._slaves:
            os.close(descriptor)
