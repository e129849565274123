"""A number that may vary in time: constant, or points with straight lines between them."""

import numpy as np


class Profile:
    """Points (t_s, value), immutable; two at one time make a step, whose time is after it.

    Before the first and after the last point the value stays. `times` and `values` are tuples.
    """

    __slots__ = ("_integrals", "times", "values")

    def __init__(self, points):
        """`points`: a number, or rising (t_s, value) pairs with at most two at one time.

        ValueError says which point is wrong.
        """
        if isinstance(points, int | float):
            points = ((0.0, points),)
        times = tuple(float(t) for t, _ in points)
        for k in range(1, len(times)):
            if times[k] < times[k - 1]:
                raise ValueError(f"point {k + 1} at {times[k]:g} s is before the one ahead of it")
            if k > 1 and times[k] == times[k - 2]:
                raise ValueError(f"three points at {times[k]:g} s; a step needs two")
        values = tuple(float(value) for _, value in points)
        areas = np.diff(times) * (np.array(values[1:]) + np.array(values[:-1])) / 2
        object.__setattr__(self, "times", times)
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "_integrals", np.concatenate([[0.0], np.cumsum(areas)]))

    def __setattr__(self, name, value):
        raise AttributeError("a profile never changes")

    def __repr__(self):
        return f"Profile({self.points})"

    def __eq__(self, other):
        return isinstance(other, Profile) and self.points == other.points

    def __hash__(self):
        return hash(self.points)

    @property
    def points(self):
        """The ((t_s, value), …) it was made of."""
        return tuple(zip(self.times, self.values, strict=True))

    @property
    def constant(self):
        """Whether it never varies."""
        return len(set(self.values)) == 1

    def at(self, t_s):
        """Value at `t_s` (number or array)."""
        return self._evaluate(t_s, lambda k, dt, slope: self.values[k] + slope * dt)

    def integral(self, t_s):
        """Integral from the first point's time to `t_s` (number or array), exact per segment."""

        def area(k, dt, slope):
            return self._integrals[k] + dt * (self.values[k] + 0.5 * slope * dt)

        return self._evaluate(t_s, area)

    def _evaluate(self, t_s, formula):
        """`formula(segment, time since its start, slope)`; elementwise, so chunks don't matter."""
        t = np.asarray(t_s, float)
        if len(self.times) == 1:
            return formula(0, t - self.times[0], 0.0)[()]
        out = np.empty(t.shape)
        segment = np.searchsorted(self.times, t, side="right") - 1
        for k in np.unique(segment):
            inside = segment == k
            out[inside] = formula(max(k, 0), t[inside] - self.times[max(k, 0)], self._slope(k))
        return out[()]

    def _slope(self, k):
        """Slope of the segment that begins at point k; 0 outside and at steps."""
        if not 0 <= k < len(self.times) - 1 or self.times[k + 1] == self.times[k]:
            return 0.0
        return (self.values[k + 1] - self.values[k]) / (self.times[k + 1] - self.times[k])
