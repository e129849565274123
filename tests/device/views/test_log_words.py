"""The log in sentences, with clock times once a phone has set the clock."""

import json
import time as own
import unittest

import parts as fake
from client import WebCase

from firmware.views import log_words, words
from firmware.views.parts import Parts


class Clock:
    """A clock that nobody has set yet, or that says half past noon."""

    def __init__(self, *now):
        self.now = own.mktime(now + (0, 0))

    def time(self):
        return self.now

    def localtime(self, seconds=None):
        return own.localtime(self.now if seconds is None else seconds)


class Sentences(unittest.TestCase):
    def tearDown(self):
        words.time = own

    def test_every_event_of_the_product_is_a_sentence(self):
        for event, said in (
            ({"event": "reason", "because": "no mains lock"}, "Output zero: no mains seen"),
            ({"event": "reason", "because": "following, +50 W added"}, "+50 W added"),
            ({"event": "mains", "state": "seeking", "hz": 50, "volts": 1}, "Mains lost"),
            ({"event": "inverter", "problem": ""}, "The inverter answers"),
            ({"event": "direction", "charging": True}, "the battery is charging"),
            ({"event": "underrun", "blocks": 3}, "a gap of 3 x 10 ms"),
            ({"event": "setting", "about": "unit", "value": None}, "unit is now None"),
            ({"event": "start", "version": "1", "cause": "watchdog"}, "Started: watchdog"),
            ({"event": "calibrated", "factor": 1.08, "off_deg": -15.0}, "1.080 of the power"),
            ({"event": "start"}, "start"),
            ({"event": "what else", "t_s": 1, "b": 2, "a": 1}, "what else: a 1, b 2"),
        ):
            self.assertIn(said, log_words.sentence(event))

    def test_before_the_clock_is_set_times_are_since_the_start(self):
        words.time = Clock(2000, 1, 1, 0, 5, 0)
        self.assertEqual(words.clock(61.5, 300), "+0:01:01")

    def test_once_it_is_set_times_are_the_clocks_also_of_what_was_before(self):
        words.time = Clock(2026, 11, 23, 12, 30, 0)
        self.assertEqual(words.clock(61.5, 300), "2026-11-23 12:26:01")


class Board:
    given = None

    def system_heap(self):
        return 30_000, 0, 20_000

    def set_clock(self, given):
        self.given = given


class OverHttp(WebCase):
    def setUp(self):
        super().setUp()
        self.board = Board()
        self.parts = Parts(*self.parts[:-1], self.board)

    def test_a_phone_sets_the_clock(self):
        self.assertEqual(self.post("/api/clock", {"now": "2026-11-23T14:03:12"})[0], 200)
        self.assertEqual(self.board.given, (2026, 11, 23, 14, 3, 12))

    def test_nonsense_does_not(self):
        for now in ("", "yesterday", "2026-13-23T14:03:12", "1999-01-01T00:00:00", 5, None, []):
            self.assertEqual(self.post("/api/clock", {"now": now})[0], 400)
        self.assertIsNone(self.board.given)

    def test_the_log_has_words(self):
        self.parts.health.because("no mains lock")
        events = json.loads(self.get("/api/log")[2])["events"]
        self.assertEqual(events[-1]["words"], "Output zero: no mains seen")

    def test_a_prometheus_can_read_it(self):
        self.parts.inverter.latest = fake.reading(1500, 0)
        self.parts.health.count('odd "name"')
        status, headers, body = self.get("/metrics")
        self.assertEqual((status, headers["content-type"][:10]), (200, "text/plain"))
        lines = body.decode().split("\n")
        self.assertIn("battery_ct_battery_watts 1500", lines)
        self.assertIn('battery_ct_count_total{what="odd name"} 1', lines)
        self.assertEqual(self.get("/metrics", "Host: evil.example\r\n")[0], 302)


if __name__ == "__main__":
    unittest.main()
