"""On littlefs itself, as on the board: the power fails at every write and erase of the flash.

The flash is in RAM and stops for good after so many block operations; the one that is cut leaves
nothing, half or all of its bytes. Then the board starts again and finds old or new.
"""

import os
import random
import unittest

import vfs
from fakes import Clock

from firmware import safe_mode
from firmware.device import last_life
from firmware.device.health import Health
from firmware.device.settings import Settings
from firmware.device.settings_change import defaults
from firmware.device.store import Store
from firmware.views import commissioning_record
from lib import atomicfile

TIMEOUT_S = 300
SLOW = True
BLOCK = 4096
PROGRAM = 32  # bytes, as MicroPython mounts the ESP32's flash


class PowerLossError(Exception):
    """No more volts."""


class Flash:
    """A block device as the ESP32's partition, which lives for `left` more operations."""

    def __init__(self, blocks=16):
        self.data = bytearray(b"\xff" * blocks * BLOCK)
        self.left = None  # operations until the power fails; None: never
        self.torn = 0  # quarters of the last write that still get through
        self.unreadable = None  # block that can no longer be read
        self.worn = False  # every write fails
        self.operations = self.erased = 0
        self.off = False

    def powered_again(self):
        """The same flash for the next life; what the last one left open reaches it no more."""
        same = Flash(0)
        same.data, same.unreadable, same.worn = self.data, self.unreadable, self.worn
        self.off = True
        return same

    def _operate(self):
        self.operations += 1
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                return False
        return True

    def readblocks(self, block, buffer, offset=0):
        if self.off or block == self.unreadable:
            return -5
        at = block * BLOCK + offset
        buffer[:] = self.data[at : at + len(buffer)]

    def writeblocks(self, block, buffer, offset=0):
        if self.off or self.worn:
            return -5
        at = block * BLOCK + offset
        count = len(buffer)
        if not self._operate():
            count = count * self.torn // 4
            if self.left == -1:
                for i in range(count):
                    self.data[at + i] &= buffer[i]
            raise PowerLossError
        for i in range(count):
            self.data[at + i] &= buffer[i]  # flash only clears bits

    def ioctl(self, op, argument):
        if op == 4:
            return len(self.data) // BLOCK
        if op == 5:
            return BLOCK
        if op == 6:
            if self.off or self.worn:
                return -5
            if not self._operate():
                raise PowerLossError
            self.erased += 1
            at = argument * BLOCK
            self.data[at : at + BLOCK] = b"\xff" * BLOCK
        return 0


class Board:
    """A flash with the board's file system; `start` is a power-on."""

    def __init__(self, blocks=16):
        self.flash = Flash(blocks)
        vfs.VfsLfs2.mkfs(self.flash, readsize=PROGRAM, progsize=PROGRAM)

    def start(self):
        """(settings, health) of a new life."""
        self.cut()
        self.flash = self.flash.powered_again()
        vfs.mount(vfs.VfsLfs2(self.flash, readsize=PROGRAM, progsize=PROGRAM), "/board")
        os.chdir("/board")
        health = Health(Clock())
        return Settings(Store(), health, lambda name: ""), health

    def cut(self):
        """The power is off."""
        os.chdir("/")
        try:
            vfs.umount("/board")
        except OSError:  # the first start
            pass


def cuts_of(act, torn_quarters=(0, 1, 2, 3, 4)):
    """Do `act(board)` on fresh boards, cut at every operation; yield (board, finished)."""
    for torn in torn_quarters:
        left = 0
        while True:
            board = Board()
            act.prepare(board)
            board.flash.left, board.flash.torn = left, torn
            try:
                act.do(board)
                finished = True
            except (PowerLossError, OSError):
                finished = False
            yield board, finished
            if finished:
                break
            left += 1


class SettingsChange:
    """limit_w from 4000 to 5000."""

    def prepare(self, board):
        self.held, _ = board.start()
        self.held.change(limit_w=3000, ssid="At the meter")
        self.held.change(limit_w=4000)

    def do(self, board):
        self.held.change(limit_w=5000)
        if board.flash.left is not None and board.flash.left < 0:
            raise PowerLossError  # the change was taken for flash that refuses


class Plain:
    """A file of any kind through lib/atomicfile."""

    def __init__(self, name, old, new):
        self.name, self.old, self.new = name, old, new

    def prepare(self, board):
        board.start()
        if self.old is not None:
            atomicfile.save(self.name, self.old, atomicfile.Disk())

    def do(self, board):
        atomicfile.save(self.name, self.new, atomicfile.Disk())


class Comparison:
    """The record of a calibration gives way to a newer one."""

    def __init__(self, old):
        self.old = old

    def prepare(self, board):
        board.start()
        if self.old:
            commissioning_record.keep(self.old)

    def do(self, board):
        commissioning_record.keep({"watts": 1900, "date": "2026-11-02", "stage": None})


class Forgetting:
    """Settings to defaults, as safe mode and the button do; lost: nobody has accepted a loss."""

    def __init__(self, lost):
        self.lost = lost

    def prepare(self, board):
        held, _ = board.start()
        held.change(invert=True, limit_w=3000)
        held.change(limit_w=4000)
        if self.lost:
            for name in ("settings.json", "settings.json.old"):
                with open(name, "w") as f:
                    f.write("{")
            held, _ = board.start()
            held.change(ssid="At the meter")  # as the first WiFi start does

    def do(self, board):
        safe_mode.to_defaults()
        if board.flash.left is not None and board.flash.left < 0:
            raise PowerLossError


class WhenThePowerFails(unittest.TestCase):
    def test_settings_on_their_way_to_defaults_are_old_or_none_or_a_loss_that_is_told(self):
        cuts = 0
        for lost in (False, True):
            for board, finished in cuts_of(Forgetting(lost), (0, 2, 4)):
                held, health = board.start()
                cuts += 1
                if finished:
                    self.assertEqual((held.now, health.faults), (defaults(), {}))
                elif held.now.accepted and held.now != defaults():
                    self.assertFalse(lost)
                    self.assertEqual((held.now.invert, held.now.limit_w), (True, 4000))
                self.assertEqual(held.now.accepted, "settings" not in health.faults)
        print("%d cuts" % cuts)

    def test_the_record_of_a_calibration_is_old_or_new_never_neither(self):
        new = {"watts": 1900, "date": "2026-11-02", "stage": None}
        for old in ({}, {"watts": 2000, "date": "2026-11-01", "stage": None}):
            for board, finished in cuts_of(Comparison(old)):
                board.start()
                self.assertIn(commissioning_record.record(), (new,) if finished else (old, new))

    def test_settings_are_old_or_new_and_accepted_never_neither(self):
        cuts = 0
        for board, finished in cuts_of(SettingsChange()):
            held, health = board.start()
            self.assertIn(held.now.limit_w, (5000,) if finished else (4000, 5000))
            self.assertEqual(held.now.ssid, "At the meter")
            self.assertTrue(held.now.accepted)
            self.assertEqual(health.faults, {})
            held.change(limit_w=6000)  # and the next save works
            self.assertEqual(board.start()[0].now.limit_w, 6000)
            cuts += 1
        print("%d cuts" % cuts)
        self.assertTrue(cuts >= 30)

    def test_two_cuts_in_a_row(self):
        act = SettingsChange()
        for board, _ in cuts_of(act, (2,)):
            for left in range(0, 40, 3):
                held, _ = board.start()
                before = held.now.limit_w
                board.flash.left = left
                try:
                    held.change(limit_w=7000 + left)
                except (PowerLossError, OSError):
                    pass
                held, health = board.start()
                self.assertIn(held.now.limit_w, (before, 7000 + left))
                self.assertEqual(health.faults, {})

    def test_files_of_every_length(self):
        def parse(data):
            if data[:1] != b"<" or data[-1:] != b">":
                raise ValueError("torn")
            return data

        for length in (2, 31, 32, 33, 127, 128, 129, 512, 1500, 4000):
            old, new = b"<" + b"o" * (length - 2) + b">", b"<" + b"n" * (length // 2) + b">"
            for first in (None, old):
                for board, finished in cuts_of(Plain("record", first, new), (0, 2)):
                    board.start()
                    found, _ = atomicfile.load("record", parse, atomicfile.Disk())
                    self.assertIn(found, (new,) if finished else (first, new))

    def test_a_crash_file_that_is_cut_is_no_danger(self):
        class Crash(Plain):
            def do(self, board):
                with open("crash.txt", "w") as f:
                    f.write("ValueError: no luck\n" * 40)

        for board, _ in cuts_of(Crash("", None, None), (0, 2)):
            _, health = board.start()
            last_life.tell("power on or reset button", health)


class WhenTheFlashFails(unittest.TestCase):
    def test_full_it_says_so_and_goes_on(self):
        board = Board(8)
        held, health = board.start()
        held.change(limit_w=3000)
        with open("filler", "wb") as f:
            try:
                while True:
                    f.write(b"x" * 512)
            except OSError:
                pass
        held.change(muted=True)
        self.assertTrue(held.now.muted)
        if "settings file" in health.faults:
            self.assertIn("not saved", health.faults["settings file"])
        else:
            self.assertTrue(board.start()[0].now.muted)
        os.remove("filler")
        held.change(muted=True, limit_w=3500)
        self.assertEqual(health.faults, {})
        self.assertEqual(board.start()[0].now.limit_w, 3500)

    def test_a_save_wears_two_blocks_at_most(self):
        """Of 64 blocks with 100,000 erasures each: more than three million saves."""
        board = Board(64)
        held, _ = board.start()
        held.change(ssid="At the meter", password="the owner's own", direction="d" * 100)
        before = board.flash.erased
        for i in range(200):
            held.change(limit_w=1000 + i)
            held.change(limit_w=1000 + i)  # the same again costs nothing
        wear = (board.flash.erased - before) / 200
        print("%.2f blocks erased for each save" % wear)
        self.assertTrue(wear <= 2)

    def test_worn_out_it_says_so_and_mutes_all_the_same(self):
        board = Board()
        held, health = board.start()
        held.change(limit_w=3000)
        board.flash.worn = True
        held.change(muted=True)
        self.assertTrue(held.now.muted)
        self.assertIn("not saved", health.faults["settings file"])
        board.flash.worn = False
        held, health = board.start()
        self.assertEqual((held.now.limit_w, health.faults), (3000, {}))

    def test_a_block_that_cannot_be_read_is_a_loss_that_is_told_or_none(self):
        for block in range(16):
            board = Board()
            held, _ = board.start()
            held.change(invert=True, direction="d" * 110, password="p" * 60, ssid="s" * 30)
            held.change(invert=True, limit_w=4000)
            board.flash.unreadable = block
            try:
                held, health = board.start()
            except OSError:  # not even the file system: boot.py is not found either
                continue
            whole = (held.now.invert, held.now.limit_w) == (True, 4000)
            self.assertTrue(whole or not held.now.accepted)
            self.assertEqual(held.now.accepted, "settings" not in health.faults)

    def test_bits_that_flip_are_a_loss_that_is_told_or_none(self):
        random.seed(7)
        losses = 0
        for _ in range(150):
            board = Board()
            held, _ = board.start()
            held.change(invert=True, direction="d" * 110, password="p" * 60, ssid="s" * 30)
            held.change(invert=True, limit_w=4000)
            board.cut()
            used = [i for i in range(len(board.flash.data)) if board.flash.data[i] != 0xFF]
            for _ in range(random.choice((1, 20))):
                board.flash.data[random.choice(used)] ^= 1 << random.randint(0, 7)
            try:
                held, health = board.start()
            except OSError:
                continue
            losses += not held.now.accepted
            if held.now.accepted:  # or the file system itself fell back to an earlier state
                self.assertIn(held.now.limit_w, (4000, 10000))
        print("%d of 150 told as lost" % losses)

    def tearDown(self):
        os.chdir("/")


if __name__ == "__main__":
    unittest.main()
