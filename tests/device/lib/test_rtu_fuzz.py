"""The search for a reply on MicroPython itself, among mutated, truncated and merged frames."""

import random
import unittest

from bad_input import COUNT, Counted

from lib import rtusearch
from tools.fake_inverter.slave import crc, sealed

TIMEOUT_S = 7200
FRAMES = 2 * COUNT
REQUEST = sealed(b"\x01\x04\x32\xc7\x00\x04")
HONEST = sealed(b"\x01\x04\x08\x12\x34\xff\xff\x00\x01\x80\x00")


def damaged(frame):
    kind = random.randrange(4)
    at = random.randrange(len(frame))
    if kind == 0:
        return frame[:at]
    if kind == 1:
        return frame[:at] + frame[at + 1 :]
    if kind == 2:
        return frame[: at + 1] + frame[at:]
    return frame[:at] + bytes([frame[at] ^ random.randrange(1, 256)]) + frame[at + 1 :]


class Fuzz(Counted):
    def test_nothing_but_a_good_frame_becomes_a_number(self):
        found = 0
        for i, _ in enumerate(self.inputs("frames on the line", FRAMES)):
            stream = damaged(HONEST)
            for _ in range(random.randrange(3)):
                stream += random.choice((REQUEST, b"\x01\x04", b"\xff", damaged(HONEST)))
            honest_too = i % 3 == 0
            stream += HONEST if honest_too else b""
            search = rtusearch.Search(REQUEST, 4)
            reply = None
            for at in range(0, len(stream), 7):
                reply = search.feed(stream[at : at + 7]) or reply
            if reply is None:
                self.assertFalse(honest_too)
                self.assertTrue(rtusearch.complaint(search).kind)
            else:
                found += 1
                self.assertTrue(carries(stream, reply))
        self.assertTrue(found > FRAMES // 4)


def carries(stream, reply):
    """True if a whole good frame with these register bytes is somewhere in the stream."""
    for at in range(len(stream) - 12):
        frame = stream[at : at + 13]
        if frame[:3] == b"\x01\x04\x08" and frame[3:11] == reply and crc(frame) == 0:
            return True
    return False


if __name__ == "__main__":
    unittest.main()
