"""The page's password for those who come through the home's WiFi, and who has given it.

Kept is PBKDF2 (HMAC-SHA256, RFC 8018) with a salt of its own. The hashing lets the loop turn. In
memory only on boards that carry home WiFi (home_wifi.py). Clock domain: *second*.
"""

import asyncio
import hashlib
from binascii import hexlify, unhexlify

from micropython import const

ROUNDS = const(600)  # a third of a second on an ESP32; the trials are rationed, see Sessions
SHORTEST = const(8)
_BLOCK = const(64)
_TURN = const(8)  # rounds between two turns of the loop: some 4 ms
_MOST = const(4)  # sessions; the oldest goes
_IDLE_S = const(1800)
_FREE = const(3)  # wrong ones before one must wait
_LONGEST_S = const(300)


def _hmac(inner, outer, data):
    a = hashlib.sha256(inner)
    a.update(data)
    b = hashlib.sha256(outer)
    b.update(a.digest())
    return b.digest()


async def hashed(password, salt, rounds):
    """32 bytes that take `rounds` to be made of password and salt (words, bytes)."""
    key = password.encode()
    if len(key) > _BLOCK:
        key = hashlib.sha256(key).digest()
    key += bytes(_BLOCK - len(key))
    inner, outer = bytes([b ^ 0x36 for b in key]), bytes([b ^ 0x5C for b in key])
    last = _hmac(inner, outer, salt + b"\x00\x00\x00\x01")
    whole = bytearray(last)
    for k in range(1, rounds):
        last = _hmac(inner, outer, last)
        for i in range(32):
            whole[i] ^= last[i]
        if k % _TURN == 0:
            await asyncio.sleep(0)
    return bytes(whole)


async def made(password, salt):
    """What is kept of a new password: [salt, rounds, key], both as hexadecimal words."""
    key = await hashed(password, salt, ROUNDS)
    return [hexlify(salt).decode(), ROUNDS, hexlify(key).decode()]


async def fits(password, kept):
    """Whether it is the password of which that was kept."""
    key = await hashed(password, unhexlify(kept[0]), kept[1])
    return same(hexlify(key).decode(), kept[2])


def same(a, b):
    """Whether two texts of one length are equal, in the same time wherever they differ."""
    differs = len(a) ^ len(b)
    for i in range(min(len(a), len(b))):
        differs |= ord(a[i]) ^ ord(b[i])
    return differs == 0


class Sessions:
    """Who has logged in, and how long the next wrong password must wait; lost on a restart."""

    def __init__(self):
        self._open = []  # [token, second of its last use]
        self._wrong = 0
        self._until_s = 0

    def wait_s(self, now_s):
        """Seconds until a password may be tried; each wrong one after the third doubles them."""
        return max(0, self._until_s - now_s)

    def tried(self, good, now_s):
        """A password was given."""
        if good:
            self._wrong = self._until_s = 0
            return
        self._wrong += 1
        if self._wrong >= _FREE:
            self._until_s = now_s + min(_LONGEST_S, 5 << min(10, self._wrong - _FREE))

    def begin(self, random_bytes, now_s):
        """A token of 128 bits for who gave the right one."""
        token = hexlify(random_bytes(16)).decode()
        self._open.append([token, now_s])
        del self._open[:-_MOST]
        return token

    def holds(self, token, now_s):
        """Whether the token is one of ours and was used within half an hour; it is used now."""
        found = None
        for session in self._open:
            if same(session[0], token) and now_s - session[1] < _IDLE_S:
                found = session
        if found:
            found[1] = now_s
        return found is not None

    def end(self, token=None):
        """Log one out, or all, as when the password changes."""
        self._open = [s for s in self._open if token is not None and not same(s[0], token)]
