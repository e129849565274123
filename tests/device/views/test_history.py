"""The chart is not empty when the page is opened."""

import json
import unittest

from client import WebCase

from firmware.views import history


class History(WebCase):
    def now(self):
        return json.loads(self.get("/api/history")[2])

    def test_the_last_ten_minutes_oldest_first_with_gaps(self):
        history.begin()
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

    def test_nothing_yet_is_json_too(self):
        history.rings.clear()
        self.assertEqual(self.now(), {})


if __name__ == "__main__":
    unittest.main()
