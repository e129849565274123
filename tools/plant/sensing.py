"""The way from the mains to the converter's pin, from its component values.

"direct": nothing is between them, as if the converter saw the mains itself. "reference": the
board's ZMPT101B and its third-order Butterworth of 0.27 kHz (docs/hardware-mains.md), which lags
20 degrees and takes away what would fold onto the fundamental. The gain is 1 at 50 Hz; the real
one is the setting mains_scale. tests/analog holds this against ngspice and the netlist.
"""

import numpy as np
from scipy import signal

from tools.plant.analog import WORD_S
from tools.plant.circuit import Circuit

VARIANTS = ("direct", "reference")
PARTS = {
    "R31": 51e3, "R32": 56e3, "R33": 56e3, "C31": 15e-9, "C32": 39e-9, "C33": 2.2e-9,
    "R34": 1e3, "C34": 10e-9,
}  # fmt: skip
# Of the ZMPT101B at 50 Hz: its magnetising current, as a first-order high pass. 0.879 are left at
# the tap, where the filter's input current turns it back by what SOURCE_OHM stands for.
LEAD_DEG = 1.044
SOURCE_OHM = 552.0  # R26 beside R23, what the filter is driven from


def _space():
    circuit = Circuit()
    lead_s = 1 / (2 * np.pi * 50 * np.tan(np.radians(LEAD_DEG)))
    circuit.capacitor("in", "led", lead_s / 1e3)
    circuit.resistor("led", "0", 1e3)
    circuit.follower("led", "tap")
    circuit.resistor("tap", "one", PARTS["R31"] + SOURCE_OHM)
    circuit.capacitor("one", "0", PARTS["C31"])
    circuit.resistor("one", "two", PARTS["R32"])
    circuit.capacitor("two", "buffered", PARTS["C32"])
    circuit.resistor("two", "three", PARTS["R33"])
    circuit.capacitor("three", "0", PARTS["C33"])
    circuit.follower("three", "buffered")
    circuit.resistor("buffered", "pin", PARTS["R34"])
    circuit.capacitor("pin", "0", PARTS["C34"])
    return circuit.state_space("pin")


def response(hz):
    """Complex gain of "reference" at `hz`, 1 in size at 50 Hz."""
    space = _space()
    return space.response(hz) / abs(space.response(50.0))


class Sensing:
    """Mains volts in, what the pin sees (still in mains volts) out, chunk after chunk; everything
    is discharged at the beginning."""

    def __init__(self, variant="reference"):
        self._sections = None
        if variant == "direct":
            return
        space = _space()
        found = signal.cont2discrete((space.a, space.b[:, None], space.c[None, :], space.d),
                                     WORD_S, "foh")  # fmt: skip
        top, bottom = signal.ss2tf(*found[:4])
        self._sections = signal.tf2sos(top.ravel() / abs(space.response(50.0)), bottom)
        self._state = np.zeros((len(self._sections), 2))

    def sensed(self, volts):
        """The next words."""
        if self._sections is None:
            return volts
        out, self._state = signal.sosfilt(self._sections, volts, zi=self._state)
        return out
