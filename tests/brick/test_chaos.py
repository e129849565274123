"""Ten seeds of chaos; a failing one names the scenario that replays it."""

import pytest

from tools.chaos import __main__ as chaos
from tools.plant import scenario


@pytest.mark.parametrize("seed", range(101, 111))
def test_what_must_hold_holds(seed, monkeypatch):
    monkeypatch.setattr(chaos, "LONGEST_S", 11)
    assert chaos.play(seed) == [], f"replay: make sim SCENARIO=build/chaos/{seed}.toml OUT=…"


def test_a_seed_is_a_scenario_that_a_file_can_hold():
    for seed in range(1, 40):
        text = chaos.as_toml(chaos.scenario_of(seed))
        assert scenario.parse(text) == scenario.from_dict(chaos.scenario_of(seed))
