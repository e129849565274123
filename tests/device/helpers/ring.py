"""The DMA ring as the ESP32's I2S driver turns it: what is truly played when."""

SLOT_US = 10_240


class Ring:
    """Buffers that play one after the other, written or not.

    A buffer that has just been played is free; at most all but one are free at a time.
    """

    def __init__(self, buffers, hidden_us=0):
        self.buffers = buffers
        self.free = 0
        self.next_slot = buffers  # slot in which the next written block will play
        self.played = 0
        self.hidden_us = hidden_us  # when the ring really started, as seen from what is told

    def slot(self, since_us):
        return (since_us - self.hidden_us) // SLOT_US

    def advance(self, since_us):
        """Play on until so long after the start."""
        while self.played < self.slot(since_us):
            self.played += 1
            if self.free < self.buffers - 1:
                self.free += 1
            else:
                self.next_slot += 1  # the oldest free buffer comes round unwritten

    def write(self):
        """How long after the start (µs) the block will play; -1: it was not taken."""
        if not self.free:
            return -1
        self.free -= 1
        slot = self.next_slot
        self.next_slot += 1
        return slot * SLOT_US + self.hidden_us
