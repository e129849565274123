"""The diary: counters, events, reasons, faults, and time that outlives the ticks."""

import unittest

from fakes import Clock

from firmware.device.health import Health


class Reasons(unittest.TestCase):
    def setUp(self):
        self.clock = Clock()
        self.health = Health(self.clock)
        self.seen = []
        self.health.on_event = self.seen.append

    def test_a_change_of_reason_is_one_event(self):
        for words in ("starting", "starting", "no mains lock", "following", "following"):
            self.health.because(words)
        self.assertEqual(
            [e["because"] for e in self.seen], ["starting", "no mains lock", "following"]
        )
        self.assertEqual(self.health.reasons["following"], 1)

    def test_a_countdown_is_no_change_but_is_shown(self):
        for left in ("5:00", "4:59", "4:58"):
            self.health.because("holding 2000 W for calibration (%s left)" % left)
        self.assertEqual(len(self.seen), 1)
        self.assertEqual(self.health.reason, "holding 2000 W for calibration (4:58 left)")

    def test_the_same_reason_again_is_counted(self):
        for words in ("following", "no mains lock", "following"):
            self.health.because(words)
        self.assertEqual(self.health.reasons, {"following": 2, "no mains lock": 1})


class Diary(unittest.TestCase):
    def setUp(self):
        self.clock = Clock(start_ms=(1 << 30) - 500)
        self.health = Health(self.clock, 4)

    def test_uptime_survives_the_wrap_of_the_ticks(self):
        for _ in range(40):
            self.clock.pass_ms(86400 * 500 + 1)
            self.health.uptime()
        self.assertEqual(self.health.uptime(), (20 * 86400, 40))

    def test_events_are_numbered_timed_and_forgotten_from_the_front(self):
        for n in range(6):
            self.clock.pass_ms(1500)
            self.health.event("tick", n=n)
        log = list(self.health.log())
        self.assertEqual(log[0], (2, {"t_s": 4.5, "event": "tick", "n": 2}))
        self.assertEqual(self.health.events_dropped, 2)

    def test_faults_stand_until_cleared_and_are_logged_once(self):
        self.health.fault("settings", "bad file")
        self.health.fault("settings", "bad file")
        self.assertEqual(self.health.faults, {"settings": "bad file"})
        self.health.clear("settings")
        self.health.clear("settings")
        self.assertEqual(self.health.faults, {})
        self.assertEqual([e["event"] for _, e in self.health.log()], ["fault", "fault over"])

    def test_counters_remember_the_last_words(self):
        self.health.count("inverter", "timeout")
        self.health.count("inverter", ValueError("bad CRC"))
        self.health.count("inverter", OSError())
        self.health.count("inverter")
        self.assertEqual(self.health.counters["inverter"], 4)
        self.assertEqual(self.health.last_words["inverter"], "OSError")


if __name__ == "__main__":
    unittest.main()
