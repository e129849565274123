"""Numbers as a person types them on a phone, German or English."""

import unittest

from lib import numbers


class Numbers(unittest.TestCase):
    def test_both_decimal_signs_and_all_minus_signs(self):
        for typed, meant in (
            ("22,7", 22.7),
            ("22.7", 22.7),
            ("-1500", -1500),
            ("\u22121500", -1500),
            ("+12", 12),
            ("2 000 W", 2000),
            ("2000w", 2000),
            ("0.525", 0.525),
            (".5", 0.5),
            ("1.000,5", 1000.5),
            ("1,000.5", 1000.5),
            ("0,1537", 0.1537),
            (2000, 2000),
            (2.5, 2.5),
        ):
            self.assertAlmostEqual(numbers.parse(typed, -10000, 10000, "W"), meant, delta=1e-4)

    def test_what_can_mean_two_numbers_is_asked_back(self):
        for typed in ("2.000", "1,500", "-2.000", "10,000"):
            try:
                numbers.parse(typed, -10000, 10000, "W")
                self.fail("taken")
            except ValueError as why:
                self.assertIn("is %s " % typed, str(why))

    def test_where_only_one_of_the_two_can_be_it_is_taken(self):
        self.assertAlmostEqual(numbers.parse("22.866", 0.5, 60), 22.866, delta=1e-4)
        self.assertEqual(numbers.parse("2.000", 100, 25000), 2000)

    def test_all_else_is_refused_in_words(self):
        for typed in ("", "much", "1.2.3", "nan", "inf", "1e3", "--5", "20000", "1_0", None, True):
            try:
                numbers.parse(typed, -10000, 10000, "W")
                self.fail(str(typed))
            except ValueError as why:
                self.assertIn("give -10000 to 10000 W", str(why))


if __name__ == "__main__":
    unittest.main()
