"""What must hold while the device lives, looked at four times a second of virtual time.

The watcher reads the pin's words as they were played and the true mains beside them, and compares
with what the device says of itself. It shares nothing with the firmware's arithmetic. Each kind of
violation is written down with its time: {"t_s", "kind", "words"}.

- silent: zero at the pin whenever the reason says so
- limit: never more power than the limit; for 0.4 s after a jump of the mains, which takes 0.1 s to
  measure and 0.1 s through the ring, it may be
- sign: never wrong for longer than a poll of an inverter that is believed. Two looks in a row:
  where a ring runs empty, one window of 20 ms holds the edge of a pulse and has no sign
- agree: while it follows, the pin carries what is shown as commanded; an emptied ring may take
  0.75 s. In a sag of the mains it may carry too little, in the ratio of the volts, for 1.5 s:
  lib/amplitude.py believes no sag for a second, on purpose; what else goes wrong meanwhile has
  0.75 s of its own
- age: no reading is shown that is older than it says: 0.6 s for asking and answering, where the
  line delays answers as long as a late one counts

`worst_play_us` is how far a predicted play time ever was from the ring's own.
"""

import json

from devices.adc import mains
from devices.profile import value_at
from ticks import ticks_diff, ticks_us
from world import Source, W

_LOOK_US = 250_000
_SLOT_US = 10_240  # of the ring
_WORDS = 500  # 20 ms
_START_US = 2_000_000  # until then the idle bias rises
_SETTLED_US = 400_000  # decision, ring and this window
_ZERO = (
    "muted",
    "no mains",
    "no reading",
    "settings lost",
    "starting",
    "the inverter's battery is under orders",
)
_OLD = ("inverter silent", "no good reading")  # zero once it is stale
_LEVELS_OF_BYTE = bytes([bin(n).count("1") for n in range(256)])
_OFF_US = 750_000
# A second from the last surprise, which a loop that stands still puts off by 0.3 s, measuring by
# 0.1; the ring 0.1 s; and the last look at better volts is a quarter before they fell.
_SAG_US = 1_800_000
_IN_SAG = 0.94  # of the best volts within that time
_CLEAN_US = 600_000  # from asking to acting, of an inverter that answers at once
_LATE_US = 2_500_000  # where answers are held up: timeout, grace, and a frame's time on the wire
_FEW = 20  # violations of a kind that are written down


class Watcher(Source):
    """Looks at the parts of a device; `i2s` gives the ring as the pin plays it."""

    def __init__(self, parts, i2s, line, path):
        self._parts = parts
        self._i2s = i2s
        self._line = line
        self._file = open(path, "w")
        uart = W.config.get("uart", {})
        held_up = uart.get("errors", {}).get("late") or uart.get("strangers_us")
        self._behind_us = _LATE_US if held_up else _CLEAN_US
        self._since = [None, 0]  # the reason and how often any began, and since when
        self._limits = []  # (until when it may still be on the pin, limit)
        self._sign_us = None  # since when the sign has been wrong
        self._commanded = (None, 0)
        self._over_us = None  # since when there has been more than the limit
        self._off_us = None  # since when the pin has carried something else
        self._more_us = None  # and something else than a sag explains
        self._squares = []  # (when, mean square volts) of the last looks
        self.found = {}
        self.looks = 0
        self.worst_play_us = 0
        self.due = W.now_us + W.config.get("look_us", _LOOK_US)
        W.add(self)
        W.at_end.append(self._file.close)

    def fire(self):
        self.due = W.now_us + W.config.get("look_us", _LOOK_US)
        self.looks += 1
        health = self._parts.health
        reason = health.reason
        # A reason that has come and gone between two looks is not the same one.
        begun = reason, sum(health.reasons.values())
        if begun != self._since[0]:
            self._since = [begun, W.now_us]
        self._play()
        self._age()
        if W.now_us > _START_US:
            self._pin(reason)

    def say(self, kind, words):
        """One more violation."""
        self.found[kind] = self.found.get(kind, 0) + 1
        if self.found[kind] <= _FEW:
            self._file.write(
                json.dumps({"t_s": W.now_us / 1e6, "kind": kind, "words": words}) + "\n"
            )
            self._file.flush()

    def _pin(self, reason):
        settings = self._parts.settings.now
        duty, volts_square, product = self._window()
        if duty is None:
            return
        self._squares = [e for e in self._squares if W.now_us - e[0] <= _SAG_US]
        self._squares.append((W.now_us, volts_square))
        full = settings.full_scale_ma * 2**0.5 * 2.5
        watts = product * full
        if settings.invert:
            watts = -watts
        rest_us = W.now_us - self._since[1]
        silent = reason.startswith(_ZERO) or self._stale(reason, settings)
        if silent and rest_us > _SETTLED_US and duty > 0.012:
            self.say("silent", "%s, yet %.1f %% of full scale at the pin" % (reason, 100 * duty))
        self._limits = [e for e in self._limits if e[0] > W.now_us]
        self._limits.append((W.now_us + _SETTLED_US, settings.limit_w))
        limit_w = max([limit for _, limit in self._limits])
        if abs(watts) <= 1.04 * limit_w + 60:
            self._over_us = None
        elif self._over_us is None:
            self._over_us = W.now_us  # the mains may just have jumped: it is measured in 0.1 s
        elif W.now_us - self._over_us > _SETTLED_US:
            self.say("limit", "%d W at a limit of %d W" % (watts, limit_w))
        if reason.startswith(("following", "limited", "holding")) and volts_square > 120**2:
            self._agree(watts, rest_us, volts_square)
        if reason.startswith(("following", "limited")):
            self._sign(watts, settings)
        else:
            self._sign_us = None

    def _window(self):
        """(rms of the duty's slow part, mean square volts, covariance of duty and volts), 20 ms.

        Duty from -1 to 1. The pin's words are those of the two blocks played last.
        """
        played = self._i2s.last_played
        if played is None:
            return None, 0, 0
        end_us, words = played
        begin = end_us // 40 - _WORDS
        if begin < 0:
            return None, 0, 0
        data = memoryview(words)[len(words) - 4 * _WORDS :]
        mean = 0
        slow = []
        total = product = square = volts = 0
        for k in range(0, _WORDS, 10):
            ones = 0
            for byte in data[4 * k : 4 * k + 40]:
                ones += _LEVELS_OF_BYTE[byte]
            d = (ones - 160) / 160
            v = mains.volts((begin + k + 5) * 40)
            slow.append(d)
            total += d
            product += d * v
            volts += v
            square += v * v
        n = len(slow)
        mean = total / n
        spread = sum([(d - mean) ** 2 for d in slow]) / n
        return spread**0.5, square / n, product / n - mean * volts / n

    def _stale(self, reason, settings):
        latest = self._parts.inverter.latest
        if not reason.startswith(_OLD) or latest is None:
            return False
        age_ms = self._parts.clock.since_ms(latest.at_ms)
        return age_ms > settings.stale_s * 1000 + 2500

    def _agree(self, watts, rest_us, volts_square):
        """Commanded for 400 ms unchanged, so it must be on the pin."""
        shown = self._parts.ct.watts
        if shown != self._commanded[0]:
            self._commanded = (shown, W.now_us)
        steady = W.now_us - self._commanded[1] > _SETTLED_US and rest_us > _SETTLED_US
        if not steady or abs(watts - shown) <= 0.12 * abs(shown) + 80:
            self._off_us = self._more_us = None
            return
        self._off_us = self._off_us or W.now_us
        left = (volts_square / max([square for _, square in self._squares])) ** 0.5
        if shown and 0.88 * left <= watts / shown <= 1:  # a sag: no less than the volts explain
            self._more_us = None
            return
        if left < _IN_SAG and self._more_us is None:
            self._more_us = W.now_us  # what comes on top of a sag has a time of its own
        if W.now_us - (self._more_us or self._off_us) > _OFF_US:
            self.say("agree", "%d W shown, %d W at the pin" % (shown, watts))

    def _sign(self, watts, settings):
        """Against the true battery power of the last poll."""
        latest = self._parts.inverter.latest
        if self._line is None or latest is None:
            return
        before_us, self._sign_us = self._sign_us, None
        age_us = self._parts.clock.since_ms(latest.at_ms) * 1000
        if age_us > settings.poll_s * 1e6 + self._behind_us // 2:
            return  # silent or not believed, which the reason says after three polls
        span_us = int(settings.poll_s * 1e6) + self._behind_us
        points = W.config["uart"]["battery_w"]
        true = [value_at(points, W.now_us - span_us * k // 8) for k in range(9)]
        wrong = (watts > 80 and max(true) < -80) or (watts < -80 and min(true) > 80)
        if wrong:
            self._sign_us = W.now_us
        if wrong and before_us:
            self.say("sign", "%d W at the pin, the battery has %d W" % (watts, true[0]))

    def _age(self):
        """The value shown was true at some time within the age that is shown for it."""
        latest = self._parts.inverter.latest
        if latest is None or self._line is None:
            return
        age_us = self._parts.clock.since_ms(latest.at_ms) * 1000
        if age_us < 0:
            self.say("age", "%d ms" % (age_us // 1000))
            return
        points = W.config["uart"]["battery_w"]
        first = W.now_us - age_us - self._behind_us
        span_us = self._behind_us + 50_000
        true = [abs(value_at(points, first + span_us * k // 40)) for k in range(41)]
        if not min(true) - 30 <= abs(latest.battery_w) <= max(true) + 30:
            words = "%d W, %d ms old, was true at no such time"
            self.say("age", words % (latest.battery_w, age_us // 1000))

    def _play(self):
        """The next block's predicted play time against the ring's own."""
        ring = self._parts.ct.ring
        if not ring.synced:
            return
        ahead_us = ticks_diff(ring.next_play_us(), ticks_us())
        off_us = (W.now_us + ahead_us - self._i2s.started_us) % _SLOT_US
        self.worst_play_us = max(self.worst_play_us, min(off_us, _SLOT_US - off_us))
