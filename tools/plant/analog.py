"""The analog stage between the GPIO pin and the Zappi's CT terminals, from its component values.

Two topologies, both driven by the pin (0 or 3.3 V) and ending in an op-amp that forces
`v / sense` through the CT terminals in its feedback loop:

* "prototype": R7-C4 low pass, C3 coupling, R10 / (R11 || C5) to ground, LM358 on +-12 V, R9 sense.
* "reference": three resistors and C1, C2, C3 make a third-order Butterworth around a follower
  (0.98 kHz), C4-R4 couple it, TS922 on +5 V and -5 V (charge pump), R5 sense.

Currents are in mA at the CT terminals, positive = in phase with a positive pin. Gains are mA per
volt at the pin. The reason for every value is in docs/hardware-analog.md; the same circuits are
simulated independently by the netlists in tools/analog. `python -m tools.plant.analog` prints what
the settings' defaults are made of.
"""

from typing import NamedTuple

import numpy as np
from scipy import signal

from tools.plant.circuit import Circuit

PIN_V = 3.3
WORD_S = 40e-6  # one I2S frame
BIT_S = 1.25e-6  # one of its 32 bits
LEVELS = 32  # a word is a duty level 0..32
MAINS_HZ = 50.0
SENSE_SHARE = (
    0.499  # of the sense resistor's voltage reaches the converter (docs/hardware-analog.md)
)


class Driver(NamedTuple):
    """What ends the output's range: swing at the op-amp's output and its own current limit."""

    swing_low_v: float
    swing_high_v: float
    sink_ma: float
    source_ma: float


# Typical values of the data sheets: LM358 on +-12 V (output up to V+ - 1.5 V, 20 mA sink, 30 mA
# source), TS922 on +5 V and a -5 V charge pump that sags to -4.8 V under load (80 mA).
LM358 = Driver(-11.9, 10.5, 20.0, 30.0)
TS922 = Driver(-4.6, 4.8, 80.0, 80.0)

PROTOTYPE = {
    "R7": 10e3, "C4": 0.1e-6, "C3": 2.2e-6, "R10": 15e3, "R11": 10e3, "C5": 0.1e-6, "R9": 43.0,
}  # fmt: skip
REFERENCE = {
    "R1": 15e3, "R2": 15e3, "R3": 15e3, "C1": 15e-9, "C2": 39e-9, "C3": 2.2e-9,
    "C4": 1e-6, "R4": 100e3, "R5": 51.0,
}  # fmt: skip
TOPOLOGIES = {"prototype": PROTOTYPE, "reference": REFERENCE}


def _prototype(part):
    """State space pin -> op-amp input, and the sense resistor (ohm), of the prototype's stage."""
    circuit = Circuit()
    circuit.resistor("in", "filtered", part["R7"])
    circuit.capacitor("filtered", "0", part["C4"])
    circuit.capacitor("filtered", "coupled", part["C3"])
    circuit.resistor("coupled", "divided", part["R10"])
    circuit.resistor("divided", "0", part["R11"])
    circuit.capacitor("divided", "0", part["C5"])
    return circuit.state_space("divided"), part["R9"]


def _reference(part):
    """State space pin -> op-amp input, and the sense resistor (ohm), of the reference stage."""
    circuit = Circuit()
    circuit.resistor("in", "one", part["R1"])
    circuit.capacitor("one", "0", part["C1"])
    circuit.resistor("one", "two", part["R2"])
    circuit.capacitor("two", "buffered", part["C2"])
    circuit.resistor("two", "three", part["R3"])
    circuit.capacitor("three", "0", part["C3"])
    circuit.follower("three", "buffered")
    circuit.capacitor("buffered", "coupled", part["C4"])
    circuit.resistor("coupled", "0", part["R4"])
    return circuit.state_space("coupled"), part["R5"]


_BUILD = {"prototype": (_prototype, LM358), "reference": (_reference, TS922)}


def components(spec):
    """(topology, {part: value in ohm or farad}, burden in ohm) of a scenario's `analog.stage`.

    `spec` is a name, or a table of parts that replaces some of a topology's values; its `base`
    names the topology ("prototype" unless said) and `burden_ohm` the load at the CT terminals.
    ValueError says what is wrong.
    """
    table = {} if isinstance(spec, str) else dict(spec)
    base = spec if isinstance(spec, str) else table.pop("base", "prototype")
    if base not in TOPOLOGIES:
        raise ValueError(f'{base!r} is none of "prototype", "reference" or a table of values')
    burden_ohm = table.pop("burden_ohm", 10.0)
    parts = TOPOLOGIES[base]
    for name, value in {**table, "burden_ohm": burden_ohm}.items():
        if name not in parts and name != "burden_ohm":
            raise ValueError(f"{name} is no part of {base}: {' '.join(parts)} burden_ohm base")
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"{name} must be a number in ohm or farad, not {value!r}")
        if not (0 <= value < float("inf")) or (value == 0 and name in parts):
            raise ValueError(f"{name} = {value} is impossible")
    return base, {**parts, **table}, burden_ohm


class Stage:
    """Pin voltage to CT current: transfer function, and simulation in chunks with state."""

    def __init__(self, space, sense_ohm, driver, burden_ohm=10.0):
        self.space = space
        self.sense_ohm = sense_ohm
        loop_ohm = sense_ohm + burden_ohm
        self.lowest_ma = max(1e3 * driver.swing_low_v / loop_ohm, -driver.sink_ma)
        self.highest_ma = min(1e3 * driver.swing_high_v / loop_ohm, driver.source_ma)
        self._words = self.modes(WORD_S)
        self._bits = self.modes(BIT_S)

    @classmethod
    def named(cls, spec):
        """The Stage of a scenario's `analog.stage`: a name or a table (see `components`)."""
        base, parts, burden_ohm = components(spec)
        build, driver = _BUILD[base]
        return cls(*build(parts), driver, burden_ohm)

    def response(self, hz):
        """Complex gain at `hz` in mA per volt at the pin, before any clipping."""
        return self.space.response(hz) * 1e3 / self.sense_ohm

    @property
    def full_scale_ma(self):
        """Current (mA rms) of a 50 Hz sine of 100 % modulation: +-16 levels around 16."""
        return float(abs(self.response(MAINS_HZ)) * PIN_V / 2 / np.sqrt(2))

    @property
    def lag_deg(self):
        """Phase by which the current lags the pin at 50 Hz, degrees."""
        return float(-np.degrees(np.angle(self.response(MAINS_HZ))))

    @property
    def slopes(self):
        """(lag in degrees per Hz, gain in % per Hz): chords from 45 to 55 Hz."""
        low, high = self.response(np.array([45.0, 55.0]))
        lag = np.degrees(np.angle(low / high)) / 10
        gain = 100 * (abs(high) - abs(low)) / abs(self.response(MAINS_HZ)) / 10
        return float(lag), float(gain)

    def simulate(self, levels, state=None):
        """(current in mA at the start of every word, state for the next chunk).

        `levels`: duty 0..32 of every word, held for the word (its pulse is centred, so its delay
        is that of the hold). Chunking changes no bit. `state` None: everything discharged.
        """
        return self._filter(self._words, np.asarray(levels) * (PIN_V / LEVELS), state)

    def simulate_bits(self, words, state=None):
        """Like `simulate`, from uint32 words bit by bit: mA at the start of every 1.25 us bit."""
        octets = np.ascontiguousarray(words, dtype=">u4").view(np.uint8)
        return self._filter(self._bits, np.unpackbits(octets) * PIN_V, state)

    def modes(self, hold_s):
        """The circuit behind a zero-order hold of `hold_s` as parallel filters (b, a); exact.

        One first-order filter per real pole, one of second order per complex pair: well
        conditioned although the coupling's pole is a thousand times slower than the others.
        """
        poles, vectors = np.linalg.eig(self.space.a)
        driven = np.linalg.solve(vectors, self.space.b.astype(complex)) * np.expm1(poles * hold_s)
        residues = (self.space.c @ vectors) * driven / poles * (1e3 / self.sense_ohm)
        modes = []
        for pole, residue in zip(np.exp(poles * hold_s), residues, strict=True):
            if pole.imag == 0:
                modes.append(([0.0, residue.real], [1.0, -pole.real]))
            elif pole.imag > 0:
                pair = [0.0, 2 * residue.real, -2 * (residue * pole.conjugate()).real]
                modes.append((pair, [1.0, -2 * pole.real, abs(pole) ** 2]))
        return modes

    def _filter(self, modes, volts, state):
        if state is None:
            state = [np.zeros(len(b) - 1) for b, _ in modes]
        total, after = 0.0, []
        for (b, a), before in zip(modes, state, strict=True):
            part, rest = signal.lfilter(b, a, volts, zi=before)
            total = total + part
            after.append(rest)
        return np.clip(total, self.lowest_ma, self.highest_ma), after


def words_to_levels(words):
    """Duty level 0..32 of each uint32 word: the number of its ones."""
    return np.bitwise_count(np.asarray(words, dtype=np.uint32))


def main():
    """Print the numbers that the settings' defaults come from."""
    print("stage      full_scale_ma  lag_deg   deg/Hz     %/Hz  kW at 230 V  clips at mA")
    for name in TOPOLOGIES:
        stage = Stage.named(name)
        lag, gain = stage.slopes
        print(
            f"{name:<10} {stage.full_scale_ma:13.4f} {stage.lag_deg:8.3f} {lag:8.4f} {gain:8.4f}"
            f" {stage.full_scale_ma * 2.5 * 0.23:12.2f}"
            f"  {stage.lowest_ma:.1f} {stage.highest_ma:+.1f}"
        )


if __name__ == "__main__":
    main()
