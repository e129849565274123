"""The numbers of the hardware pages and the manual, computed anew from the netlist and physics."""

import math
import re

import pytest

from tests.manual.spoken import ROOT
from tools.hardware import netlist
from tools.plant.analog import Stage

DOCS = ROOT / "docs"
CT_RATIO, MAINS_V, USABLE = 2500, 230.0, 0.94


def table(document, first):
    """Rows of cells of the table whose head begins with that cell."""
    lines = (DOCS / document).read_text().split(f"| {first} ")[1].splitlines()
    rows = []
    for line in lines[2:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip(" *") for cell in line.strip("|").split("|")])
    return rows


def number(cell):
    return float(re.search(r"-?[\d.]+", cell)[0])


def value(ref):
    return netlist.BY_REF[ref].number


def test_full_scale_by_sense_resistor():
    full_scale_ma = Stage.named("reference").full_scale_ma
    divider = 1 / value("R11") / (1 / value("R11") + 1 / value("R12") + 1 / value("R13"))
    for battery, sense, kilowatts, _, sense_mv in table("manual/wiring.md", "battery power up to"):
        milliamperes = full_scale_ma * value("R5") / number(sense)
        watts = milliamperes / 1000 * CT_RATIO * MAINS_V
        assert number(kilowatts) == pytest.approx(watts / 1000, rel=0.01)
        assert number(battery) * 1200 <= watts * USABLE
        assert number(sense_mv) == pytest.approx(number(sense) * divider, rel=0.005)


def test_what_a_phase_error_costs():
    for degrees, factor, reading in table("manual/calibration.md", "phase error"):
        cosine = math.cos(math.radians(number(degrees)))
        assert number(factor) == pytest.approx(cosine, abs=6e-5)
        assert number(reading) == pytest.approx(100 * (cosine - 1), rel=0.4, abs=0.006)


def test_a_degree_is_1_5_percent_where_commissioning_looks():
    moved = math.cos(math.radians(59)) - math.cos(math.radians(60))
    assert 100 * moved == pytest.approx(1.5, abs=0.03)
    source = (ROOT / "firmware" / "signal" / "calibrate.py").read_text()
    assert "TEST_LEAD_DEG = 60" in source, "docs/manual/calibration.md says so too"


def test_the_divider_for_other_transformers():
    for unloaded, resistor in table("hardware-mains.md", "U unloaded"):
        top = value("R21") + value("R22")
        wanted = top / (number(unloaded) * 361.4 / MAINS_V - 1)
        assert number(resistor) * 1000 == pytest.approx(wanted, rel=0.03)


def test_the_bias_is_1_3_v():
    assert 3.3 * value("R36") / (value("R35") + value("R36")) == pytest.approx(1.3, abs=0.01)


def test_the_module_s_coupling_leads_by_3_7_degrees():
    lead = math.degrees(math.atan(1 / (2 * math.pi * 50 * value("C37") * value("R23"))))
    assert lead == pytest.approx(3.7, abs=0.1)
    assert "leads by 3.7°" in (DOCS / "hardware-mains.md").read_text()


def test_readback_rests_at_1_14_v_and_passes_half():
    legs = [1 / value(ref) for ref in ("R11", "R12", "R13")]
    assert 3.3 * legs[1] / sum(legs) == pytest.approx(1.14, abs=0.01)
    assert legs[0] / sum(legs) == pytest.approx(0.5, abs=0.005)


def test_bias_resistors_hold_the_idle_line_above_200_mv():
    volts = 5 * 60 / (value("R44") + value("R45") + 60)
    assert volts == pytest.approx(0.211, abs=0.002)


def test_the_inrush_is_bounded():
    assert 60 / value("R61") < 13


def test_two_kilowatts_are_3_48_milliampere():
    current_a = 2000 / MAINS_V / CT_RATIO
    assert current_a == pytest.approx(3.48e-3, rel=1e-3)
    assert "3.48 mA ± 2 %" in (DOCS / "manual" / "first-builder.md").read_text()
