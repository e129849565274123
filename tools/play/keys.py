"""The line that a person types at the picture: kept here, because the picture is drawn over it."""

import codecs
import contextlib
import os
import re
import termios
import tty
from collections.abc import Callable, Iterator

LONGEST = 200
ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[ -/]*[@-~]|O?.)?")  # arrows and the like


class Line:
    """Takes keys; `text` is what stands there, `obey(line)` is called at each Enter."""

    def __init__(self, obey: Callable[[str], None]) -> None:
        self.text = ""
        self._obey = obey
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def feed(self, data: bytes) -> None:
        """Keys as a terminal sends them."""
        for key in ESCAPES.sub("", self._decoder.decode(data)):
            if key in "\r\n":
                line, self.text = self.text.strip(), ""
                if line:
                    self._obey(line)
            elif key in "\x7f\b":
                self.text = self.text[:-1]
            elif key == "\x15":
                self.text = ""
            elif key.isprintable() and len(self.text) < LONGEST:
                self.text += key


@contextlib.contextmanager
def unechoed(fd: int) -> Iterator[None]:
    """Keys one by one and not shown by the terminal itself; Ctrl-C interrupts as always."""
    modes = termios.tcgetattr(fd)
    try:
        tty.setcbreak(fd)
        yield
    finally:
        termios.tcsetattr(fd, termios.TCSANOW, modes)


def read(fd: int) -> bytes:
    """The keys that wait."""
    with contextlib.suppress(BlockingIOError):
        return os.read(fd, 1024)
    return b""
