"""A name server that knows one answer: every name is here.

Phones look up a name to find out whether a network leads to the Internet; the answer leads them to
the device's page. In memory while a question is answered. Source: RFC 1035. Clock domain:
*second*.
"""

import errno
import socket

from micropython import const

_LONGEST = const(512)  # bytes of a DNS message over UDP
_TTL_S = const(60)  # short: the phone must forget us when it leaves
_TYPE_A = const(b"\x00\x01")
_TYPE_ANY = const(b"\x00\xff")
_CLASS_IN = const(b"\x00\x01")


def reply(query, address):
    """The answer to a DNS query, or None for bytes that are not one.

    `address` is the device's as four bytes. A question of type A gets it; other types (AAAA,
    HTTPS) get an empty answer, so that the phone asks for A at once instead of waiting.
    """
    if not 17 <= len(query) <= _LONGEST:
        return None
    if query[2] & 0xF8 or query[4:6] != b"\x00\x01":
        return None  # a response, another operation, or not exactly one question
    end = _end_of_name(query, 12)
    if not end or end + 4 > len(query):
        return None
    kind, group = query[end : end + 2], query[end + 2 : end + 4]
    ours = kind in (_TYPE_A, _TYPE_ANY) and group == _CLASS_IN
    flags = bytes((0x84 | query[2] & 1, 0x80))  # authoritative; recursion as asked, available
    counts = b"\x00\x01\x00\x01" if ours else b"\x00\x01\x00\x00"
    message = query[:2] + flags + counts + b"\x00\x00\x00\x00" + query[12 : end + 4]
    if ours:
        message += b"\xc0\x0c" + _TYPE_A + _CLASS_IN + _TTL_S.to_bytes(4, "big")
        message += b"\x00\x04" + address
    return message


def open_socket(host="0.0.0.0", port=53):
    """The socket that hears questions; OSError where the port can't be had."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setblocking(False)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind(socket.getaddrinfo(host, port)[0][-1])
    except OSError:
        sock.close()
        raise
    return sock


def answer(sock, address, health):
    """Answer the question that waits in the socket; what is none is counted and ignored."""
    try:
        query, sender = sock.recvfrom(_LONGEST + 1)
        message = reply(query, bytes([int(part) for part in address.split(".")]))
        if message is None:
            health.count("dns", "not a query")
        else:
            sock.sendto(message, sender)
    except OSError as why:
        if why.errno != errno.EAGAIN:  # the network went away, or its queue is full
            health.count("dns", why)


def _end_of_name(query, at):
    """Where the name at `at` ends, 0 if it never does or is not plain labels."""
    while at < len(query):
        length = query[at]
        at += 1
        if length == 0:
            return at
        if length > 63:  # a pointer has no business in a question
            return 0
        at += length
    return 0
