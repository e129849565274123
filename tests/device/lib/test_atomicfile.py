"""A save is all or nothing, wherever the power fails."""

import unittest

from fakes import Disk, PowerLossError

from lib import atomicfile


def parse(data):
    if not (data.startswith(b"<") and data.endswith(b">")):
        raise ValueError("torn")
    return data


class WhenThePowerFails(unittest.TestCase):
    def cut_everywhere(self, saved_before, strict):
        """Cut a save at each of its operations, with every length of torn write."""
        whole = b"<new>"
        step = 0
        while True:
            finished = False
            for torn in range(len(whole) + 1):
                disk = Disk(strict)
                for data in saved_before:
                    atomicfile.save("s", data, disk)
                before = saved_before[-1] if saved_before else None
                disk.operations = 0
                disk.fail_at = step
                disk.torn = torn
                try:
                    atomicfile.save("s", whole, disk)
                    finished = True
                except PowerLossError:
                    pass
                disk.fail_at = None
                value, _ = atomicfile.load("s", parse, disk)
                self.assertIn(value, (before, whole))
                yield disk, value
            if finished:
                self.assertEqual(value, whole)
                return
            step += 1

    def test_the_copy_before_or_after_is_found(self):
        for saved_before in ([], [b"<1>"], [b"<1>", b"<22>"]):
            for strict in (False, True):
                cuts = len(list(self.cut_everywhere(saved_before, strict)))
                self.assertTrue(cuts >= 3 * 6)

    def test_a_second_cut_in_the_next_save_loses_nothing_either(self):
        for disk, value in self.cut_everywhere([b"<1>", b"<22>"], True):
            files = dict(disk.files)
            for step in range(6):
                for torn in (0, 2, 5):
                    disk.files = dict(files)
                    disk.operations, disk.fail_at, disk.torn = 0, step, torn
                    try:
                        atomicfile.save("s", b"<next>", disk)
                    except PowerLossError:
                        pass
                    disk.fail_at = None
                    found, _ = atomicfile.load("s", parse, disk)
                    self.assertIn(found, (value, b"<next>"))


class Reading(unittest.TestCase):
    def test_no_file_is_no_problem(self):
        self.assertEqual(atomicfile.load("s", parse, Disk()), (None, ""))

    def test_a_damaged_file_gives_the_copy_before_and_says_so(self):
        disk = Disk()
        atomicfile.save("s", b"<1>", disk)
        atomicfile.save("s", b"<2>", disk)
        disk.files["s"] = b"<2"
        value, problem = atomicfile.load("s", parse, disk)
        self.assertEqual(value, b"<1>")
        self.assertEqual(problem, "s: torn; using s.old instead")

    def test_nothing_good_is_none_and_a_problem(self):
        disk = Disk()
        disk.files["s"] = b"\x00\xff"
        value, problem = atomicfile.load("s", parse, disk)
        self.assertIsNone(value)
        self.assertEqual(problem, "s: torn")

    def test_flash_that_forgets_is_an_error_and_the_old_file_stays(self):
        class Forgetful(Disk):
            def write(self, path, data):
                super().write(path, data[:-1])

        disk = Forgetful()
        disk.files["s"] = b"<1>"
        with self.assertRaises(OSError):
            atomicfile.save("s", b"<2>", disk)
        self.assertEqual(disk.files["s"], b"<1>")


class OnARealDisk(unittest.TestCase):
    def test_save_and_load(self):
        import os

        name = "atomicfile-test"
        disk = atomicfile.Disk()
        for data in (b"<1>", b"<22>", b"<333>"):
            atomicfile.save(name, data, disk)
            self.assertEqual(atomicfile.load(name, parse, disk), (data, ""))
        self.assertEqual(disk.read(name + ".old"), b"<22>")
        os.remove(name)
        os.remove(name + ".old")


if __name__ == "__main__":
    unittest.main()
