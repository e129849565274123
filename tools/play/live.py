"""The plant in real time: mains for the virtual board's converter, analog stage and Zappi behind
its pin.

The board's I2S stand-in writes what the pin played into a pipe; this side answers each piece with
the current it makes, and keeps the file of true mains voltage two seconds ahead of it. The pin's
position is the one clock of both.
"""

import os
import threading

import numpy as np

from tools.plant.analog import Stage, words_to_levels
from tools.plant.mains import Mains
from tools.plant.sensing import Sensing
from tools.plant.zappi import Zappi

WORDS_PER_S = 25_000
RING_WORDS = 8 * 25_600  # 8.2 s, whole pieces of 1024 words
AHEAD_WORDS = 2 * WORDS_PER_S
PIECE_WORDS = 2560  # 0.1 s


class Plant:
    """Runs in a thread of its own from `start` to `stop`.

    folder: where the pipe (`i2s`) and the ring of mains voltage (`mains`) are made.
    """

    def __init__(self, scenario, folder):
        self._grid = Mains(scenario.mains)
        self._sensing = scenario.analog.sensing
        self._stage_spec = scenario.analog.stage
        self.pipe = folder / "i2s"
        self.ring = folder / "mains"
        self.pipe.unlink(missing_ok=True)
        os.mkfifo(self.pipe)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="plant", daemon=True)
        self.lives = 0  # how often the board was powered on
        self._power_on()

    def start(self):
        """Begin to listen to the pin."""
        self._thread.start()

    def stop(self):
        """Let go of the pipe; returns when the thread has ended."""
        self._stopping.set()
        self._thread.join(2)

    @property
    def zappi(self):
        """The Zappi's newest Reading of about a second, or None."""
        return self._zappi.latest

    def _power_on(self):
        """Everything discharged, time at zero, the mains written ahead."""
        self.lives += 1
        self._zappi = Zappi()
        self._pin = Sensing(self._sensing)
        self._stage = Stage.named(self._stage_spec)
        self._state = None
        self._played = 0
        self._written = 0
        self._keep_ahead()

    def _keep_ahead(self):
        count = self._played + AHEAD_WORDS - self._written
        if count <= 0:
            return
        volts = self._pin.sensed(self._grid.volts_at_words(self._written, count)).astype("<f8")
        at = (self._written + np.arange(count)) % RING_WORDS
        ring = np.memmap(self.ring, "<f8", "r+" if self.ring.exists() else "w+", 0, RING_WORDS)
        ring[at] = volts
        ring.flush()
        self._written += count

    def _run(self):
        pipe = os.open(self.pipe, os.O_RDONLY | os.O_NONBLOCK)
        held = b""
        while not self._stopping.wait(0.02):
            piece = self._read(pipe)
            if piece is None:
                continue
            if not piece and self._played:
                held = b""
                self._power_on()  # the board was reset: a new life starts at zero
                continue
            held += piece
            if len(held) >= 4 * PIECE_WORDS:
                whole = len(held) // 4 * 4
                self._play(np.frombuffer(held[:whole], "<u4"))
                held = held[whole:]
        os.close(pipe)

    @staticmethod
    def _read(pipe):
        """What waits in the pipe; None for nothing yet, b"" when nobody holds its other end."""
        try:
            return os.read(pipe, 1 << 16)
        except BlockingIOError:
            return None

    def _play(self, words):
        ma, self._state = self._stage.simulate(words_to_levels(words), self._state)
        volts = self._grid.volts_at_words(self._played, len(words))
        self._zappi.feed(volts, ma)
        self._played += len(words)
        self._keep_ahead()
