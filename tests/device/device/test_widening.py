"""The heap grows by a bounded amount at the start, on the one chip that needs it."""

import unittest

from firmware.device import widening


class Chip:
    """The system's heap of a chip, as much as `widen` asks of it: it falls once the heap grows."""

    def __init__(self, free, after):
        self.free = self.largest = free
        self.after = after
        self.asked = 0
        self.held = []

    def system_heap(self):
        self.asked += 1
        free = self.free - 400 * len(self.held)
        if self.asked > self.after:
            free -= 9000
        return free, self.largest, free


class Mark:
    """What parts the largest block; it takes next to nothing."""

    def __init__(self, chip, size):
        self.chip, self.size = chip, size
        chip.held.append(size)

    def close(self):
        self.chip.held.remove(self.size)


class Widening(unittest.TestCase):
    def setUp(self):
        self.mark, self.sys = widening._mark, widening.sys
        self.chip = Chip(32_000, 12)
        self.sizes = []
        widening._mark = self.part
        self.elsewhere = 0  # marks that find room where something older was

    def tearDown(self):
        widening._mark, widening.sys = self.mark, self.sys

    def part(self, size):
        self.sizes.append(size)
        self.chip.largest = self.elsewhere and self.chip.largest or self.chip.largest - size
        self.elsewhere = max(0, self.elsewhere - 1)
        return Mark(self.chip, size)

    def on(self, platform):
        widening.sys = type("sys", (), {"platform": platform})

    def test_it_grows_into_a_third_and_all_that_was_held_is_given_back(self):
        self.on("esp32")
        self.assertEqual(len(widening.widen(self.chip)), 512)
        self.assertEqual(self.chip.held, [])
        self.assertTrue(12 < self.chip.asked < 20)
        thirds = self.sizes + [self.chip.free - sum(self.sizes)]
        self.assertTrue(min(thirds) > 10_000, thirds)  # whichever is grown into, one is left
        self.assertTrue(self.sizes[0] < self.sizes[1])  # else it finds room in the first

    def test_a_mark_that_parts_nothing_is_made_again_but_not_for_ever(self):
        self.on("esp32")
        self.elsewhere = 1
        widening.widen(self.chip)
        self.assertEqual(len(self.sizes), 3)
        self.assertEqual(self.chip.held, [])
        self.elsewhere = 100
        widening.widen(self.chip)
        self.assertTrue(len(self.sizes) < 12, self.sizes)

    def test_a_heap_that_does_not_grow_is_not_filled_for_ever(self):
        self.on("esp32")
        self.chip.after = 10_000
        widening.widen(self.chip)
        self.assertEqual(self.chip.held, [])
        self.assertTrue(self.chip.asked < 300)

    def test_a_chip_with_memory_in_plenty_and_a_computer_are_left_alone(self):
        self.on("esp32")
        self.chip.free = 4_000_000
        self.assertTrue(widening.widen(self.chip) is None)
        self.on("linux")
        self.chip.free = 32_000
        self.assertTrue(widening.widen(self.chip) is None)
        self.assertEqual(self.chip.asked, 2)


if __name__ == "__main__":
    unittest.main()
