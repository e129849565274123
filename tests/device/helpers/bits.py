"""What the pin plays, bit by bit, from the words that a DMA ring is given.

Written from the I2S driver's description alone: a 32-bit frame is a pair of 16-bit samples, the
one in the low half of the stored word goes first, each from its most significant bit.
"""

from math import cos, pi, sin

FRAMES_PER_S = 25000
TURN = 1 << 29  # so that twice of it is still a small integer on a 32-bit interpreter
_seen = {}  # stored word -> (ones, lean): decoded once


def pulse(word):
    """(ones, lean) of a stored word: length of its one pulse in 1/32 frame, and how much later
    than the frame's middle the pulse's middle is, in 1/64 frame. ValueError for two pulses."""
    if word not in _seen:
        wire = (word & 0xFFFF) << 16 | word >> 16
        on = [place for place in range(32) if wire >> (31 - place) & 1]
        if on and on[-1] - on[0] + 1 != len(on):
            raise ValueError("more than one pulse in a frame")
        _seen[word] = (len(on), on[0] + on[-1] + 1 - 32 if on else 0)
    return _seen[word]


def ones(words):
    """Ones of each frame."""
    return [pulse(word)[0] for word in words]


class Correlator:
    """Amplitude and phase of the pin's mean voltage at one frequency, over a Hann window.

    hz: to 1/1000; frames: length of the window, many cycles; in_middle: take each
    pulse as if it stood in the middle of its frame (density alone) instead of where it stands.
    """

    def __init__(self, hz, frames, in_middle=False):
        self._frames = frames
        self._lean = 0 if in_middle else 1
        self._at = 0
        # Phase as an integer part of a turn: a float would lose it in a long window.
        self.step = int(hz * 1000 + 0.5) * TURN // (FRAMES_PER_S * 1000)
        self._phase = self.step // 2
        self._sin = 0.0
        self._cos = 0.0

    def feed(self, words):
        """Take in the next frames."""
        turn = 2 * pi / TURN
        lean_turn = self._lean * self.step / 64 * turn
        some_sin = some_cos = 0.0
        for word in words:
            count, lean = pulse(word)
            middle = self._phase * turn
            self._phase = (self._phase + self.step) % TURN
            angle = middle + lean * lean_turn
            weight = 1 - cos(2 * pi * self._at / self._frames)
            # A pulse is as strong as it is long; half of 32 is the idle level.
            some_sin += weight * (count * sin(angle) - 16 * sin(middle))
            some_cos += weight * (count * cos(angle) - 16 * cos(middle))
            self._at += 1
        self._sin += some_sin
        self._cos += some_cos

    def phasor(self):
        """(sine part, cosine part) as a share of the 16 levels either side of idle, phase counted
        from the beginning of the first frame."""
        scale = 2 / self._frames / 16
        return self._sin * scale, self._cos * scale
