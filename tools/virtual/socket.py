"""Stand-in for `socket`: the device's ports appear on the host's loopback, where the host wants.

A board serves on ports 80 and 53 of its own network; a host has neither to give away.
"""

from usocket import *
from usocket import getaddrinfo as _getaddrinfo

from world import W


def getaddrinfo(host, port, *args):
    ports = W.config.get("ports", {})
    if host in ("0.0.0.0", "4.3.2.1"):
        host = "127.0.0.1"
        port = ports.get(str(port), port)
    return _getaddrinfo(host, port, *args)
