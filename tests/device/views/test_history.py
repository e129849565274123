"""The chart is not empty when the page is opened."""

import json
import unittest

from client import WebCase

from firmware.views import history, history_rings


class History(WebCase):
    def now(self):
        return json.loads(self.get("/api/history")[2])

    def test_the_last_ten_minutes_oldest_first_with_gaps(self):
        history_rings.begin()
        history.put(1500.4, 1500, 230.2)
        history.put(None, 0, 0)
        history.put(-99999, -10000, 252.6)
        answer = self.now()["2"]
        self.assertEqual(answer["battery_w"], [1500, None, -32000])
        self.assertEqual(answer["ct_w"], [1500, 0, -10000])
        self.assertEqual(answer["volts"], [230, None, 253])
        for n in range(400):
            history.put(n, n, 230)
        answer = self.now()["2"]
        self.assertEqual(len(answer["battery_w"]), 300)
        self.assertEqual((answer["battery_w"][0], answer["ct_w"][-1]), (100, 399))

    def test_the_last_day_as_means_of_what_was_known(self):
        history_rings.begin()
        for n in range(300):  # 10 minutes, the inverter silent in their second half
            history.put(3000 + n % 2 if n < 150 else None, 1000 if n < 150 else 0, 230)
        self.assertEqual(
            self.now()["600"],
            {"battery_w": [3000], "ct_w": [500], "volts": [230], "ago_s": 0},
        )
        for _ in range(60):
            history.put(3000, 3000, 230)
        self.assertEqual(self.now()["600"]["ago_s"], 120)
        self.assertEqual(len(self.now()["600"]["ct_w"]), 1)
        history_rings.begin()
        for n in range(300):
            history.put(3000 if n < 150 else None, 1000 if n < 150 else 0, 230)
        for _ in range(300):
            history.put(None, 0, 0)
        self.assertEqual(
            self.now()["600"],
            {"battery_w": [3000, None], "ct_w": [500, 0], "volts": [230, None], "ago_s": 0},
        )
        for _ in range(200):
            for _ in range(300):
                history.put(-25000, -25000, 250)
        day = self.now()["600"]
        self.assertEqual((len(day["ct_w"]), day["ct_w"][0]), (144, -25000))
        self.assertEqual((day["battery_w"][0], day["volts"][-1]), (-25000, 250))

    def test_nothing_yet_is_json_too(self):
        history.rings.clear()
        self.assertEqual(self.now(), {})


if __name__ == "__main__":
    unittest.main()
