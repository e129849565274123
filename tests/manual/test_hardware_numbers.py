"""The numbers in the sentences of the hardware pages: each phrase stands there as calculated.

What ngspice measures is in tables that `make analog` writes and tests/analog compares; here is
what follows from the netlist, from the plant's stages and from the routed board.
"""

import ast
import math
import re

import numpy as np
import pytest

from tests.manual.spoken import ROOT
from tools.analog import supply
from tools.hardware import netlist
from tools.hardware.board import distance, placing
from tools.hardware.board.__main__ import HARDWARE
from tools.plant.analog import Stage

RATIO, MAINS_V, RATED_A, TOP = 2500, 230.0, 40.0, 0.94
REFERENCE, PROTOTYPE = Stage.named("reference"), Stage.named("prototype")


def value(ref):
    return netlist.BY_REF[ref].number


def page(name):
    return re.sub(r"[\s*]+", " ", (ROOT / "docs" / name).read_text())


def kilowatts(milliamperes):
    return milliamperes * RATIO * MAINS_V / 1e6


def butterworth_hz(*refs):
    """Where a third-order low-pass of equal poles' product turns: 1 / (2 pi (R R R C C C)^1/3)."""
    return 1 / (2 * math.pi * math.prod(value(ref) for ref in refs) ** (1 / 3))


RATED_MA = 1000 * RATED_A / RATIO
LEGS = [1 / value(ref) for ref in ("R11", "R12", "R13")]
REST_V = 3.3 * LEGS[1] / sum(LEGS)
SENSE = LEGS[0] / sum(LEGS)
SWING_V = 1.2 * RATED_MA / 1e3 * math.sqrt(2) * value("R5") * SENSE
PHRASES = [
    # page, the phrase with places for numbers, the numbers
    ("hardware-analog.md", "{:.0f} mA rms stand for 40 A", [RATED_MA]),
    ("hardware-analog.md", "It ends at {:.1f} kW (100 % modulation at 230 V) and lags {:.1f}°",
     [kilowatts(PROTOTYPE.full_scale_ma), PROTOTYPE.lag_deg]),
    ("hardware-analog.md", "Butterworth of third order at {:.2f} kHz",
     [butterworth_hz("R1", "R2", "R3", "C1", "C2", "C3") / 1e3]),
    ("hardware-analog.md", "{:.1f} Hz: takes the idle half away; {:.1f} s is quick enough",
     [1 / (2 * math.pi * value("R4") * value("C4")), value("R4") * value("C4")]),
    ("hardware-analog.md", "sets the scale: {:.1f} mA rms at 100 % modulation,"
     " 120 % of 40 A at {:.0f} %",
     [REFERENCE.full_scale_ma, 100 * 1.2 * RATED_MA / REFERENCE.full_scale_ma]),
    ("hardware-analog.md", "{:.0f} mA peaks into 100 Ω from ±5 V",
     [1.2 * RATED_MA * math.sqrt(2)]),
    ("hardware-analog.md", "the op-amp's own feedback above {:.1f} MHz",
     [1e-6 / (2 * math.pi * value("R7") * value("C5"))]),
    ("hardware-analog.md", "rests at {:.2f} V and passes half of R5's voltage, so"
     " `sense_mv_per_ma` is {:.1f}: {:.2f} … {:.2f} V at 120 % of 40 A",
     [REST_V, value("R5") * SENSE, REST_V - SWING_V, REST_V + SWING_V]),
    ("hardware-analog.md", "3 mV, through R5 {:.0f} µA", [3e-3 / value("R5") * 1e6]),
    ("hardware-analog.md", "100 nA through R4 and R19, {:.0f} µA",
     [100e-9 * (value("R4") + value("R19")) / value("R5") * 1e6]),
    ("hardware-mains.md", "A third-order Butterworth at {:.2f} kHz",
     [butterworth_hz("R31", "R32", "R33", "C31", "C32", "C33") / 1e3]),
    ("hardware-mains.md", "230 V shall make {:.3f} V rms (setting `mains_scale`, 361.4 volts",
     [MAINS_V / 361.4]),
    ("hardware-mains.md", "A degree either way is {:.3f} % of power",
     [100 * (1 - math.cos(math.radians(1)))]),
    ("hardware-mains.md", "a slope 0.4 °/Hz wrong is {:.0f}° or {:.2f} %",
     [5 * 0.4, 100 * (1 - math.cos(math.radians(2)))]),
    ("hardware-mains.md", "up to 2.6 ms, {:.0f}° at 50 Hz", [2.6e-3 * 50 * 360]),
    ("hardware-supply.md", "draws {:.1f} W day and night, {:.0f} Wh a day",
     [5.05 * supply.LOAD_A / supply.EFFICIENCY - 0.08, 24 * 1.5]),
    ("hardware-upgrade.md", "a device that ends at {:.1f} kW (94 % of {:.1f} kW)",
     [TOP * kilowatts(PROTOTYPE.full_scale_ma), kilowatts(PROTOTYPE.full_scale_ma)]),
    ("hardware-upgrade.md", "`full_scale_ma` {:.1f} | {:.0f} kW instead of",
     [PROTOTYPE.full_scale_ma * 43 / 24, TOP * kilowatts(PROTOTYPE.full_scale_ma * 43 / 24)]),
    ("hardware-upgrade.md", "`sense_mv_per_ma` {:.1f}", [43 * SENSE]),
    ("hardware-upgrade.md", "ends at 20 mA peaks, so {:.0f} mA rms", [20 / math.sqrt(2)]),
    ("hardware-upgrade.md", "| {:.0f} kW, lag {:.0f}°",
     [TOP * kilowatts(REFERENCE.full_scale_ma), REFERENCE.lag_deg]),
    ("manual/faq.md", "In use it gives at most {:.0f} mA peak",
     [TOP * REFERENCE.full_scale_ma * math.sqrt(2)]),
    ("manual/faq.md", "A real CT gives {:.0f} mA peak at 100 A",
     [100 / RATIO * 1e3 * math.sqrt(2)]),
    ("manual/calibration.md", "1 kW at 230 V is {:.2f} mA", [1e6 / MAINS_V / RATIO]),
    ("hardware-board.md", "{:.0f} × {:.0f} mm, two layers", [placing.WIDE, placing.HIGH]),
]  # fmt: skip


@pytest.mark.parametrize(("document", "phrase", "numbers"), PHRASES, ids=lambda x: str(x)[:40])
def test_the_phrase_stands_there_as_calculated(document, phrase, numbers):
    assert phrase.format(*numbers) in page(document)


def converter():
    """The virtual board's curve of an ESP32's converter: counts of millivolts."""
    source = (ROOT / "tools" / "virtual" / "devices" / "adc.py").read_text()
    (curve,) = (n for n in ast.parse(source).body if getattr(n, "name", "") == "_esp32")
    names = {}
    exec(compile(ast.Module([curve], []), "adc.py", "exec"), names)  # noqa: S102 - ours
    return np.vectorize(names["_esp32"])


def moves_pct(bias_v):
    """How far the scale moves between 195 and 253 V around that bias."""
    angle = np.linspace(0, 2 * np.pi, 20_000, endpoint=False)
    scales = []
    for volts in (195, 230, 253):
        sine = np.sqrt(2) * volts / 361.4 * np.sin(angle)
        scales.append(np.mean(converter()(1000 * (bias_v + sine)) * np.sin(angle)) / volts)
    return 100 * (max(scales) / min(scales) - 1)


def test_what_a_bias_of_1_3_v_is_worth():
    around = moves_pct(1.65), moves_pct(1.3)
    assert "moves by {:.2f} %, around 1.3 V by {:.2f} %".format(*around) in page(
        "hardware-mains.md"
    )
    assert "{:.2f} % between 195 and 253 V becomes {:.2f} %".format(*around) in page(
        "hardware-upgrade.md"
    )


def test_the_distances_of_the_board_are_the_committed_file_s():
    apart = {
        frozenset(pair): mm
        for pair, mm in distance.smallest(HARDWARE / "battery-ct.kicad_pcb").items()
    }
    shown = page("hardware-board.md")
    for one, two, words in (
        ("mains", "logic", "mains to CT side | {:.2f} mm"),
        ("rs485", "logic", "RS485 to CT side | {:.2f} mm"),
        ("battery", "logic", "battery to CT side | {:.1f} mm"),
    ):
        assert words.format(apart[frozenset((one, two))]) in shown
    far = [apart[frozenset(p)] for p in
           (("mains", "rs485"), ("mains", "battery"), ("rs485", "battery"))]  # fmt: skip
    assert "{:.0f}, {:.0f}, {:.1f} mm".format(*far) in shown


def test_a_virtual_ground_costs_burden():
    """5 V alone around 2.5 V: what is left for the burden at 120 % of 40 A."""
    peak_a = 1.2 * RATED_MA * math.sqrt(2) / 1e3
    swing_v = 5.0 / 2 - 0.2 - 0.1  # half of 5 V, less the op-amp's 0.2 V and a drop of the supply
    burden = swing_v / peak_a - value("R5") - value("R8")
    assert f"{burden:.0f} Ω at 120 % of 40 A" in page("hardware-analog.md")


def test_aliases_fold_onto_the_mains():
    for hz in (825, 925):
        assert abs(hz - 875) == 50
    assert np.sign(825 - 875) == -np.sign(925 - 875)
