"""A line typed one character at a time: echo, backspace, recall; no terminal library needed.

Clock domain: *second*.
"""

from micropython import const

LONGEST = 120
_BELL = const("\x07")
_ERASE = const("\b \b")


class LineEditor:
    """Feed it characters; it says what to show and, at the end of a line, what the line is."""

    def __init__(self, last=""):
        """`last`: the line before, for arrow up."""
        self.text = ""
        self.last = last
        self._escape = ""  # "" none, "\x1b" begun, "\x1b[" waiting for the final letter
        self._after_return = False

    def feed(self, character):
        """Take one character; returns (text to show, finished line or None)."""
        if character == "\n" and self._after_return:  # the second half of CR LF
            self._after_return = False
            return "", None
        self._after_return = character == "\r"
        if self._escape:
            return self._in_escape(character), None
        if character in "\r\n":
            line, self.text = self.text.strip(), ""
            self.last = line or self.last
            return "\r\n", line
        if character == "\x1b":
            self._escape = character
            return "", None
        return self._edit(character), None

    def _edit(self, character):
        if character in "\b\x7f":
            if not self.text:
                return _BELL
            self.text = self.text[:-1]
            return _ERASE
        if character == "\x15":  # Ctrl-U: the whole line
            return self._replace("")
        if character < " ":
            return ""
        if len(self.text) >= LONGEST:
            return _BELL
        self.text += character
        # Shown as one sign, kept: whoever takes the line refuses what is not plain, by name.
        return character if character <= "~" else "?"

    def _in_escape(self, character):
        if self._escape == "\x1b" and character in "[O":
            self._escape += "["
            return ""
        if self._escape == "\x1b[" and (character.isdigit() or character == ";"):
            return ""
        arrow_up = self._escape == "\x1b[" and character == "A"
        self._escape = ""
        return self._replace(self.last) if arrow_up else ""

    def _replace(self, text):
        shown = _ERASE * len(self.text) + text
        self.text = text
        return shown
