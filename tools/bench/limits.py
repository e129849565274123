"""The limits that the bench holds results against, as data.

IEC 61869-2: ratio error (%) and phase displacement (minutes of arc) at % of rated primary current.
EN 50160: voltage harmonics, % of the fundamental, and their sum (THD). IEEE C37.118.1: TVE.
"""

import math

RATED_A = 40.0

# class -> {% of rated current: (ratio error %, phase displacement in minutes)}
IEC_61869_2 = {
    "0.1": {5: (0.4, 15), 20: (0.2, 8), 100: (0.1, 5), 120: (0.1, 5)},
    "0.2": {5: (0.75, 30), 20: (0.35, 15), 100: (0.2, 10), 120: (0.2, 10)},
    "0.2S": {1: (0.75, 30), 5: (0.35, 15), 20: (0.2, 10), 100: (0.2, 10), 120: (0.2, 10)},
    "0.5S": {1: (1.5, 90), 5: (0.75, 45), 20: (0.5, 30), 100: (0.5, 30), 120: (0.5, 30)},
    "1": {5: (3.0, 180), 20: (1.5, 90), 100: (1.0, 60), 120: (1.0, 60)},
}
LOADS_PCT = tuple(IEC_61869_2["0.2S"])

EN_50160_HARMONICS_PCT = {
    **dict.fromkeys(range(6, 25, 2), 0.5),
    **{2: 2.0, 3: 5.0, 4: 1.0, 5: 6.0, 7: 5.0, 9: 1.5, 11: 3.5, 13: 3.0, 15: 0.5},
    **{17: 2.0, 19: 1.5, 21: 0.5, 23: 1.5, 25: 1.5},
}
EN_50160_THD_PCT = 8.0

TVE_PCT = 1.0  # IEEE C37.118.1, steady state; asked of 0.1 Hz/s as well
STEADY_POWER_PCT = 0.3
RAMP_PCT = 12.0  # TVE in the first tenth of a second of a ramp that nobody could foresee
STEP_S = 0.3  # IEEE C37.118.1 class M: 0.14 s; the ring alone plays on for 0.06, three fits 0.06
POWER_PCT = 1.0  # real power through ramps of 1 Hz/s
GLITCH_PCT = 3.0  # a single cycle's vector error above which a person would call it a glitch


def modulation_pct(hz, size_pct=10.0):
    """Vector error while amplitude or phase swing by so much, `hz` times a second.

    3 % is class M of IEEE C37.118.1, for an instrument that may look at both sides of a moment.
    Here 0.1 s must be foreseen (half a window 20 ms, half an update 10, filter 1, ring and block
    71): what a swing does in that time, and half as much again for a prediction that overshoots.
    """
    return max(3.0, 1.5 * size_pct * 2 * math.sin(min(math.pi / 2, math.pi * hz * 0.1)))


def step_limit_s(poll_s):
    """How long a step of battery power may take to be 98 % at the CT."""
    return 1.5 * poll_s + 0.15
