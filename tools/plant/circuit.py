"""A linear circuit, solved from its component values.

Nodal analysis with every capacitor taken as a voltage source: the resistive network that remains
gives each capacitor's current as a linear function of the capacitor voltages and the input, which
*is* the state space (states: capacitor voltages in volts, times in seconds). Ideal op-amps are
followers or nullors. No capacitor may be in a loop of capacitors and sources only.
"""

from typing import NamedTuple

import numpy as np


class StateSpace(NamedTuple):
    """dx/dt = a x + b u, y = c x + d u with one input and one output."""

    a: np.ndarray
    b: np.ndarray
    c: np.ndarray
    d: float

    def response(self, hz):
        """Complex gain at `hz` (number or array)."""
        s = 2j * np.pi * np.asarray(hz, float)
        eye = np.eye(len(self.a))
        gains = [self.c @ np.linalg.solve(x * eye - self.a, self.b) + self.d for x in s.flat]
        return np.reshape(gains, s.shape)[()]


class Circuit:
    """Parts between named nodes; node "0" is ground, node "in" the ideal input source."""

    def __init__(self):
        self._resistors = []
        self._capacitors = []
        self._followers = []

    def resistor(self, one, other, ohm):
        """Add a resistor of `ohm` between two nodes."""
        self._resistors.append((one, other, ohm))

    def capacitor(self, one, other, farad):
        """Add a capacitor of `farad` between two nodes; its voltage becomes a state."""
        self._capacitors.append((one, other, farad))

    def follower(self, source, output):
        """Add an ideal unity-gain op-amp: `output` follows `source` and takes no current."""
        self._followers.append((source, output))

    def state_space(self, output):
        """The StateSpace from node "in" to the voltage of node `output`.

        ValueError when the network has a floating node or a loop of capacitors.
        """
        parts = self._resistors + self._capacitors
        names = {n for part in parts for n in part[:2]} | {n for f in self._followers for n in f}
        nodes = sorted(names - {"0"})
        solution = self._solve(nodes)
        farads = np.array([farad for _, _, farad in self._capacitors])
        first = len(nodes)
        currents = solution[first : first + len(farads)]
        derivative = currents / farads[:, None]
        row = solution[nodes.index(output)]
        return StateSpace(derivative[:, :-1], derivative[:, -1], row[:-1], float(row[-1]))

    def _solve(self, nodes):
        """Node voltages and branch currents per volt of each capacitor and of the input."""
        sources = [(one, other) for one, other, _ in self._capacitors] + [("in", "0")]
        unknowns = len(nodes) + len(sources) + len(self._followers)
        index = {name: i for i, name in enumerate(nodes)}
        matrix = np.zeros((unknowns, unknowns))
        right = np.zeros((unknowns, len(sources)))
        for one, other, ohm in self._resistors:
            for near, far in ((one, other), (other, one)):
                if near in index:
                    matrix[index[near], index[near]] += 1 / ohm
                    if far in index:
                        matrix[index[near], index[far]] -= 1 / ohm
        for k, (one, other) in enumerate(sources):
            row = len(nodes) + k
            right[row, k] = 1.0
            for node, sign in ((one, 1.0), (other, -1.0)):
                if node in index:
                    matrix[row, index[node]] += sign
                    matrix[index[node], row] += sign
        for k, (source, output) in enumerate(self._followers):
            row = len(nodes) + len(sources) + k
            matrix[row, index[output]] += 1.0
            matrix[row, index[source]] -= 1.0
            matrix[index[output], row] += 1.0
        try:
            return np.linalg.solve(matrix, right)
        except np.linalg.LinAlgError:
            raise ValueError("floating node or a loop of capacitors") from None
