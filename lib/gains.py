"""How hard the tracker's loop pulls: (phase, frequency, drift) per update of 20 ms.

Clock domain: *cycle*; integers, no allocation.
"""

from micropython import const

# Gains (phase, frequency, drift) of a critically damped loop that forgets with `memory` per update
# of 20 ms: 1 - m**3, 1.5 (1 - m**2)(1 - m), (1 - m)**3, in 1/1024, the last in 1/4096.
# QUIET (0.77) averages the converter's noise over 80 ms, AGILE (0.55) catches a ramp within 40 ms,
# FAST (0.35) a swing. WARY (0.92): a window with a gap lets harmonics leak in. JUMPY: a surprise
# out of the calm that even _BOLT could not make begins a jump; the frequency is left alone.
# SWINGING goes with the mean frequency of 32 updates, so that all of it pulls 32 times as slowly.
QUIET = (556, 144, 50)
AGILE = (854, 482, 373)
FAST = (980, 876, 1125)
WARY = (227, 19, 2)
JUMPY = (854, 0, 0)
SWINGING = (227, 144, 0)

# Angles in 1/2**26 turn.
# The loop turns agile when the mean surprise of some updates exceeds what noise makes of it: 0.11
# degrees; noise of 4 mV leaves 0.03. Harmonics and jitter make more: then 1.5 times the usual.
_SURPRISE = const(20133)
_BIG = const(120_000)  # 0.66 degrees, and the mean to the same side: a swing, no beat of a tone
_BOLT = const(880)  # 1/2**26 turn per (1024 µs)**2: 25 Hz/s
# A swing of 2.5 Hz and more cannot be foretold across the ring; chased, it is played at up to
# three times its size. Each turn of a _BIG error to the other side adds _TURNED, each update takes
# 1 off: what turns within eleven updates, time and again, comes beyond _SWINGS, and stays there
# for as long as it does; half a turn of 2.5 Hz after the last, it is over.
_TURNED = const(11)
_SWINGS = const(20)
_MOST_SWINGS = const(31)


class Pull:
    """Chooses the gains after the errors so far. mean: of the last four."""

    def __init__(self):
        self.forget()

    def forget(self):
        """Another mains."""
        self.mean = self._usual = 0  # the usual size of what the mean leaves
        self._side = self._swings = 0  # the last _BIG error; how quickly they turn round

    def gains(self, error, dt_us, leaky, jumped, steady):
        """One of the above for the next error, measured minus predicted phase, after `dt_us`.

        leaky: a hole was in its fit; jumped: not long ago; steady: locked, and within 1 Hz of the
        mean frequency: whose frequency swings by more is followed, its drift tells where to.
        """
        mean = self.mean
        calm = -_SURPRISE < mean < _SURPRISE
        self.mean = mean = mean + ((error - mean) >> 2)
        size = error - mean if error > mean else mean - error
        self._usual = usual = self._usual + (size - self._usual) // 100
        surprise = max(_SURPRISE, usual * 3 >> 1)
        size = error if error > 0 else -error
        aside = mean if error > 0 else -mean
        swings = max(0, self._swings - 1) if steady else 0
        if size > _BIG:
            if (error ^ self._side) < 0:
                swings = min(_MOST_SWINGS, swings + _TURNED)
            self._side = error
        self._swings = swings
        if swings > _SWINGS:
            return SWINGING
        if leaky:
            return WARY
        if calm and size > (dt_us >> 10) * (dt_us >> 10) * _BOLT:
            return JUMPY
        if size > max(_BIG, 4 * usual) and (16 * aside > 5 * size or (aside < 0 and not calm)):
            return FAST
        return AGILE if jumped or mean > surprise or -mean > surprise else QUIET
