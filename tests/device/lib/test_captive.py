"""The name server: every name is here, and nothing that arrives upsets it."""

import random
import unittest

from lib import captive

HERE = b"\x04\x03\x02\x01"
HEAD = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
NAME = b"\x07example\x03com\x00"
QUERY = HEAD + NAME + b"\x00\x01\x00\x01"


class Reply(unittest.TestCase):
    def test_a_name_is_here(self):
        self.assertEqual(
            captive.reply(QUERY, HERE),
            b"\x12\x34\x85\x80\x00\x01\x00\x01\x00\x00\x00\x00"
            + NAME
            + b"\x00\x01\x00\x01"
            + b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\x04\x03\x02\x01",
        )

    def test_other_types_get_an_empty_answer_at_once(self):
        for kind in (28, 65, 16):  # AAAA, HTTPS, TXT
            message = captive.reply(HEAD + NAME + bytes((0, kind, 0, 1)), HERE)
            self.assertEqual(message[6:8], b"\x00\x00")
            self.assertEqual(message[3] & 0x0F, 0)

    def test_additional_records_of_a_query_are_not_repeated(self):
        extended = (
            QUERY[:11] + b"\x01" + QUERY[12:] + b"\x00\x00\x29\x10\x00\x00\x00\x00\x00\x00\x00"
        )
        self.assertEqual(captive.reply(extended, HERE), captive.reply(QUERY, HERE))

    def test_what_is_not_a_query_gets_no_answer(self):
        answer = captive.reply(QUERY, HERE)
        two_questions = QUERY[:5] + b"\x02" + QUERY[6:] + QUERY[12:]
        pointer = HEAD + b"\xc0\x0c\x00\x01\x00\x01\x00"
        for junk in (b"", b"x", answer, two_questions, pointer, QUERY + bytes(600)):
            self.assertIsNone(captive.reply(junk, HERE))

    def test_a_query_cut_anywhere_gets_no_answer(self):
        for length in range(len(QUERY)):
            self.assertIsNone(captive.reply(QUERY[:length], HERE))

    def test_noise_never_raises_and_an_answer_is_never_much_longer_than_its_query(self):
        random.seed(7)
        for _ in range(3000):
            noise = bytearray(QUERY)
            for _ in range(random.randint(1, 6)):
                noise[random.randint(0, len(noise) - 1)] = random.randint(0, 255)
            message = captive.reply(bytes(noise), HERE)
            self.assertTrue(message is None or len(message) <= len(noise) + 16)


if __name__ == "__main__":
    unittest.main()
