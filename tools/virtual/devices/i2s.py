"""machine.I2S in transmit mode: a ring of DMA buffers that turns for ever.

Modelled on the driver below the ESP32 port: `ibuf // 1024` buffers of 256 frames, at least two; a
buffer that has just been played is cleared and becomes free; at most all but one are free at a
time, the oldest is dropped first; a write is taken only into free buffers, oldest first.
"""

import micropython

from devices.stage import the_stage
from memory import ENOMEM, RING, RING_BLOCK
from world import Source, W

_FRAMES = 256
_BYTES = _FRAMES * 4
_ZEROS = bytes(_BYTES)


@micropython.viper
def _gate(block: ptr32, out: ptr32):
    """Data exclusive-or word clock, in memory order."""
    mask = 0xFFFE  # not folded into a constant, which would be no small integer
    mask = (mask << 16) | 1
    for i in range(256):
        out[i] = block[i] ^ mask


class Recorder:
    """Writes what the pin played, from power-on, 4 bytes per 40 µs, as stored in memory."""

    def __init__(self, path):
        self._file = open(path, "wb") if path else None
        self.words = 0

    def silence(self, words):
        self.words += words
        while self._file and words > 0:
            n = min(words, _FRAMES)
            self._file.write(memoryview(_ZEROS)[: n * 4])
            words -= n

    def play(self, block):
        self.words += len(block) // 4
        if self._file:
            self._file.write(block)

    def close(self):
        if self._file:
            self._file.close()


recorder = Recorder(W.config.get("i2s_file"))


class I2S(Source):
    RX = 0
    TX = 1
    MONO = 0
    STEREO = 1

    def __init__(self, id, *, sck, ws, sd, mode, bits, format, rate, ibuf):
        if (mode, bits, format, rate) != (I2S.TX, 16, I2S.STEREO, 25000):
            raise ValueError("the virtual pin is wired for 25 kHz 16-bit stereo TX")
        self._n = max(2, ibuf // _BYTES)
        if W.memory and W.memory.take(self._n * RING_BLOCK + RING, "I2S") is None:
            raise OSError(ENOMEM)
        self._ring = [bytearray(_BYTES) for _ in range(self._n)]
        self._free = []
        self._gated = W.config.get("gate", False)
        self._pin = bytearray(_BYTES)
        self._part = 0  # bytes already in the oldest free buffer
        self._slot = 0  # slots played
        self._polled = False
        self._full = False
        # The constructor takes half a millisecond; the first frame starts on a whole word.
        W.block_until((W.now_us + 500 + 39) // 40 * 40)
        self._start_us = self.started_us = W.now_us
        # What a watcher wants to see: when the last slot ended, and the last two blocks.
        self.last_played = (0, bytearray(2 * _BYTES)) if W.config.get("watch") else None
        recorder.silence(W.now_us // 40 - recorder.words)
        self.due = self._start_us + _FRAMES * 40
        W.add(self)
        self._finish_bound = self._finish
        W.at_end.append(self._finish_bound)

    def fire(self):
        played = self._slot % self._n
        block = self._ring[played]
        recorder.play(self._at_pin(block))
        if self.last_played:
            both = self.last_played[1]
            both[:_BYTES] = both[_BYTES:]
            both[_BYTES:] = block
            self.last_played = (W.now_us, both)
        block[:] = _ZEROS
        if len(self._free) >= self._n - 1:
            self._free.pop(0)
            self._part = 0
        self._free.append(played)
        self._full = False
        self._slot += 1
        self.at += _FRAMES * 40
        if the_stage:
            the_stage.play(self._at_pin(self._ring[self._slot % self._n]), W.now_us)

    def _at_pin(self, block):
        if not self._gated:
            return block
        _gate(block, self._pin)
        return self._pin

    def _ready(self, flags):
        self._polled = True
        return flags & 4 if self._free and not self._full else 0

    def write(self, buf):
        view = memoryview(buf)
        done = 0
        while done < len(view):
            if not self._free:
                if self._polled:
                    self._full = True
                    break
                W.block_until(self.due)
                continue
            n = min(len(view) - done, _BYTES - self._part)
            self._ring[self._free[0]][self._part : self._part + n] = view[done : done + n]
            done += n
            self._part += n
            if self._part == _BYTES:
                self._free.pop(0)
                self._part = 0
        return done

    def deinit(self):
        self._finish()
        self.due = None
        W.remove(self)
        W.at_end.remove(self._finish_bound)

    def _finish(self):
        """Write down the part of the current slot that has been played."""
        words = (W.now_us - self._start_us) // 40 - self._slot * _FRAMES
        if self.due is not None and words > 0:
            block = self._at_pin(self._ring[self._slot % self._n])
            recorder.play(memoryview(block)[: words * 4])
