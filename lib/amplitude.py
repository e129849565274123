"""Follows the amplitude of the mains: slowly while it rests, with its slope when it moves.

An alpha-beta loop in integers, so that the amplitude can be predicted across the output queue.
Clock domain: *cycle*; allocates nothing.
"""

from micropython import const

_SAG_UPDATES = const(50)


class Amplitude:
    """peak: smoothed amplitude at the time of the last fit, 1/16 count."""

    def __init__(self):
        self.begin(0)

    def begin(self, peak):
        """Another mains: nothing is known but this."""
        self._calm = peak << 6  # its mean over two seconds
        self._least = 0  # of what is shown in a sag
        self._usual = 0  # mean size of the surprises
        self.jump(peak)

    def jump(self, peak):
        """From one moment to the next it is that."""
        self.peak = peak
        self._peak = peak << 6
        self._held = 0  # updates for which a sag's `_least` still holds
        self._sag()
        self.level()

    def _sag(self):
        """A dip by an eighth and more is over in a second, mostly."""
        if self._peak < self._calm * 7 >> 3:
            self._least = self._calm - (self._calm >> 4)
            self._held = _SAG_UPDATES

    def level(self):
        """Nothing is known of its slope any more."""
        self._slope = 0  # 1/1024 count per 2**14 µs
        self._mean = 0  # of the surprises

    def follow(self, peak, dt_us):
        """Take in the next fit, `dt_us` after the last: averaged over 0.2 s; gone after, slope and
        all, when the mean surprise is more than noise makes of it, and more than 0.2 %.

        The slope is bounded: what moves by more than 5 % in 0.1 s turns round on the way. A
        surprise against it halves it, so that it does not overshoot behind a step.
        """
        slope = self._slope
        predicted = self._peak + (slope * (dt_us >> 4) >> 10)
        off = (peak << 6) - predicted
        self._mean = mean = self._mean + ((off - self._mean) >> 2)
        size = off - mean if off > mean else mean - off
        self._usual += (size - self._usual) // 50
        usual = max(predicted >> 9, self._usual * 3 >> 1)
        if mean > usual or -mean > usual:
            self._peak = predicted + (off * 3 >> 2)
            slope = (slope >> ((off ^ slope) < 0)) + (off >> 2)
            most = predicted >> 7
            self._slope = min(most, max(-most, slope))
        else:
            self._peak = predicted + (off >> 3)
            self._slope = (slope * 3 >> 2) + (off >> 6)
        if self._held:
            self._held -= 1
        elif off * 20 < -predicted:
            self._sag()
        self._calm += (self._peak - self._calm) // 100
        self.peak = self._peak >> 6

    def peak_at(self, ahead_us):
        """Prediction for so much later than the last fit, 1/16 count.

        In a sag no more than 6 % below what was before, for a second: sags are over by then, and
        what is already in the ring is then too large by no more than that.
        """
        peak = self._peak + (self._slope * (ahead_us >> 8) >> 6)
        return (max(peak, self._least) if self._held else peak) >> 6
