"""JSON that any browser reads, without the noise digits of single-precision floats."""

import json
import unittest

from lib import jsontext


class Text(unittest.TestCase):
    def test_a_round_trip_keeps_the_value(self):
        value = {
            "a": [1, -2, 0.5, True, False, None, "x"],
            "empty": {},
            "none": [],
            "nested": {"deep": [[1], {"b": "c"}]},
        }
        self.assertEqual(json.loads(jsontext.dumps(value)), value)

    def test_decimals_of_people_come_out_as_they_went_in(self):
        for text in ("230.1", "49.982", "0.3", "12345.6", "-3.05", "0.00017", "1e+07"):
            self.assertEqual(jsontext.dumps(float(text)), text)
        self.assertEqual(jsontext.dumps(0.1 + 0.2), "0.3")
        self.assertEqual(jsontext.dumps(-0.0), "0")

    def test_what_is_no_number_is_null(self):
        for value in (float("nan"), float("inf"), -float("inf")):
            self.assertEqual(jsontext.dumps(value), "null")

    def test_whole_numbers_are_exact_beyond_a_float(self):
        self.assertEqual(jsontext.dumps(123456789012), "123456789012")

    def test_words_are_escaped(self):
        words = 'say "hi"\n\\ \x01 °C'
        self.assertEqual(json.loads(jsontext.dumps(words)), words)


if __name__ == "__main__":
    unittest.main()
