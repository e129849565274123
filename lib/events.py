"""A log of fixed size that forgets the oldest entries and says how many it has forgotten.

Clock domain: *second*. The ring is made once; keeping an entry stores one reference.
"""


class Ring:
    """The last `size` entries, each with its number since the start (0, 1, 2 …)."""

    def __init__(self, size):
        self._slots = [None] * size
        self.written = 0

    def keep(self, entry):
        """Store one entry in place of the oldest."""
        self._slots[self.written % len(self._slots)] = entry
        self.written += 1

    @property
    def dropped(self):
        """How many entries have been forgotten."""
        return max(0, self.written - len(self._slots))

    def since(self, number):
        """Yield (number, entry), oldest first, from entry `number` on or the oldest still known.

        Entries kept while someone reads slowly are yielded too; those overwritten are left out.
        """
        while number < self.written:
            number = max(number, self.dropped)
            yield number, self._slots[number % len(self._slots)]
            number += 1
