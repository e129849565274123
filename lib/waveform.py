"""A mains-frequency sine as a stream of one-bit density patterns for a DMA to play.

Clock domain: sample. `fill` runs once per block of frames, allocates nothing, and keeps every
intermediate below 2**31, because viper words are 32 bits wide on the board.

One frame is 32 bits and one PWM period: `level` ones of 32, centred. A second-order
error-feedback quantiser moves the rounding noise away from the mains frequency, so the mean
density follows the wanted value exactly. The phase runs to a target phase at the end of each
block and the amplitude to a target amplitude, both without a step.
"""

import array

import micropython
from micropython import const

from lib.sine import TABLE as SINE

_LEVELS = const(32)
TURN = 1 << 30  # one turn of phase; the largest power of two whose range fits 31-bit small ints
PHASE_MASK = TURN - 1  # a small int, which TURN is not: sums with TURN allocate on the board
FULL_AMPLITUDE = 1 << 25  # amplitude of +-16 levels, 100 % modulation
MAX_AMPLITUDE = 31541166  # 94 % of it; beyond that the quantiser overloads and noise rises
HALF_DUTY = 16 << 16  # the idle bias, in 1/65536 level

# Fields of the state array.
PHASE, STEP, END_PHASE, AMPLITUDE, END_AMPLITUDE, BIAS, BIAS_STEP = range(7)
ERROR_1, ERROR_2, LEAN = range(7, 10)

# At most this much of a turn is made up per block while current flows: 1/16 turn in 10 ms bends
# one half cycle instead of breaking it.
_MAX_SLEW = const(1 << 26)


def _pattern(level, late):
    """`level` ones centred in 32 bits, wire order, most significant bit first.

    late: where an odd level's middle bit goes, before (0) or after (1) the middle of the frame.
    """
    start = (_LEVELS - level + late) // 2
    word = ((1 << level) - 1) << (_LEVELS - level - start)
    # 16-bit stereo I2S sends the first sample (low half in memory) first: swap the halves.
    return (word & 0xFFFF) << 16 | word >> 16


# Odd levels cannot be centred. `fill` takes them by turns from the early and the late half of the
# table: a lean that went with the level would shift the phase of a small current (10' at 1 %).
_LATE = const(_LEVELS + 1)
PATTERN = array.array("I", bytes(8 * _LATE))


def wire(gated):
    """Make the patterns for a pin that is wired straight to the stage, or through a gate.

    gated: an exclusive-or of data and word clock stands between them, so that a ring that runs dry
    plays half duty, not nothing. The word clock changes one bit ahead of the data (Philips
    format): while a word is sent it is high for the bits 15 to 30. Stored like any pattern, with
    the halves swapped.
    """
    for late in (0, 1):
        for level in range(_LEVELS + 1):
            word = _pattern(level, late)
            PATTERN[late * _LATE + level] = word ^ (0xFFFE << 16 | 1) if gated else word


wire(False)


class Waveform:
    """The oscillator and quantiser behind one output pin.

    frames_per_block: length of the blocks that `fill` is asked for; a power of two up to 256.
    """

    def __init__(self, frames_per_block):
        self._frames = frames_per_block
        self.state = array.array("i", [0] * 10)

    def steer(self, phase_at_end, step, amplitude_at_end):
        """Say where the next block ends: phase (1/TURN turn), phase step per frame, amplitude.

        amplitude_at_end: signed, FULL_AMPLITUDE = 100 % modulation; clipped to MAX_AMPLITUDE.
        """
        s = self.state
        s[END_PHASE] = phase_at_end
        s[STEP] = step
        s[END_AMPLITUDE] = max(-MAX_AMPLITUDE, min(MAX_AMPLITUDE, amplitude_at_end))

    def ramp_bias(self, target, frames):
        """Move the idle density to `target` (0 … HALF_DUTY) over that many frames."""
        self.state[BIAS_STEP] = (target - self.state[BIAS]) // frames or (
            1 if target > self.state[BIAS] else -1
        )

    def fill(self, block):
        """Write the next block of frames (array or bytearray of 4 bytes per frame)."""
        aim(self.state, self._frames)
        fill(block, self.state, self._frames)


@micropython.viper
def aim(state: ptr32, frames: int):
    """Choose the phase step that lands on END_PHASE after that many frames."""
    planned = state[1] * frames
    miss = (state[2] - state[0] - planned + 0x20000000) & 0x3FFFFFFF
    miss -= 0x20000000
    if state[3] == 0:  # silent: the phase may jump unheard
        state[0] = (state[2] - planned) & 0x3FFFFFFF
    else:
        if miss > 0x4000000:
            miss = 0x4000000
        if miss < -0x4000000:
            miss = -0x4000000
        state[1] = (planned + miss) // frames


@micropython.viper
def fill(block: ptr32, state: ptr32, frames: int):
    """Play the oscillator through the noise shaper into the block.

    Pointers load unsigned words: a signed field is read as ((x + 2**29) mod 2**30) - 2**29, the
    same on 32-bit and 64-bit words.
    """
    sine = ptr16(SINE)
    pattern = ptr32(PATTERN)
    phase = state[0]
    step = state[1]
    amplitude = ((state[3] + 0x20000000) & 0x3FFFFFFF) - 0x20000000
    end_amplitude = ((state[4] + 0x20000000) & 0x3FFFFFFF) - 0x20000000
    ramp = (end_amplitude - amplitude) // frames
    bias = state[5]
    bias_step = ((state[6] + 0x20000000) & 0x3FFFFFFF) - 0x20000000
    e1 = ((state[7] + 0x20000000) & 0x3FFFFFFF) - 0x20000000
    e2 = ((state[8] + 0x20000000) & 0x3FFFFFFF) - 0x20000000
    lean = state[9]
    if amplitude == 0 and end_amplitude == 0 and bias == 0x100000:
        e1 = e2 = 0  # silence is the plain half-duty pattern, not the quantiser's last tune
    for i in range(frames):
        # The pulse stands in the middle of its frame, so the sine is taken there.
        mid = (phase + (step >> 1)) & 0x3FFFFFFF
        k = mid >> 21
        y = sine[k] - 32768 + (((sine[k + 1] - sine[k]) * ((mid >> 6) & 0x7FFF)) >> 15)
        phase = (phase + step) & 0x3FFFFFFF
        # 26-bit amplitude times 16-bit sine in two halves: |y * (amplitude >> 10)| < 2**30.
        wanted = (y * (amplitude >> 10) + ((y * (amplitude & 1023)) >> 10)) >> 10
        amplitude += ramp
        bias += bias_step
        if bias > 0x100000:
            bias = 0x100000
        if bias < 0:
            bias = 0
        wanted += bias + 2 * e1 - e2
        level = (wanted + 0x8000) >> 16
        if level < 0:
            level = 0
        if level > 32:
            level = 32
        e2 = e1
        e1 = wanted - (level << 16)
        if e1 > 0x10000:  # overload: forget what cannot be made up
            e1 = 0x10000
        if e1 < -0x10000:
            e1 = -0x10000
        if level & 1:
            lean = 33 - lean
        block[i] = pattern[level + lean]
    state[0] = phase
    state[3] = end_amplitude
    state[5] = bias
    state[7] = e1
    state[8] = e2
    state[9] = lean
