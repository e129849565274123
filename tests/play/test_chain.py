"""From register to Zappi: the real firmware on the virtual board, judged on what its pin sent."""

import subprocess
import sys

import pytest

from tests.runs import play
from tools.micropython import ROOT

FROM_S, TO_S = 5.0, 12.0  # "after 5 s"


def following(battery_w, hz=50.0, more=""):
    return play(
        f"duration_s = 12.0\n[mains]\nhz = {hz}\n[inverter]\nbattery_w = {battery_w}.0\n{more}"
    )


@pytest.mark.parametrize("hz", [50.0, 49.85])
@pytest.mark.parametrize("battery_w", [3000, -3000, 100])
def test_the_zappi_reads_the_battery_with_its_sign(battery_w, hz):
    run = following(battery_w, hz)
    allowed = max(0.01 * abs(battery_w), 5)
    assert run.watts(FROM_S, TO_S) == pytest.approx(battery_w, abs=allowed)
    assert run.pf(FROM_S, TO_S) >= 0.995
    assert run.result["zappi_w"] == pytest.approx(battery_w, abs=allowed)
    assert abs(run.result["pf"]) >= 0.995


@pytest.mark.parametrize("hz", [50.0, 49.85])
def test_an_idle_battery_reads_as_nothing(hz):
    run = following(0, hz)
    assert abs(run.watts(FROM_S, TO_S)) < 2
    assert abs(run.result["zappi_w"]) < 2


def test_swapped_ct_wires_are_turned_round_by_a_setting():
    run = following(1500, more="[settings]\ninvert = true\n")
    assert run.watts(FROM_S, TO_S) == pytest.approx(-1500, abs=15)


def test_first_current_comes_soon_and_never_before_lock_and_reading():
    run = following(3000)
    assert run.result["first_current_s"] <= 5
    assert run.result["first_current_s"] >= run.locked_s()
    assert all(run.current_w(at / 10) < 7 for at in range(1, int(run.locked_s() * 10)))


def test_no_current_before_the_first_reading():
    run = play("duration_s = 9.0\n[inverter]\nbattery_w = 2000.0\nsilent = [[0.0, 4.0]]\n")
    assert run.locked_s() < 2
    assert all(run.current_w(at / 10) < 7 for at in range(1, 40))
    assert run.reasons()[1][1] == "no reading yet"
    assert run.watts(8.0, 9.0) == pytest.approx(2000, abs=20)


def test_no_current_before_the_mains_is_locked():
    run = play(
        "duration_s = 9.0\n[mains]\ndropouts = [[0.0, 4.0]]\n[inverter]\nbattery_w = 2000.0\n"
    )
    assert all(run.current_w(at / 10) < 7 for at in range(1, 42))
    assert run.reasons()[0][1] == "no mains lock"
    assert run.watts(8.0, 9.0) == pytest.approx(2000, abs=20)


def test_a_silent_inverter_is_held_ten_seconds_then_ramped_to_zero_in_two():
    run = play("duration_s = 24.0\n[inverter]\nbattery_w = 2000.0\nsilent = [[8.0, 24.0]]\n")
    assert run.watts(12.0, 17.0) == pytest.approx(2000, abs=20)
    assert 0 < run.watts(18.0, 20.0) < 1900
    assert max(run.current_w(at / 10) for at in range(202, 239)) < 10
    silent = [words for _, words in run.reasons() if words.startswith("inverter silent for ")]
    assert silent
    assert run.statuses[-1]["because"].startswith("inverter silent for 1")


def test_lost_mains_silences_the_output_within_three_tenths_of_a_second():
    run = play(
        "duration_s = 12.0\n[mains]\ndropouts = [[8.0, 9.5]]\n[inverter]\nbattery_w = 2000.0\n"
    )
    assert run.current_w(7.9) == pytest.approx(2000, rel=0.02)
    assert max(run.current_w(at / 100) for at in range(830, 950, 4)) < 10
    assert any(words == "no mains lock" and 8 < t < 8.4 for t, words in run.reasons())
    assert run.watts(11.5, 12.0) == pytest.approx(2000, abs=20)


def test_clients_that_poll_the_page_cost_no_block_in_ten_minutes():
    text = "duration_s = 600.0\n[inverter]\nbattery_w = 2500.0\n"
    run = play(text, visitors=2)
    assert run.result["visits"] > 1000
    assert run.result["underruns"] == 0
    assert run.result["zero_words"] == 0
    assert run.watts(590.0, 600.0) == pytest.approx(2500, abs=25)


def test_a_hold_from_the_console_is_shown_and_ends_by_itself():
    run = play(
        "duration_s = 22.0\n[inverter]\nbattery_w = 500.0\n"
        '[[console]]\nat_s = 5.0\nline = "hold -2000 0.2"\n'
    )
    assert run.watts(7.0, 16.5) == pytest.approx(-2000, abs=20)
    assert run.watts(18.0, 22.0) == pytest.approx(500, abs=5)
    assert any(
        words.startswith("holding -2000 W for calibration (0:1") for _, words in run.reasons()
    )


def test_muting_from_the_console_silences_at_once():
    run = play(
        "duration_s = 10.0\n[inverter]\nbattery_w = 2000.0\n"
        '[[console]]\nat_s = 6.0\nline = "mute"\n'
    )
    assert run.current_w(5.8) == pytest.approx(2000, rel=0.02)
    assert max(run.current_w(at / 100) for at in range(630, 990, 4)) < 10
    assert run.reasons()[-1][1] == "muted by user"


def test_the_limit_setting_limits_both_directions():
    for battery_w, shown in ((3000, 1000), (-3000, -1000)):
        run = following(battery_w, more="[settings]\nlimit_w = 1000\n")
        assert run.watts(FROM_S, TO_S) == pytest.approx(shown, abs=10)
        assert run.statuses[-1]["because"].startswith("limited to ")


def test_more_than_the_stage_can_do_is_limited_and_said():
    run = following(9000, more='[analog]\nstage = "prototype"\n')
    assert run.watts(FROM_S, TO_S) == pytest.approx(0.94 * 7.27 * 2.5 * 230, rel=0.01)
    assert run.pf(FROM_S, TO_S) > 0.995
    assert run.statuses[-1]["because"].startswith("limited to 3")
    assert run.statuses[-1]["faults"]["limit"].startswith("the output stage shows no more than 39")


@pytest.mark.parametrize("generation", ["magnitude", "signed", "dead_flags"])
def test_no_generation_of_inverter_firmware_gives_a_wrong_sign(generation):
    text = (
        "duration_s = 20.0\n[inverter]\n"
        "battery_w = [[0.0, 1500.0], [8.0, 1500.0], [8.0, -1500.0]]\n"
        f'generation = "{generation}"\n'
    )
    run = play(text)
    assert run.watts(5.0, 7.5) in (pytest.approx(1500, abs=15), pytest.approx(0, abs=2))
    assert run.watts(12.0, 20.0) in (pytest.approx(-1500, abs=15), pytest.approx(0, abs=2))
    if generation != "dead_flags":
        assert run.watts(5.0, 7.5) > 1480
        assert run.watts(12.0, 20.0) < -1480


def test_pauses_spikes_and_lost_timer_ticks_glitch_no_cycle():
    quiet = following(2000)
    run = play(
        "duration_s = 12.0\n[inverter]\nbattery_w = 2000.0\n"
        "[board]\npauses = [[6.0, 30.0], [7.0, 25.0], [8.5, 30.0]]\n"
        "[board.adc]\nspike_prob = 0.01\n[board.timer]\ndrop_prob = 0.002\ndrop_run = 10\n"
    )
    assert run.result["underruns"] == 0
    assert quiet.result["underruns"] == 0
    for w in run.meter.windows(FROM_S, TO_S, cycles=1):
        assert w.watts == pytest.approx(2000, rel=0.01)


def test_the_same_scenario_and_seed_give_the_same_bytes(tmp_path):
    scenario = tmp_path / "short.toml"
    scenario.write_text("duration_s = 3.0\nseed = 7\n[inverter]\nbattery_w = 800.0\n")
    streams = []
    for name in ("one", "two"):
        command = [sys.executable, "-m", "tools.play.sim", str(scenario), str(tmp_path / name)]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        streams.append((tmp_path / name / "stream.bin").read_bytes())
    assert len(streams[0]) == 3 * 25_000 * 4
    assert streams[0] == streams[1]


def test_a_scenario_that_cannot_be_is_refused_with_its_line(tmp_path):
    scenario = tmp_path / "bad.toml"
    scenario.write_text('duration_s = 3.0\n[inverter]\nbattery_w = "much"\n')
    command = [sys.executable, "-m", "tools.play.sim", str(scenario), str(tmp_path / "out")]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode != 0
    assert "bad.toml:3: inverter.battery_w" in done.stderr
