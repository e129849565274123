"""Stand-ins shared by the device tests: a clock the test owns and a flash that can lose power."""


class Clock:
    """Time moves only when the test says so; ticks wrap as on the board."""

    WRAP = 1 << 30

    def __init__(self, start_ms=0):
        self.at_ms = start_ms

    def ms(self):
        return self.at_ms % self.WRAP

    def us(self):
        return self.at_ms * 1000 % self.WRAP

    def since_ms(self, then):
        return (self.ms() - then + self.WRAP // 2) % self.WRAP - self.WRAP // 2

    def pass_ms(self, n):
        self.at_ms += n

    async def sleep_ms(self, n):
        self.pass_ms(n)


class PowerLossError(Exception):
    """The power failed inside a file operation."""


class Disk:
    """Files in memory. The power fails in operation number `fail_at` (None: never).

    A write that loses power leaves the first `torn` bytes; other operations leave no trace of
    having begun. Renaming onto a file is refused when `strict` is set, as on a FAT file system.
    """

    def __init__(self, strict=False):
        self.files = {}
        self.strict = strict
        self.fail_at = None
        self.torn = 0
        self.refuse = False
        self.operations = 0

    def _operate(self):
        if self.operations == self.fail_at:
            raise PowerLossError
        self.operations += 1

    def read(self, path):
        if path not in self.files:
            raise OSError(2)
        return self.files[path]

    def write(self, path, data):
        if self.refuse:
            raise OSError(28)
        try:
            self._operate()
        except PowerLossError:
            self.files[path] = data[: self.torn]
            raise
        self.files[path] = data

    def rename(self, old, new):
        self._operate()
        if self.strict and new in self.files:
            raise OSError(17)
        if old not in self.files:
            raise OSError(2)
        self.files[new] = self.files.pop(old)

    def remove(self, path):
        self._operate()
        if path not in self.files:
            raise OSError(2)
        del self.files[path]


def empty_disk():
    """One that nobody has written to."""
    return Disk()


class Unique:
    """What safe mode asks of a board for its name and password."""

    def unique_id(self):
        return b"\x24\x6f\x28\x00\x1a\x2b"

    def random_bytes(self, count):
        return bytes(count)
