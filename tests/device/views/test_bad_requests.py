"""Requests by the thousand, hurt in their bytes or odd in what they ask: each is answered, none
steers beyond what validation takes, and nothing stays behind.
"""

import asyncio
import json
import random
import unittest

from bad_input import COUNT, VALUES, Counted, mutated, odd
from client import Visitor, WebCase

from lib import http

TIMEOUT_S = 14_400
SLOW = True
HOLD = b'{"watts": 2000, "minutes": 5}'
GOOD = (
    b"GET /api/status HTTP/1.1\r\nHost: 4.3.2.1\r\nIf-None-Match: x\r\n\r\n",
    b"GET /api/log?since=3 HTTP/1.1\r\nHost: 4.3.2.1:80\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: 4.3.2.1\r\nCookie: a=b\r\n\r\n",
    b"POST /api/hold HTTP/1.1\r\nHost: 4.3.2.1\r\nOrigin: http://4.3.2.1\r\n"
    b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(HOLD) + HOLD,
)
BODIES = (
    ("settings", {"limit_w": 4000, "invert": True, "stage": "own", "lag_deg": "4,02"}),
    ("settings", {"password": "another one", "old_password": "wrong", "ssid": "x"}),
    ("hold", {"watts": 2000, "minutes": 5}),
    ("calibrate", {"watts": 1900, "lead_watts": 1000, "pf": "0,98"}),
    ("calibrate", {"compare": True, "watts": 1900, "date": "today"}),
    ("calibrate", {"undo": True}),
    ("scan", {"use": "solax_g2_g3_g4"}),
    ("scan", {"cancel": True}),
    ("mute", {"muted": False}),
    ("direction", {"charging": True}),
    ("release", {}),
    ("seen", {}),
)
REFUSED = (400, 403, 404, 405, 409, 413, 415, 503)


class Requests(WebCase, Counted):
    def answered(self, sent):
        """The status of the answer, None where none was needed; nobody is left in a place."""
        client = Visitor(sent)
        asyncio.run(self.serve(client))
        self.assertTrue(client.closed)
        self.assertEqual(http.links, [])
        return int(client.got[9:12]) if client.got else None

    def test_bytes(self):
        fine = 0
        for _ in self.inputs("HTTP requests"):
            sent = mutated(random.choice(GOOD))
            if b"stream" in sent:
                continue
            status = self.answered(sent)
            fine += status == 200
            self.assertIn(status, (None, 200, 302, 304) + REFUSED, sent)
            self.valid(self.parts.settings.now)
        print("%d answered with 200" % fine)

    def test_bodies(self):
        fine = 0
        for _ in self.inputs("JSON bodies"):
            topic, body = random.choice(BODIES)
            body = dict(body)
            if random.randint(0, 1):
                body[random.choice(list(body) + ["self", "accepted"])] = random.choice(VALUES)
                sent = json.dumps(body).encode()
            else:
                sent = odd(json.dumps(body).encode() or b"{}")
            head = "POST /api/%s HTTP/1.1\r\nContent-Type: application/json\r\n" % topic
            head += "Content-Length: %d\r\n\r\n" % len(sent)
            status = self.answered(head.encode() + sent)
            fine += status == 200
            self.assertIn(status, (200,) + REFUSED, sent[:200])
            self.valid(self.parts.settings.now)
            hold = self.parts.hold
            self.assertTrue(abs(hold.watts or 0) <= self.parts.settings.now.limit_w)
        print("%d answered with 200" % fine)
        self.assertTrue(fine > COUNT // 50)


if __name__ == "__main__":
    unittest.main()
