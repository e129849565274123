"""Stand-in for `socket`: the device's ports appear on the host's loopback, where the host wants.

A board serves on ports 80 and 53 of its own network; a host has neither to give away. Whoever
comes from 127.0.1.x comes through the home's WiFi, from 192.168.1.x.
"""

from usocket import *
from usocket import getaddrinfo as _getaddrinfo

import uselect
import usocket

from memory import ACKNOWLEDGED_US, CONNECTION, ENOBUFS, IN_FLIGHT, LISTENER, UDP_SOCKET
from world import Source, W


def getaddrinfo(host, port, *args):
    ports = W.config.get("ports", {})
    if host in ("0.0.0.0", "4.3.2.1"):
        host = "127.0.0.1"
        port = ports.get(str(port), port)
    return _getaddrinfo(host, port, *args)


_DATAGRAMS = usocket.SOCK_DGRAM


class _Flight(Source):
    """What a connection has sent that the other side has not acknowledged yet."""

    def __init__(self):
        self._taken = (0, 0)
        self._bytes = 0
        W.add(self)

    def send(self, count):
        more = min(IN_FLIGHT - self._bytes, count)
        taken = W.memory.take(more, "what is sent")
        if taken:
            self._taken = (self._taken[0] + taken[0], self._taken[1] + taken[1])
            self._bytes += more
        self.due = W.now_us + ACKNOWLEDGED_US

    def fire(self):
        """All of it has arrived."""
        self.due = None
        W.memory.give(self._taken)
        self._taken, self._bytes = (0, 0), 0

    def end(self):
        self.fire()
        W.remove(self)


class _Counted:
    """A real socket that takes of the chip's memory what one there takes."""

    _flight = None

    def __init__(self, real, size):
        self._real = real
        self._taken = W.memory.take(size, "socket") if size else (0, 0)
        if self._taken is None:
            real.close()
            raise OSError(ENOBUFS)
        self._poll = uselect.poll()
        self._poll.register(real, 5)

    def __getattr__(self, name):
        return getattr(self._real, name)

    def _ready(self, flags):
        for _, event in self._poll.ipoll(0):
            return event & (flags | 24)
        return 0

    def listen(self, *backlog):
        self._more(LISTENER)
        self._real.listen(*backlog)

    def accept(self):
        line, address = self._real.accept()
        accepted = _Counted(line, CONNECTION)
        accepted._flight = _Flight()
        return accepted, _peer(address)

    def write(self, data):
        return self._sent(self._real.write(data))

    def send(self, data):
        return self._sent(self._real.send(data))

    def _sent(self, count):
        if count and self._flight:
            self._flight.send(count)
        return count

    def close(self):
        if self._flight:
            self._flight.end()
            self._flight = None
        if self._taken:
            W.memory.give(self._taken)
            self._taken = None
        self._real.close()

    def _more(self, size):
        taken = W.memory.take(size, "socket")
        if taken is None:
            raise OSError(ENOBUFS)
        self._taken = (self._taken[0] + taken[0], self._taken[1] + taken[1])


def _peer(address):
    """A client's (address, port) as a board's `accept` gives it."""
    _, ip, port = usocket.sockaddr(address)[:3]
    a, b, c, d = bytes(ip)
    if (a, b, c) == (127, 0, 1):
        a, b, c = 192, 168, 1
    return "%d.%d.%d.%d" % (a, b, c, d), port


class _Named:
    """A real socket whose clients have an address as on a board."""

    def __init__(self, real):
        self._real = real
        self._poll = uselect.poll()
        self._poll.register(real, 5)

    def __getattr__(self, name):
        return getattr(self._real, name)

    def _ready(self, flags):
        for _, event in self._poll.ipoll(0):
            return event & (flags | 24)
        return 0

    def accept(self):
        line, address = self._real.accept()
        return line, _peer(address)


def socket(*kind):
    """As usual; counted where the chip's memory is modelled."""
    if W.memory is None:
        real = usocket.socket(*kind)
        return _Named(real) if "home" in W.config and _DATAGRAMS not in kind[1:] else real
    return _Counted(usocket.socket(*kind), UDP_SOCKET if _DATAGRAMS in kind[1:] else 0)
