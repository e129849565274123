"""A clock that a test owns, and a UART with a slave at the other end of an unreliable wire."""

import asyncio


class TestClock:
    """Time passes only while somebody sleeps; starts shortly before the ticks wrap."""

    def __init__(self, start_ms=(1 << 30) - 5000):
        self._start_ms = start_ms
        self.now_ms = 0  # does not wrap

    def ms(self):
        return (self._start_ms + self.now_ms) & 0x3FFFFFFF

    def us(self):
        return (self._start_ms + self.now_ms) * 1000 & 0x3FFFFFFF

    def since_ms(self, then):
        return ((self.ms() - then + (1 << 29)) & 0x3FFFFFFF) - (1 << 29)

    async def sleep_ms(self, duration_ms):
        self.now_ms += max(1, duration_ms)
        await asyncio.sleep(0)


class Wire:
    """machine.UART in shape. `answer(frame)` gives the reply; `plan` spoils single answers.

    plan: list of callables (reply, wire) -> list of (delay_ms, bytes), one used up per question.
    """

    def __init__(self, clock, answer, delay_ms=20):
        self.clock = clock
        self.answer = answer
        self.delay_ms = delay_ms
        self.plan = []
        self.echo = False
        self.questions = []  # (time in ms, frame)
        self.settings = None
        self.char_ms = 11000 / 9600
        self.sent_ms = 0  # when the last byte of a question has left
        self.blocked_ms = []  # how long each flush held the loop
        self._coming = []  # (due in ms, bytes)
        self._here = b""

    def init(self, baudrate=None, bits=8, parity=None, stop=1):
        self.settings = (baudrate, bits, parity, stop)
        self.char_ms = (1 + bits + (parity is not None) + stop) * 1000 / baudrate

    def write(self, frame):
        frame = bytes(frame)
        self.questions.append((self.clock.now_ms, frame))
        self.sent_ms = self.clock.now_ms + len(frame) * self.char_ms
        if self.echo:
            self.send(0, frame)
        reply = self.answer(frame)
        if self.plan:
            for delay_ms, data in self.plan.pop(0)(reply, self):
                self.send(delay_ms, data)
        elif reply is not None:
            self.send(self.delay_ms, reply)
        return len(frame)

    def send(self, delay_ms, data):
        """Bytes from the far end after a delay, but never before those it sent earlier."""
        due_ms = self.clock.now_ms + delay_ms
        if self._coming:
            due_ms = max(due_ms, self._coming[-1][0])
        self._coming.append((due_ms, bytes(data)))

    def flush(self):
        self.blocked_ms.append(max(0, self.sent_ms - self.clock.now_ms))
        self.clock.now_ms = int(max(self.clock.now_ms, self.sent_ms) + 0.999)

    def txdone(self):
        return True

    def any(self):
        while self._coming and self._coming[0][0] <= self.clock.now_ms:
            self._here += self._coming.pop(0)[1]
        return len(self._here)

    def read(self, count):
        data, self._here = self._here[:count], self._here[count:]
        return data or None


def lost(reply, wire):
    return []


def late(by_ms):
    return lambda reply, wire: [(by_ms, reply)]


def run(coroutine):
    """Run one coroutine to its end and hand back what it returns."""
    return asyncio.run(coroutine)
