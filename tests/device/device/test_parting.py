"""What the system's heap has left is parted at the start, on the one chip that needs it."""

import unittest

from firmware.device import parting


class Chip:
    """The system's heap of a chip: a block from 0 to `size`, in which a thread and marks lie.

    Both are put into the smallest hole that has room, as the chip does.
    """

    def __init__(self, size, old_holes=0):
        self.size = size
        self.marks = []  # where, of 50 bytes each
        self.thread = None  # (where, bytes)
        self.old_holes = old_holes  # for marks, that have room elsewhere

    def holes(self):
        taken = [(at, 50) for at in self.marks] + ([self.thread] if self.thread else [])
        begin, found = 0, []
        for at, size in sorted(taken) + [(self.size, 0)]:
            found.append((at - begin, begin))
            begin = at + size
        return found

    def find(self, size):
        return min([hole for hole in self.holes() if hole[0] >= size])[1]

    def hold(self, size):
        self.thread = (self.find(size), size)

    def mark_system_heap(self, count):
        for _ in range(count):
            if self.old_holes:
                self.old_holes -= 1
            else:
                self.marks.append(self.find(50))
        self.thread = None

    def system_heap(self):
        sizes = [size for size, _ in self.holes()]
        return sum(sizes), max(sizes), 0


class Thread:
    """`_thread` of such a chip: a thread that has begun holds its stack."""

    def __init__(self, chip):
        self.chip = chip
        self.sizes = []

    def allocate_lock(self):
        return self

    def acquire(self):
        pass

    def release(self):
        pass

    def stack_size(self, size):
        if size:
            self.sizes.append(size)

    def start_new_thread(self, _run, _arguments):
        self.chip.hold(self.sizes[-1])


class Parting(unittest.TestCase):
    def setUp(self):
        self.before = parting._thread, parting.sys
        self.on("esp32")

    def tearDown(self):
        parting._thread, parting.sys = self.before

    def on(self, platform):
        parting.sys = type("sys", (), {"platform": platform})

    def part(self, chip):
        parting._thread = Thread(chip)
        parting.part(chip)
        return parting._thread.sizes

    def test_no_third_is_much_larger_than_another(self):
        for size in (21_000, 32_700):  # what v1.26.1 and v1.24.0 leave
            chip = Chip(size)
            self.part(chip)
            thirds = [size for size, _ in chip.holes() if size > 100]
            self.assertEqual(len(thirds), 3)
            self.assertTrue(max(thirds) < size * 0.36, thirds)

    def test_marks_that_found_room_elsewhere_are_made_again(self):
        chip = Chip(32_700, old_holes=9)
        self.part(chip)
        self.assertTrue(chip.system_heap()[1] < 12_000, chip.holes())
        self.assertEqual(chip.old_holes, 0)

    def test_it_is_not_tried_for_ever(self):
        chip = Chip(32_700, old_holes=10_000)
        self.assertTrue(len(self.part(chip)) <= 8)

    def test_a_chip_with_memory_in_plenty_and_a_computer_are_left_alone(self):
        self.assertEqual(self.part(Chip(4_000_000)), [])
        self.on("linux")
        self.assertEqual(self.part(Chip(32_000)), [])


if __name__ == "__main__":
    unittest.main()
