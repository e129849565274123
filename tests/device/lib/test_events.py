"""The event ring forgets the oldest and counts what it forgot."""

import unittest

from lib import events


class Ring(unittest.TestCase):
    def test_what_fits_is_all_there(self):
        ring = events.Ring(3)
        for word in "ab":
            ring.keep(word)
        self.assertEqual(list(ring.since(0)), [(0, "a"), (1, "b")])
        self.assertEqual(ring.dropped, 0)

    def test_the_oldest_are_dropped_and_counted(self):
        ring = events.Ring(3)
        for word in "abcde":
            ring.keep(word)
        self.assertEqual(list(ring.since(0)), [(2, "c"), (3, "d"), (4, "e")])
        self.assertEqual(ring.dropped, 2)

    def test_a_reader_who_knows_some_gets_the_rest(self):
        ring = events.Ring(3)
        for word in "abcd":
            ring.keep(word)
        self.assertEqual(list(ring.since(3)), [(3, "d")])
        self.assertEqual(list(ring.since(4)), [])

    def test_entries_kept_while_reading_are_seen_and_overwritten_ones_skipped(self):
        ring = events.Ring(3)
        for word in "abc":
            ring.keep(word)
        reader = ring.since(0)
        self.assertEqual(next(reader), (0, "a"))
        for word in "defg":
            ring.keep(word)
        self.assertEqual(list(reader), [(4, "e"), (5, "f"), (6, "g")])


if __name__ == "__main__":
    unittest.main()
