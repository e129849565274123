"""What the Zappi should see, and why: one pure function that starts from zero.

Every way to anything else is earned, every way out has a reason in words. Clock domain: *second*
(ten times a second, objects are fine).
"""

from collections import namedtuple
from time import ticks_add, ticks_diff

from micropython import const

Target = namedtuple("Target", ("watts", "because"))

# From the last value to zero once it is stale; slower than the Zappi's own reading.
_RAMP_MS = const(2000)
# Age from which a person is told that the inverter is silent, value still kept.
_QUIET_MS = const(3000)
_USABLE_MODULATION = const(0.94)  # beyond this the pulse train overloads (lib/waveform.py)
CT_RATIO = 2500  # primary to secondary current of the Zappi's CT (vendor: 100 A to 40 mA)


def decide(reading, lock, hold, settings, now_ms):
    """The power the Zappi should see, and why; zero whenever in doubt.

    reading: the inverter's latest Reading or None; lock: the mains Lock or None; hold: a Hold;
    settings: a value of all settings; now_ms: ticks of the same clock as the reading's stamp.
    Returns Target(watts, because), + = discharging.
    """
    why = obstacle(reading, lock, settings)
    if why:
        return Target(0, why)
    left_s = hold.left_s(now_ms)
    if left_s > 0:
        why = "holding %d W for calibration (%d:%02d left)" % (
            hold.watts,
            left_s // 60,
            left_s % 60,
        )
        return _limited(hold.watts, why, lock, settings)
    age_ms = ticks_diff(now_ms, reading.at_ms)
    stale_ms = int(settings.stale_s * 1000)
    if age_ms < 0 or age_ms >= stale_ms + _RAMP_MS:
        return Target(0, "inverter silent for %d s" % (abs(age_ms) // 1000))
    if reading.forced and settings.forced == "zero":
        return Target(0, "the inverter's battery is under orders")
    watts = reading.battery_w + settings.offset_w
    if age_ms > stale_ms:
        watts = watts * (stale_ms + _RAMP_MS - age_ms) // _RAMP_MS
    quiet_ms = stale_ms if settings.listen else max(_QUIET_MS, int(settings.poll_s * 3000))
    if age_ms > min(stale_ms, quiet_ms):
        words = "inverter silent for %d s" % (age_ms // 1000)  # whatever limits it: it is old
        return Target(_limited(watts, words, lock, settings).watts, words)
    because = "following"
    if settings.offset_w:
        because = "following, %+d W added" % settings.offset_w
    return _limited(watts, because, lock, settings)


def obstacle(reading, lock, settings):
    """Why nothing but zero can be shown, a test power neither; "" where something can."""
    if settings.muted:
        return "muted by user"
    if not settings.accepted:
        return "settings lost: check and accept them"
    if lock is None:
        return "no mains lock"
    if reading is None:
        return "no reading yet"
    return ""


def capacity_w(lock, settings):
    """The largest power that the analog stage can show at this mains voltage."""
    primary_a = settings.full_scale_ma * _USABLE_MODULATION * CT_RATIO / 1000
    return int(primary_a * lock.volts * 100 / settings.gain_trim_pct)


def _limited(watts, because, lock, settings):
    limit_w, words = settings.limit_w, "limited to %d W"
    # In steps of 10: the volts move it, and each new number would be an event.
    most_w = capacity_w(lock, settings) // 10 * 10
    if most_w < limit_w:
        limit_w, words = most_w, "limited to %d W, all that the output stage can show"
    if watts > limit_w:
        return Target(limit_w, words % limit_w)
    if watts < -limit_w:
        return Target(-limit_w, words % -limit_w)
    return Target(watts, because)


def note_limit(target, health):
    """What the stage could not show stays visible, with its number, until the next start."""
    if target.because.endswith("can show") and "limit" not in health.faults:
        words = "the output stage shows no more than %d W: the charger reads less than there is"
        health.fault("limit", words % abs(target.watts))


def explained(because, problem):
    """The reason, and where it is the inverter's doing, what is wrong with its answers."""
    if not problem:
        return because
    if because == "no reading yet":
        return "no reading: " + problem
    if because.startswith("inverter silent") and not problem.startswith("no answer"):
        return "no good reading for" + because[len("inverter silent for") :] + ": " + problem
    return because


class Hold:
    """A test power that a person asked for; it always ends by itself and survives no restart."""

    def __init__(self):
        self.watts = 0
        self.lead_deg = 0  # a test phase, for calibration
        self.resting = 0  # how many want nothing to flow for a moment (firmware/views/quietly.py)
        self._until_ms = None  # None: nothing is held

    def start(self, watts, minutes, now_ms, lead_deg=0):
        """Show `watts` for that many minutes; ValueError with words when that can't be."""
        if not (-25000 <= watts <= 25000 and 0.1 <= minutes <= 15):
            raise ValueError("hold up to 25000 W for 0.1 to 15 minutes")
        self.watts = int(watts)
        self.lead_deg = lead_deg
        self._until_ms = ticks_add(now_ms, int(minutes * 60000))

    def release(self):
        """Back to the inverter's value."""
        self._until_ms = None
        self.lead_deg = 0

    def expire(self, now_ms):
        """Forget a hold whose time is over, long before its deadline could wrap round."""
        if self._until_ms is not None and ticks_diff(self._until_ms, now_ms) <= 0:
            self.release()

    def ended_by(self, target):
        """Forget a hold that cannot act any more, lest it fires later; True if there was one."""
        if self._until_ms is None or self.resting or target.because.startswith("holding"):
            return False
        self.release()
        return True

    def left_s(self, now_ms):
        """Whole seconds left, rounded up; 0 when nothing is held."""
        if self._until_ms is None:
            return 0
        return max(0, (ticks_diff(self._until_ms, now_ms) + 999) // 1000)
