"""The status object: complete, small, and JSON whatever happens."""

import json
import unittest

import parts as fake

from firmware.views import status


class Status(unittest.TestCase):
    def setUp(self):
        self.parts = fake.make()

    def now(self):
        return json.loads(status.text(self.parts))

    def test_before_the_first_reading_there_is_nothing_instead_of_zero(self):
        answer = self.now()["inverter"]
        for name in ("battery_w", "soc_pct", "battery_v", "battery_a", "age_ms"):
            self.assertIsNone(answer[name])

    def test_a_reading_comes_with_its_age(self):
        self.parts.inverter.latest = fake.reading(-1234.5678, self.parts.clock.ms())
        self.parts.clock.pass_ms(750)
        answer = self.now()["inverter"]
        self.assertEqual((answer["battery_w"], answer["age_ms"]), (-1235, 750))

    def test_the_age_is_right_across_the_wrap_of_the_ticks(self):
        clock = self.parts.clock
        clock.at_ms = clock.WRAP - 400
        self.parts.inverter.latest = fake.reading(0, clock.ms())
        clock.pass_ms(900)
        self.assertEqual(self.now()["inverter"]["age_ms"], 900)

    def test_unknown_values_are_null_and_not_nan(self):
        self.parts.mains.hz = float("nan")
        self.parts.inverter.latest = fake.Reading(None, None, None, float("inf"), 0, False)
        answer = self.now()
        self.assertIsNone(answer["mains"]["hz"])
        self.assertIsNone(answer["inverter"]["battery_a"])

    def test_a_hold_shows_what_is_left_and_ends(self):
        self.assertIsNone(self.now()["hold"])
        self.parts.hold.start(2000, 5, self.parts.clock.ms())
        self.parts.clock.pass_ms(48000)
        self.assertEqual(self.now()["hold"], {"watts": 2000, "left_s": 252})
        self.parts.clock.pass_ms(252000)
        self.assertIsNone(self.now()["hold"])

    def test_a_margin_is_shown_where_it_is_part_of_the_power(self):
        self.parts.settings.change(offset_w=-150)
        self.assertEqual(self.now()["offset_w"], 0)
        self.parts.inverter.latest = fake.reading(2000, self.parts.clock.ms())
        self.parts.ct.commanded_w = 1850
        self.assertEqual(self.now()["offset_w"], -150)
        self.parts.ct.commanded_w = 0
        self.assertEqual(self.now()["offset_w"], 0)  # muted, stale, under orders: nothing is added
        self.parts.ct.commanded_w = 1850
        self.parts.hold.start(2000, 5, self.parts.clock.ms())
        self.assertEqual(self.now()["offset_w"], 0)

    def test_it_is_about_a_kilobyte(self):
        self.parts.inverter.latest = fake.reading(-10000, 0)
        self.parts.hold.start(2000, 5, 0)
        for n in range(8):
            self.parts.health.count("counter%d" % n)
        self.parts.health.fault("settings", "settings.json: not readable as JSON")
        size = len(status.text(self.parts))
        self.assertTrue(size < 1300, "%d bytes" % size)

    def test_numbers_have_no_noise_digits(self):
        text = status.text(self.parts)
        for number in ('"volts":231.5', '"hz":49.982', '"median_ms":44.444'):
            self.assertIn(number, text)


if __name__ == "__main__":
    unittest.main()
