"""The netlists against the simulated plant and the device's defaults, and what they promise."""

import shutil

import numpy as np
import pytest

from firmware.device.settings import DEFAULTS
from tools.plant.analog import Stage

if not shutil.which("ngspice"):
    pytest.skip("ngspice is not installed (apt-get install ngspice)", allow_module_level=True)

from tools.analog import decks
from tools.analog.__main__ import BEGIN, DOCUMENT, END, LOADS, STAGES, measure, rows


@pytest.fixture(scope="module")
def numbers():
    return {stage: measure(stage) for stage in STAGES}


@pytest.mark.parametrize("stage", STAGES)
def test_netlist_and_plant_are_the_same_stage_from_10_hz_to_10_khz(stage):
    hz, gain = decks.ac(stage, low_hz=10.0, high_hz=10e3, per_decade=10)
    wanted = Stage.named(stage).response(hz)
    assert 1e3 * np.abs(gain) == pytest.approx(np.abs(wanted), rel=3e-3)
    assert np.degrees(np.angle(1e3 * gain / wanted)) == pytest.approx(0, abs=1.5)


@pytest.mark.parametrize("stage", STAGES)
def test_netlist_and_plant_agree_at_mains_frequency(numbers, stage):
    plant = Stage.named(stage)
    assert numbers[stage]["full_scale_ma"] == pytest.approx(plant.full_scale_ma, rel=2e-4)
    assert numbers[stage]["lag_deg"] == pytest.approx(plant.lag_deg, abs=0.02)
    lag, gain = plant.slopes
    assert numbers[stage]["lag_slope_deg_per_hz"] == pytest.approx(lag, abs=1e-3)
    assert numbers[stage]["gain_slope_pct_per_hz"] == pytest.approx(gain, abs=5e-3)


def test_the_settings_defaults_are_the_prototypes_numbers(numbers):
    found = numbers["prototype"]
    assert DEFAULTS.full_scale_ma == pytest.approx(found["full_scale_ma"], rel=1e-3)
    assert DEFAULTS.lag_slope_deg_per_hz == pytest.approx(found["lag_slope_deg_per_hz"], abs=0.01)
    assert DEFAULTS.gain_slope_pct_per_hz == pytest.approx(
        found["gain_slope_pct_per_hz"], abs=0.01
    )
    # Besides the stage the default knows of the mains transformer and the converter, if anything.
    assert DEFAULTS.lag_deg == pytest.approx(found["lag_deg"], abs=0.5)


def test_the_reference_drives_120_percent_of_40_a_into_100_ohm(numbers):
    assert numbers["reference"]["compliance_ma"]["100"] > 1.2 * 16.0
    assert numbers["reference"]["full_scale_ma"] * 0.94 > 1.2 * 16.0


def test_nothing_on_the_cable_makes_it_oscillate(numbers):
    assert len(LOADS) == 12
    for stage in STAGES:  # measure() raises if one never rests
        assert numbers[stage]["overshoot_pct"] < 10


def test_a_short_is_survived_and_an_open_cable_stays_within_the_rails(numbers):
    assert numbers["reference"]["short_ma"] < 80
    assert numbers["reference"]["open_v"] < 5.0


def test_a_floating_pin_makes_no_current_on_the_prototype(numbers):
    assert abs(numbers["prototype"]["events"]["floating"]["peak_ma"]) < 0.001


def test_the_ripple_at_idle_stays_below_a_thousandth_of_full_scale(numbers):
    for stage in STAGES:
        assert numbers[stage]["ripple_rms_ua"] < numbers[stage]["full_scale_ma"]


def test_the_document_shows_these_numbers(numbers):
    shown = DOCUMENT.read_text().split(BEGIN)[1].split(END)[0].strip()
    assert shown == rows(numbers), "make analog writes it anew"
