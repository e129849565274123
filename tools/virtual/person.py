"""Who switches the board on and types at its console."""

from world import Source, W


class Typist(Source):
    """The console's input and output; `lines` are (due in µs since power-on, line), in order."""

    def __init__(self, lines=()):
        self._lines = list(lines)
        self._typed = bytearray()
        self.due = self._lines[0][0] if self._lines else None
        W.add(self)

    def type(self, lines):
        """Type these, too."""
        self._lines += lines
        self.due = self._lines[0][0]

    def fire(self):
        self._typed += self._lines.pop(0)[1].encode() + b"\r"
        self.due = self._lines[0][0] if self._lines else None

    def _ready(self, flags):
        return flags & 1 if self._typed else 0

    def ioctl(self, request, argument):
        return 0

    def read(self, n=1):
        out = bytes(self._typed[:n])
        self._typed = self._typed[n:]
        return out


def power_on(folder):
    """Run boot.py, then main.py, in one namespace, as a board does."""
    names = {"__name__": "__main__"}
    for name in ("boot.py", "main.py"):
        with open(folder + "/" + name) as file:
            exec(compile(file.read(), name, "exec"), names)
