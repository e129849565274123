"""The line editor: what is shown and what is understood, key by key."""

import unittest

from lib.lineedit import LONGEST, LineEditor


def typed(editor, keys):
    """(everything shown, all finished lines)."""
    shown, lines = "", []
    for key in keys:
        echo, line = editor.feed(key)
        shown += echo
        if line is not None:
            lines.append(line)
    return shown, lines


class Editing(unittest.TestCase):
    def setUp(self):
        self.editor = LineEditor()

    def test_what_is_typed_is_shown_and_ends_with_return(self):
        self.assertEqual(typed(self.editor, "status\r"), ("status\r\n", ["status"]))

    def test_return_newline_and_both_each_end_one_line(self):
        self.assertEqual(typed(self.editor, "a\rb\nc\r\nd\r")[1], ["a", "b", "c", "d"])

    def test_backspace_takes_back_on_screen_and_in_the_line(self):
        shown, lines = typed(self.editor, "hole\x7fd\x08d 5\r")
        self.assertEqual(lines, ["hold 5"])
        self.assertIn("\b \b", shown)

    def test_backspace_on_nothing_rings(self):
        self.assertEqual(self.editor.feed("\x7f"), ("\x07", None))

    def test_control_u_clears(self):
        self.assertEqual(typed(self.editor, "wrong\x15log\r")[1], ["log"])

    def test_arrow_up_brings_the_last_line_back(self):
        typed(self.editor, "hold 2000\r")
        self.assertEqual(typed(self.editor, "x\x1b[A\r")[1], ["hold 2000"])

    def test_other_keys_of_a_terminal_leave_no_trace(self):
        keys = "a\x1b[C\x1b[1;5D\x1bOP\x1b[3~\t\x00b\r"
        self.assertEqual(typed(self.editor, keys)[1], ["ab"])

    def test_letters_that_are_not_plain_are_not_lost_on_the_way(self):
        shown, lines = typed(self.editor, "Gr\xc3\xbc\xc3\x9fe\r")
        self.assertEqual(lines, ["Gr\xc3\xbc\xc3\x9fe"])
        self.assertIn("Gr????e", shown)

    def test_a_line_is_bounded(self):
        shown, lines = typed(self.editor, "x" * 500 + "\r")
        self.assertEqual(len(lines[0]), LONGEST)
        self.assertIn("\x07", shown)


if __name__ == "__main__":
    unittest.main()
