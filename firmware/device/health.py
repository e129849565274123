"""What the device knows about its own well-being: counters, events, the reason of the moment.

Everyone writes here; only the views (page, console, recorder) read. Clock domain: *second*;
`because` may be called in the *cycle* domain, where the same words again cost one comparison.
"""

from micropython import const

from lib import events

_EVENTS_KEPT = const(48)  # about 4 kB when full; a day of a healthy device makes a handful


class Health:
    """The device's diary, kept in memory and lost on a restart."""

    def __init__(self, clock, size=_EVENTS_KEPT):
        self._clock = clock
        self._ring = events.Ring(size)
        self._last_ms = clock.ms()
        self._up_s = 0
        self._up_ms = 0
        self._kind = None
        self.reason = "starting"
        self.beats = 0  # decisions heard of; wraps at 2**16, moving while healthy
        self.reasons = {}  # kind of reason -> how often it began
        self.counters = {}  # name -> how often
        self.last_words = {}  # name -> the words of the last time
        self.gauges = {}  # name -> last value
        self.faults = {}  # name -> words a person understands; standing until cleared
        self.on_event = None  # None or a callable that takes each event's dictionary

    def uptime(self):
        """Time since the start as (whole seconds, milliseconds 0..999).

        Summed from differences, so that the wrap of the ticks (6 days between two calls) and the
        seven digits of a single-precision float do no harm.
        """
        now_ms = self._clock.ms()
        self._up_ms += self._clock.since_ms(self._last_ms)
        self._last_ms = now_ms
        self._up_s += self._up_ms // 1000
        self._up_ms %= 1000
        return self._up_s, self._up_ms

    def count(self, name, why=None):
        """One more of `name`; `why` (an exception or words) is remembered as the last of them."""
        self.counters[name] = self.counters.get(name, 0) + 1
        if why is not None:
            self.last_words[name] = str(why) or type(why).__name__

    def gauge(self, name, value):
        """Remember the last value of something measured."""
        self.gauges[name] = value

    def event(self, name, **details):
        """Write one line into the diary; details must be numbers, words, booleans or None."""
        seconds, milliseconds = self.uptime()
        # Flat, name and value by turns: a third of what a dictionary weighs.
        entry = [seconds, milliseconds, name]
        for pair in details.items():
            entry.extend(pair)
        entry = tuple(entry)
        self._ring.keep(entry)
        if self.on_event:
            self.on_event(_as_dict(entry))

    def because(self, words):
        """The reason why the output is what it is now; another kind of reason is an event.

        Words that differ only from their first digit on ("… (4:12 left)") are of the same kind.
        """
        self.beats = (self.beats + 1) & 0xFFFF
        if words == self.reason and self._kind is not None:
            return
        self.reason = words
        kind = _kind(words)
        if kind != self._kind:
            self._kind = kind
            self.reasons[kind] = self.reasons.get(kind, 0) + 1
            self.event("reason", because=words)

    def fault(self, name, words):
        """Raise a standing fault, visible until cleared; the same words again change nothing."""
        if self.faults.get(name) != words:
            self.faults[name] = words
            self.event("fault", about=name, words=words)

    def clear(self, name):
        """The fault is over."""
        if self.faults.pop(name, None) is not None:
            self.event("fault over", about=name)

    def log(self, number=0):
        """Yield (number, event dictionary), oldest first, from event `number` on."""
        for n, entry in self._ring.since(number):
            yield n, _as_dict(entry)

    @property
    def events_written(self):
        """How many events there have been since the start."""
        return self._ring.written

    @property
    def events_dropped(self):
        """How many events are no longer in the log."""
        return self._ring.dropped


def _as_dict(entry):
    seconds, milliseconds, name = entry[:3]
    event = {"t_s": seconds + milliseconds / 1000, "event": name}
    for i in range(3, len(entry), 2):
        event[entry[i]] = entry[i + 1]
    return event


def _kind(words):
    for i in range(len(words)):
        if "0" <= words[i] <= "9":
            return words[:i].rstrip()
    return words
