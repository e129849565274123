"""Safe mode's page answers whatever arrives; nothing but its own buttons changes anything."""

import json
import os
import random
import unittest

from firmware import safe_mode


class Board:
    def unique_id(self):
        return b"\x24\x6f\x28\x00\x1a\x2b"

    def random_bytes(self, count):
        return os.urandom(count)


def write(name, text):
    with open(name, "w") as f:
        f.write(text)


class Page(unittest.TestCase):
    def setUp(self):
        for name in os.listdir():
            os.remove(name)

    def made(self):
        return safe_mode.SafeMode(Board(), "the product does not start")

    def test_a_traceback_cannot_become_part_of_the_page(self):
        write("crash.txt", "ValueError: <script>alert(1)</script> & more")
        shown = self.made().answer(b"GET / HTTP/1.1\r\n\r\n").decode()
        self.assertIn("&lt;script&gt;alert(1)&lt;/script&gt; &amp; more", shown)

    def test_its_wifi_is_the_owners_own_if_the_file_still_says_so(self):
        stored = {"ssid": "At the meter", "password": "long enough"}
        write("settings.json", '{"version": 1, "sett')
        write("settings.json.old", json.dumps({"version": 1, "settings": stored}))
        made = self.made()
        self.assertEqual((made.ssid, made.password), ("At the meter", "long enough"))

    def test_else_it_has_a_password_that_nobody_can_know(self):
        for text in ("", "{", "[]", '{"settings": 3}', '{"settings": {"password": 12345678}}'):
            write("settings.json", text)
            one, other = self.made(), self.made()
            self.assertEqual(one.ssid, "BatteryCT-1a2b")
            self.assertEqual(len(one.password), 12)
            self.assertTrue(one.password != other.password and one.key != other.key)

    def test_no_password_leaves_it(self):
        stored = {"password": "long enough", "other_password": "home sweet home", "limit_w": 9}
        write("settings.json", json.dumps({"settings": stored}))
        shown = self.made().answer(b"GET /settings.json HTTP/1.1\r\n\r\n")
        self.assertFalse(b"enough" in shown or b"sweet" in shown)
        self.assertIn(b'"limit_w": 9', shown)

    def test_a_button_of_another_page_does_nothing(self):
        write("settings.json", "{}")
        made = self.made()
        for body in (b"", b"k=", b"k=0123456789abcdef", b"k=" + made.key.encode() + b"0"):
            answer = made.answer(b"POST /defaults HTTP/1.1\r\n\r\n" + body)
            self.assertIn(b"403", answer)
        self.assertFalse(made.ended)
        self.assertEqual(os.listdir(), ["settings.json"])
        made.answer(b"POST /defaults HTTP/1.1\r\n\r\nk=" + made.key.encode())
        self.assertTrue(made.ended)
        self.assertEqual(os.listdir(), [])

    def test_what_the_flash_does_not_let_go_keeps_the_rest_from_nothing(self):
        os.mkdir("settings.json.d")
        write("settings.json.d/x", "")
        write("settings.json", "{}")
        try:
            made = self.made()
            answer = made.answer(b"POST /defaults HTTP/1.1\r\n\r\nk=" + made.key.encode())
            self.assertIn(b"200", answer)
            self.assertEqual(os.listdir(), ["settings.json.d"])
        finally:
            os.remove("settings.json.d/x")
            os.rmdir("settings.json.d")

    def test_a_body_that_comes_in_pieces_is_waited_for(self):
        head = b"POST /again HTTP/1.1\r\nContent-Length: 18\r\n\r\n"
        for end in range(len(head)):
            self.assertFalse(safe_mode.whole(head[:end]))
        self.assertFalse(safe_mode.whole(head + b"k=0123456789abcde"))
        self.assertTrue(safe_mode.whole(head + b"k=0123456789abcdef"))

    def test_two_thousand_requests_that_are_none(self):
        random.seed(12)
        made = self.made()
        good = b"POST /again HTTP/1.1\r\nContent-Length: 18\r\n\r\nk=0123456789abcdef"
        for _ in range(2000):
            request = bytearray(good[: random.randint(0, len(good))])
            for _ in range(random.randint(0, 8)):
                if request:
                    request[random.randint(0, len(request) - 1)] = random.randint(0, 255)
            safe_mode.whole(bytes(request))
            self.assertTrue(made.answer(bytes(request)).startswith(b"HTTP/1.0 "))
        self.assertFalse(made.ended)


if __name__ == "__main__":
    unittest.main()
