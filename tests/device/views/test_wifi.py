"""The access point: a name and a password of its own, made once, and no WiFi is no disaster."""

import asyncio
import os
import unittest

import parts as fake
from fakes import Disk

from firmware.views import wifi


class Board:
    def __init__(self, failures=0):
        self.failures = failures
        self.started = []

    def unique_id(self):
        return b"\x24\x0a\xc4\x01\x1a\x2b"

    def random_bytes(self, count):
        return os.urandom(count)

    def start_access_point(self, ssid, password, address):
        if self.failures:
            self.failures -= 1
            raise OSError("Wifi Internal Error")
        self.started.append((ssid, password, address))


class Identity(unittest.TestCase):
    def test_made_once_and_kept(self):
        disk = Disk()
        first = fake.make(disk=disk).settings
        wifi.identify(first, Board())
        self.assertEqual(first.now.ssid, "BatteryCT-1a2b")
        again = fake.make(disk=disk).settings
        wifi.identify(again, Board())
        self.assertEqual(again.now.password, first.now.password)

    def test_a_persons_own_choice_is_kept(self):
        settings = fake.make().settings
        settings.change(ssid="garage", password="my own words")
        wifi.identify(settings, Board())
        self.assertEqual((settings.now.ssid, settings.now.password), ("garage", "my own words"))

    def test_passwords_differ_and_are_easy_to_read(self):
        drawn = {wifi.password_from(os.urandom) for _ in range(200)}
        self.assertEqual(len(drawn), 200)
        for password in drawn:
            self.assertEqual(len(password), 12)
            self.assertFalse(any(letter in "ijlo01" for letter in password))

    def test_letters_are_drawn_evenly(self):
        counts = {}
        everything = bytes(range(256))
        position = [0]

        def each_byte_in_turn(count):
            taken = bytes(everything[(position[0] + n) % 256] for n in range(count))
            position[0] += count
            return taken

        for _ in range(400):
            for letter in wifi.password_from(each_byte_in_turn):
                counts[letter] = counts.get(letter, 0) + 1
        self.assertEqual(len(counts), len(wifi.LETTERS))
        self.assertTrue(max(counts.values()) - min(counts.values()) < 20)


class Starting(unittest.TestCase):
    def test_the_access_point_gets_name_password_and_address(self):
        parts = fake.make()
        board = Board()
        asyncio.run(wifi.start(board, parts))
        now = parts.settings.now
        self.assertEqual(board.started, [("BatteryCT-1a2b", now.password, "4.3.2.1")])
        self.assertIn(now.password, wifi.greeting(parts.settings))
        log = str([e for _, e in parts.health.log()])
        self.assertFalse(now.password in log)

    def test_a_driver_that_fails_is_a_fault_until_it_starts(self):
        parts = fake.make()
        board = Board(failures=1)
        wifi.RETRY_S = 0.05
        try:

            async def watch():
                task = asyncio.create_task(wifi.start(board, parts))
                await asyncio.sleep(0.02)
                during = dict(parts.health.faults)
                await task
                return during

            self.assertIn("does not start", asyncio.run(watch())["wifi"])
        finally:
            wifi.RETRY_S = 30
        self.assertEqual(parts.health.faults, {})
        self.assertEqual(len(board.started), 1)


if __name__ == "__main__":
    unittest.main()
