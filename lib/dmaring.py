"""When will this block play? Bookkeeping of an output DMA ring that turns for ever.

The ring has `buffers` blocks and plays one after the other from the moment it is started, filled
or not; an unfilled one plays as zeros. A block can be written only into a buffer that has just
been played, so with the ring full the next block plays exactly `buffers` slots after the slot
whose end freed its buffer. Times are ticks_us stamps; the sample clock and ticks_us come from
the same crystal, so slots never drift against ticks.

Clock domain: sample; no allocation.
"""

import time

from micropython import const

_SHORT_US = const(100)  # a write takes 30 on the chip; longer: a callback or a collection
_CREEP_BLOCKS = const(3000)  # 1 µs in half a minute, after the boundary was put earlier
_CREEP_SLOWEST = const(192_000)  # half an hour
_FOUND_RIGHT_US = const(3)  # put earlier by no more: it had been right, and crept too far


class PlayClock:
    """Predicts the play time of the next block and counts what the pump missed.

    buffers: blocks in the ring; slot_us: play time of one block in µs.
    """

    def __init__(self, buffers, slot_us):
        self._buffers = buffers
        self._slot_us = slot_us
        self._slot_at_us = 0  # when the slot that plays now began
        self._creep_blocks = 0  # how many make it creep by 1 µs; 0: nothing put it too early yet
        self._taken = 0
        self.ahead = buffers  # slots from the playing one to the next block to be written
        self.underruns = 0  # blocks that played as zeros because the pump was late
        self.slips = 0  # times the count of slots was found wrong and put right
        self.synced = False  # False -> True once the ring was seen full; False after an underrun

    def start(self, now_us):
        """The ring began to turn at `now_us`, all buffers empty."""
        self._slot_at_us = now_us
        self.ahead = self._buffers
        self.synced = False

    def advance(self, now_us):
        """Account for the slots that have played until `now_us`."""
        slots = time.ticks_diff(now_us, self._slot_at_us) // self._slot_us
        if slots <= 0:
            return
        self._slot_at_us = time.ticks_add(self._slot_at_us, slots * self._slot_us)
        self.ahead -= slots
        if self.ahead < 1:
            # Every buffer is free; the oldest free one plays next.
            self.underruns += 1 - self.ahead
            self.ahead = 1
            self.synced = False

    def next_play_us(self):
        """ticks_us at which the next written block will start to play."""
        return time.ticks_add(self._slot_at_us, self.ahead * self._slot_us)

    def accepted(self, before_us, now_us):
        """A block was taken by a write that began at `before_us` and was over at `now_us`.

        The driver looks for a free buffer when the write begins, so that is the time to believe,
        unless something came between. A slot that ended just then is put a few µs too early, and
        nothing that is observed would ever put it later again: it creeps back by itself, and the
        more slowly, the more often it is found to have been right.
        """
        self.advance(now_us)
        if self.ahead >= self._buffers:
            # The ring was full by our count, yet a buffer was free: the slot boundary has already
            # passed, so our idea of it was late by what is left of the slot.
            short = time.ticks_diff(now_us, before_us) < _SHORT_US
            self._earlier(before_us if short else now_us)
            self.ahead -= 1
        self.ahead += 1
        if self._creep_blocks:
            self._creep()

    def _creep(self):
        self._taken += 1
        if self._taken == self._creep_blocks:
            self._taken = 0
            self._slot_at_us = time.ticks_add(self._slot_at_us, 1)

    def _earlier(self, at_us):
        """The slot that plays now began at `at_us`, earlier than thought."""
        late_us = time.ticks_diff(self._slot_at_us, at_us) + self._slot_us
        right = self._creep_blocks and late_us <= _FOUND_RIGHT_US
        self._creep_blocks = (
            min(_CREEP_SLOWEST, 2 * self._creep_blocks) if right else _CREEP_BLOCKS
        )
        self._taken = 0
        self._slot_at_us = at_us

    def refused(self, now_us):
        """The ring was full at `now_us` (after `advance`): the one moment when it is known."""
        into_slot_us = time.ticks_diff(now_us, self._slot_at_us)
        if into_slot_us < self._slot_us // 5 or into_slot_us > 4 * self._slot_us // 5:
            return  # too near a boundary to be sure which slot is playing
        if self.ahead != self._buffers:
            self.slips += 1
            self.ahead = self._buffers
        self.synced = True

    def queued_us(self, now_us):
        """How long the ring plays on if nothing more is written."""
        return time.ticks_diff(self.next_play_us(), now_us)
