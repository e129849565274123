"""Scenario files: what is read, what is refused, and with which words."""

from dataclasses import FrozenInstanceError, fields, is_dataclass

import numpy as np
import pytest

from tools.plant import scenario
from tools.plant.profile import Profile
from tools.plant.scenario import ScenarioError, parse


def test_an_empty_file_is_half_a_minute_of_quiet_grid_and_idle_battery():
    quiet = parse("")
    assert quiet.duration_s == 30.0
    assert quiet.mains.volts.at(12.0) == 230.0
    assert quiet.mains.hz.at(12.0) == 50.0
    assert quiet.inverter.battery_w.at(12.0) == 0.0
    assert quiet.inverter.delay_ms == (5.0, 40.0)
    assert quiet.board.adc.noise_mv == 4.0
    assert quiet.analog.stage == "reference"
    assert dict(quiet.settings) == {}


def test_every_key_of_the_contract_is_taken():
    full = parse("""
        duration_s = 60
        seed = 7
        [mains]
        volts = [[0.0, 230.0], [10.0, 230], [10.0, 207.0]]
        hz = 49.85
        harmonics = [[3, 2.5, 180.0], [5, 3.0, 0.0]]
        dropouts = [[12.0, 12.5]]
        [inverter]
        profile = "sungrow_sh_k"
        battery_w = [[0, 0.0], [5, 3000]]
        soc_pct = 55
        delay_ms = [5, 40.0]
        silent = [[20.0, 40.0]]
        errors = { corrupt = 0.1, lost = 0.2, late = 0.3 }
        generation = "dead_flags"
        [board]
        adc = { bias_mv = 1600, noise_mv = 5, inl_pct = 1, spike_prob = 0.01, spike_mv = 300 }
        timer = { jitter_us = 100, drop_prob = 0.1 }
        pauses = [[10.0, 25.0]]
        gc = { every_s = 2, pause_ms = 30 }
        ticks_us_start = 1073741823
        ticks_ms_start = 1
        [analog]
        stage = { R7 = 4700, C4 = 1e-7 }
        readback = true
        [settings]
        lag_deg = 3
        [[console]]
        at_s = 9
        line = "release"
        [[console]]
        at_s = 5.0
        line = "hold 2000 1"
    """)
    assert full.mains.volts.at(np.array([9.999, 10.0])).tolist() == [230.0, 207.0]
    assert full.mains.harmonics[0] == (3, 2.5, 180.0)
    assert full.inverter.battery_w.at(2.5) == 1500.0
    assert full.inverter.errors.late == 0.3
    assert full.board.pauses == ((10.0, 25.0),)
    assert full.analog.stage["R7"] == 4700
    assert full.settings["lag_deg"] == 3.0
    assert [line.at_s for line in full.console] == [5.0, 9.0]


REFUSED = [
    ('[inverter]\nlines = [[1.0, " "]]', "needs one line of text"),
    ('[inverter]\nlines = [[2.0, "pv 1"], [1.0, "pv 2"]]', "before the one ahead of it"),
    ('[inverter]\nothers = [["nonesuch", 2, 0]]', "no inverter nonesuch"),
    ("[inverter]\nmaster = [[5.0, 12999, 200]]", "200 is outside 1 to 110"),
    ("duration_s = -1", "f:1: duration_s: -1 is outside 0.1 to 604800 s"),
    ("duration_s = true", "f:1: duration_s: needs a number, not true"),
    ("seed = 1.5", "f:1: seed: needs a whole number"),
    ("[mains]\nvolts = 'x'", "f:2: mains.volts: needs a number, not 'x'"),
    ("[mains]\nvolts = nan", "f:2: mains.volts: nan is outside"),
    ("[mains]\n\nhz = [[0, 50], [5, 51], [4, 50]]", "f:3: mains.hz: point 3 at 4 s is before"),
    ("[mains]\nhz = [[1, 50], [1, 51], [1, 52]]", "f:2: mains.hz: three points at 1 s"),
    ("[mains]\nhz = []", "f:2: mains.hz: has no points"),
    ("[mains]\nhz = [[0, 50, 1]]", "f:2: mains.hz[0]: needs [t_s, value]"),
    ("[mains]\ndropouts = [[2, 1]]", "f:2: mains.dropouts[0]: ends at 1 s, not after"),
    ("[mains]\ndropouts = [[1, 3], [2, 4]]", "f:2: mains.dropouts[1]: begins at 2 s, before"),
    ("[mains]\nharmonics = [[1, 5, 0]]", "in [order, percent, degrees]: 1 is outside 2 to 250"),
    ("[mains]\nharmonics = [[3, 5, 0], [3, 5, 0]]", "mains.harmonics[1]: order 3 is there twice"),
    ("[mains]\nrecording = 'no.npz'", "f:2: mains.recording: there is no file no.npz"),
    ("[mains]\nrecording = 5", "f:2: mains.recording: needs text, not 5"),
    ("mains = 3", "f:1: mains: needs a table, not 3"),
    ("[mians]", "f:1: mians: unknown key; did you mean mains?"),
    ("[inverter]\nprofile = 'nobody'", "f:2: inverter.profile: no inverter nobody"),
    ("[inverter]\ngeneration = 'new'", "f:2: inverter.generation: 'new' is none of magnitude,"),
    ("[inverter]\ndelay_ms = [40, 5]", "f:2: inverter.delay_ms: from 40 ms is more than to 5 ms"),
    ("[inverter]\nerrors = {lost = 1.5}", "f:2: inverter.errors.lost: 1.5 is outside 0 to 1"),
    ("[inverter.errors]\n#\nlate = -1", "f:3: inverter.errors.late: -1 is outside 0 to 1"),
    ("[board]\nticks_us_start = 1073741824", "f:2: board.ticks_us_start: 1073741824 is outside"),
    ("[board]\nadc = {nois_mv = 1}", "f:2: board.adc.nois_mv: unknown key; did you mean noise_mv"),
    ("[board]\ngc = {every_s = 0}", "f:2: board.gc.every_s: 0 is outside"),
    ("[analog]\nstage = 'mine'", "f:2: analog.stage: 'mine' is none of \"prototype\""),
    ("[analog]\nstage = {R8 = 1}", "f:2: analog.stage: R8 is no part of prototype: R7"),
    ("[analog]\nstage = {R7 = 0}", "f:2: analog.stage: R7 = 0 is impossible"),
    ("[analog]\nreadback = 1", "f:2: analog.readback: needs true or false, not 1"),
    ("[settings]\nprofile = 'nobody'", "f:2: settings.profile: "),
    ("[settings]\nfoo = 1", "f:2: settings.foo: there is no such setting"),
    ("[settings]\nlag_deg = 500", "f:2: settings.lag_deg: give -180 to 180 deg; 500 is not"),
    ("[settings]\nlag_deg = '5'", "f:2: settings.lag_deg: needs a number, not '5'"),
    ("[settings]\ninvert = 1", "f:2: settings.invert: needs true or false, not 1"),
    ("[settings]\npoll_s = 20", "f:2: settings.poll_s: with an answer every 20 s"),
    ("[[console]]\nat_s=1\nline='a'\n[[console]]\nat_s='x'", "f:5: console[1].at_s: needs a numb"),
    ("[[console]]\nat_s = 1", "f:1: console[0].line: is missing"),
    ("[console]\nat_s = 1", "f:1: console: write [[console]] tables"),
    ("\n[mains", "f: not TOML"),
    ("a = \nb = 1", "f:1: not TOML"),
]


@pytest.mark.parametrize(("text", "words"), REFUSED, ids=lambda case: case[:40])
def test_refused_with_file_line_key_and_reason(text, words):
    with pytest.raises(ScenarioError) as refusal:
        parse(text, "f")
    assert words in str(refusal.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ScenarioError, match=r"no_such\.toml: no such file"):
        scenario.load(tmp_path / "no_such.toml")


def test_a_recording_is_found_beside_its_scenario(tmp_path):
    t = np.arange(4000) / 2000
    np.savez(tmp_path / "grid.npz", v=325 * np.sin(2 * np.pi * 50 * t), fs=2000.0)
    (tmp_path / "s.toml").write_text('[mains]\nrecording = "grid.npz"\n')
    loaded = scenario.load(tmp_path / "s.toml")
    assert loaded.mains.recording == tmp_path / "grid.npz"
    assert loaded.mains.volts is None


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"fs": 2000.0}, "has no v inside"),
        ({"v": np.ones(4000)}, "has no fs inside"),
        ({"v": np.ones(40), "fs": 2000.0}, "at least 0.2 s long"),
        ({"v": np.full(4000, np.nan), "fs": 2000.0}, "finite volts"),
        ({"v": np.ones(4000), "fs": 10.0}, "fs must be one number"),
    ],
    ids=["no v", "no fs", "short", "nan", "slow"],
)
def test_a_recording_that_cannot_be_is_refused(tmp_path, arrays, words):
    np.savez(tmp_path / "grid.npz", **arrays)
    with pytest.raises(ScenarioError, match=words):
        parse("[mains]\nrecording = 'grid.npz'", "f", tmp_path)


def test_a_recording_leaves_no_room_for_harmonics(tmp_path):
    with pytest.raises(ScenarioError, match="f:3: mains.harmonics: a recording takes its place"):
        parse("[mains]\nrecording = 'grid.npz'\nharmonics = []", "f", tmp_path)


def _tables(one):
    yield one
    for field in fields(one):
        if is_dataclass(getattr(one, field.name)):
            yield from _tables(getattr(one, field.name))


def test_nothing_in_a_scenario_can_be_changed():
    for table in _tables(parse("")):
        for field in fields(table):
            with pytest.raises(FrozenInstanceError):
                setattr(table, field.name, None)
            assert not isinstance(getattr(table, field.name), list | dict)
    with pytest.raises(AttributeError):
        parse("").mains.volts.values = ()


def test_a_profile_is_linear_with_steps_and_stays_at_its_ends():
    profile = Profile([(1.0, 0.0), (2.0, 10.0), (2.0, 20.0), (4.0, 20.0)])
    assert profile.at(np.array([0.0, 1.5, 2.0, 3.0, 9.0])).tolist() == [0.0, 5.0, 20.0, 20.0, 20.0]


def test_the_integral_of_a_profile_is_exact():
    profile = Profile([(1.0, 50.0), (2.0, 52.0), (2.0, 48.0), (4.0, 48.0)])
    wanted = [-50.0, 0.0, 25.25, 51.0, 99.0, 243.0]
    assert profile.integral(np.array([0.0, 1.0, 1.5, 2.0, 3.0, 6.0])) == pytest.approx(wanted)
