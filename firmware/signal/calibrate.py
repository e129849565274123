"""Sign, gain and phase of the whole chain from what a person reads on the Zappi: pure arithmetic.

The Zappi shows P = held · k · cos(d + ahead): k is how much too large the current is, d how far
it leads the voltage, `ahead` the test phase that was held. Two readings at two test phases give
both: with A = k · cos d from the plain one and r the other's share of it,
tan d = (cos ahead − r) / sin ahead. A power factor alone cannot: 1.00 is anything within 6°, and
it has no sign. Clock domain: *second*; single floats are enough for 0.01 %.
"""

from math import acos, atan2, cos, pi, sin, sqrt

TEST_LEAD_DEG = 60  # there the watts move most per degree that can still be read off well
GOOD_PF = 0.99  # 8 degrees at most, where the watts hide them
LEAST_W = 300  # below, what the Zappi shows is too coarse
_LOW, _HIGH = 0.3, 3.0


class CalibrationError(Exception):
    """Readings that can't be; words that help, and the field that they are about."""

    def __init__(self, words, field="watts"):
        super().__init__(words)
        self.field = field


def solved(held_w, plain_w, lead_w, pf=None):
    """(factor, off_deg, swapped): the current is `factor` too large, leads by `off_deg`.

    held_w: what was held; plain_w, lead_w: what the Zappi showed without and with the test phase;
    pf: the power factor it showed without, None where it shows none.
    """
    if abs(held_w) < LEAST_W:
        raise CalibrationError("Hold at least %d W, better 2000 W." % LEAST_W)
    check(held_w, plain_w, pf)
    turn = TEST_LEAD_DEG * pi / 180
    swapped = (plain_w < 0) != (held_w < 0)
    share = lead_w / plain_w
    off = atan2((cos(turn) - share) / sin(turn), 1)
    factor = abs(plain_w / held_w) / cos(off)
    off_deg = off * 180 / pi
    if abs(off_deg) > 75:
        raise CalibrationError(
            "%g W after %g W cannot be: the second reading should be about half the first."
            " Wait until the Zappi has settled, then read both again." % (lead_w, plain_w),
            "lead_watts",
        )
    if not _LOW <= factor <= _HIGH:
        raise CalibrationError(_FACTOR % (plain_w, held_w))
    if pf is not None and abs(abs(pf) - cos(off)) > 0.05:
        raise CalibrationError(
            "The power factor %g does not fit the two powers, which mean %.2f. Read all three"
            " again; leave the power factor empty if in doubt." % (pf, cos(off)),
            "pf",
        )
    return factor, off_deg, swapped


_FACTOR = (
    "%g W of %g W is too far off for a calibration. Is the Zappi's CT type AC Battery, the"
    " right stage chosen in the settings, and the CT the one you look at?"
)


def check(held_w, plain_w, pf=None):
    """CalibrationError for a first reading that can't be used."""
    if abs(plain_w) < 50:
        raise CalibrationError(
            "The Zappi shows nothing. Is the wire on the CT input that you look at, and its type"
            " AC Battery?"
        )
    if not 0.1 <= abs(plain_w / held_w) <= _HIGH:
        raise CalibrationError(_FACTOR % (plain_w, held_w))
    if pf is not None and not 0.05 <= abs(pf) <= 1:
        raise CalibrationError("A power factor is between 0 and 1, for example 0.97.", "pf")


def solved_once(held_w, plain_w, pf):
    """The same as `solved` from the plain reading alone, where its power factor is good enough.

    Then the phase is left as it is (it costs next to nothing) and the watts are made right.
    """
    check(held_w, plain_w, pf)
    if pf is None:
        raise CalibrationError(
            "One reading is enough only with a power factor, VA or A beside the watts. Go on to"
            " the second reading, which needs none of them.",
            "pf",
        )
    if abs(pf) < GOOD_PF:
        raise CalibrationError(
            "A power factor of %.2f means %d degrees, one way or the other: the second reading"
            " tells which." % (pf, acos(abs(pf)) * 180 / pi + 0.5),
            "pf",
        )
    factor = abs(plain_w / held_w)
    if not _LOW <= factor <= _HIGH:
        raise CalibrationError(_FACTOR % (plain_w, held_w))
    return factor, 0.0, (plain_w < 0) != (held_w < 0)


def apparent_pf(plain_w, va, field="va"):
    """The power factor from watts and volt-amperes; 2 % beyond 1 is the display's rounding."""
    pf = abs(plain_w) / va if va else 2
    if pf > 1.02:
        raise CalibrationError(
            "%g W cannot come of %d VA: VA are never less than watts. Read both again."
            % (plain_w, va),
            field,
        )
    return min(1.0, pf)


def corrected(gain_trim_pct, lag_deg, invert, found):
    """The three settings after it: (gain_trim_pct, lag_deg, invert)."""
    factor, off_deg, swapped = found
    lag_deg -= off_deg
    if lag_deg > 180:
        lag_deg -= 360
    elif lag_deg < -180:
        lag_deg += 360
    return gain_trim_pct / factor, lag_deg, invert != swapped


def expected_error_pct(held_w, plain_w):
    """What reading whole watts, or tens of them, leaves: half a step of either reading."""
    step_w = 10 if plain_w % 10 == 0 else 1
    return 100 * sqrt(2) * step_w / 2 / abs(held_w)
