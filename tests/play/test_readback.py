"""The second channel: a loop that is trimmed, or a fault that is named, never a worse output."""

import pytest

from firmware.device.settings_table import STAGE_NUMBERS, STAGES
from tests.runs import play

HEAD = "duration_s = 16.0\n[inverter]\nbattery_w = 2000.0\n"
READ = "[analog]\nreadback = true\n"
WIRED = HEAD + READ
FULL = HEAD.replace("2000.0", "4000.0")  # enough to be trimmed by
OFF_CALIBRATION = "[settings]\nsense_trim_pct = 100.0\ngain_trim_pct = 101.5\nlag_deg = 3.32\n"


def errors(run, from_s=10.0, to_s=16.0, battery_w=2000):
    """(ratio error %, phase displacement minutes), means over windows."""
    windows = run.meter.windows(from_s, to_s)
    ratio = sum(w.ratio_error_pct(battery_w) for w in windows) / len(windows)
    return ratio, sum(w.phase_min(battery_w) for w in windows) / len(windows)


def faults(run):
    """(t_s, words) of every readback fault."""
    return [
        (e["t_s"], e.get("words", "over"))
        for e in run.events
        if e["event"].startswith("fault") and e["about"] == "readback"
    ]


def test_a_drifted_stage_is_trimmed_into_class_0_1():
    ratio, phase = errors(play(FULL + OFF_CALIBRATION), battery_w=4000)
    assert ratio == pytest.approx(1.5, abs=0.1)
    assert phase == pytest.approx(-42, abs=3)
    ratio, phase = errors(play(FULL + READ + OFF_CALIBRATION), battery_w=4000)
    assert abs(ratio) < 0.1
    assert abs(phase) < 5


def test_both_directions_are_trimmed():
    text = (WIRED + OFF_CALIBRATION).replace("2000.0", "-4000.0")
    ratio, phase = errors(play(text), battery_w=-4000)
    assert abs(ratio) < 0.1
    assert abs(phase) < 5


@pytest.mark.parametrize(("battery_w", "offset_w"), [(3000, 1500), (-3000, -1500)])
def test_a_margin_is_trimmed_along_with_the_power_it_is_added_to(battery_w, offset_w):
    text = FULL.replace("4000.0", f"{battery_w}.0") + READ + OFF_CALIBRATION
    run = play(text + f"offset_w = {offset_w}\n")
    ratio, phase = errors(run, battery_w=battery_w + offset_w)
    assert abs(ratio) < 0.1
    assert abs(phase) < 5
    assert not faults(run)
    assert run.statuses[14]["offset_w"] == offset_w


def test_an_open_loop_is_named_where_only_the_margin_flows():
    text = HEAD.replace("2000.0", "0.0") + READ + "open = [[6.0, 16.0]]\n"
    ((named_s, words),) = faults(play(text + "[settings]\noffset_w = 1500\n"))
    assert 6 < named_s <= 9
    assert words.startswith("CT loop open")


def test_an_open_loop_is_named_within_three_seconds_and_forgotten_when_closed():
    run = play(WIRED + "open = [[6.0, 11.0]]\n")
    (named_s, words), (over_s, _) = faults(run)
    assert 6 < named_s <= 9
    assert words.startswith("CT loop open")
    assert 11 < over_s <= 14
    assert run.statuses[8]["readback"]["verdict"] == "CT loop open"


RESTLESS = (
    "duration_s = 16.0\n[inverter]\nbattery_w = [[0, 1500], [16, 3000]]\n"
    "[settings]\npoll_s = 0.3\n[analog]\nreadback = true\n"
)


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("open = [[6.0, 16.0]]\n", "CT loop open"),
        ("sense_gain = [[0.0, 1.0], [6.0, 1.0], [6.0, 0.8]]\n", "readback disagrees"),
    ],
)
def test_a_power_that_never_rests_hides_nothing(what, words):
    named = faults(play(RESTLESS + what))
    assert 6 < named[0][0] <= 9
    assert named[0][1].startswith(words)


def test_a_power_that_never_rests_is_no_fault_itself():
    assert not faults(play(RESTLESS))


def test_a_sense_channel_that_lies_is_named_and_left_out():
    run = play(WIRED + "sense_gain = [[0.0, 1.0], [6.0, 1.0], [6.0, 0.8]]\n")
    named_s, words = faults(run)[0]
    assert 6 < named_s <= 9
    assert words.startswith("readback disagrees: -")
    ratio, phase = errors(run)
    assert abs(ratio) < 0.2
    assert abs(phase) < 10


def test_a_dead_sense_channel_leaves_the_output_as_it_is_without_one():
    run = play(WIRED + "sense_gain = 0.0\n")
    assert faults(run)[0][1].startswith("CT loop open")
    ratio, phase = errors(run)
    assert abs(ratio) < 0.2
    assert abs(phase) < 10


def test_a_small_current_in_the_converters_noise_is_no_disagreement():
    power = FULL.replace("16.0", "14.0").replace("4000.0", "[[0, 4000], [6, 4000], [6, 300]]")
    noise = "[board.adc]\nnoise_mv = 10.0\n[settings]\nsense_trim_pct = 100.0\n"
    run = play(power + READ + noise)
    assert not faults(run)
    assert run.statuses[-1]["readback"]["verdict"] == "good"


def test_clipping_is_named():
    stage = '[analog]\nreadback = true\n[analog.stage]\nbase = "prototype"\nburden_ohm = 1700.0\n'
    power = "battery_w = [[0, 1000], [6, 1000], [6, 3500]]"
    run = play(HEAD.replace("battery_w = 2000.0", power) + stage)
    named_s, words = faults(run)[0]
    assert 6 < named_s <= 9 + 1  # the new power is first read at the next poll
    assert words.startswith("clipping")


def test_without_the_setting_nothing_is_judged():
    run = play(WIRED + "[settings]\nreadback = false\n")
    assert run.statuses[-1]["readback"] is None
    assert not faults(run)


def test_switched_on_and_off_while_running_it_comes_and_goes():
    switched = "[settings]\nreadback = false\n" + "".join(
        f'[[console]]\nat_s = {at_s}\nline = "settings readback {to}"\n'
        for at_s, to in ((4.0, "on"), (10.0, "off"))
    )
    readbacks = [status["readback"] for status in play(WIRED + switched).statuses]
    assert readbacks[3] is None
    assert readbacks[9]["verdict"] == "uncalibrated"
    assert readbacks[12] is None


def test_an_uncalibrated_channel_trims_nothing_and_a_calibration_makes_it_good():
    raw = FULL + READ + "sense_gain = 1.06\n"
    run = play(raw)
    assert run.statuses[-1]["readback"]["verdict"] == "uncalibrated"
    assert abs(errors(run, battery_w=4000)[0]) < 0.3
    found_pct = run.statuses[-1]["readback"]["gain_error_pct"]
    assert found_pct == pytest.approx(6.0, abs=0.3)
    trim = f"[settings]\nsense_trim_pct = {100 / (1 + found_pct / 100):.3f}\n"
    run = play(raw + trim + "gain_trim_pct = 101.5\n")
    assert run.statuses[-1]["readback"]["verdict"] == "good"
    assert abs(errors(run, battery_w=4000)[0]) < 0.3


def typed(at_s, line):
    """A scenario's piece that types a line at the console."""
    return f'[[console]]\nat_s = {at_s}\nline = "{line}"\n'


def test_sense_calibrates_the_channel_in_the_held_power_that_is_right():
    raw = FULL.replace("16.0", "30.0").replace("4000.0", "[[0, 4000], [14, 4000], [14, -3500]]")
    run = play(raw + READ + "sense_gain = 1.06\n" + typed(9.0, "sense"))
    console = (run.folder / "console.txt").read_text()
    assert "It is used from now on." in console
    trim_pct = float(console.split("The sense channel: ")[1].split(" %")[0])
    assert trim_pct == pytest.approx(100 / 1.06, rel=1.5e-3)
    verdicts = [status["readback"]["verdict"] for status in run.statuses]
    assert verdicts[8] == "uncalibrated" and verdicts[-1] == "good"
    ratio, phase = errors(run, 24.0, 30.0, battery_w=-3500)
    assert abs(ratio) < 0.15
    assert abs(phase) < 6


def test_sense_without_a_steady_power_says_what_is_missing():
    run = play(FULL.replace("16.0", "4.0") + READ + typed(3.0, "sense"))
    assert "hold a power for 5 s first" in (run.folder / "console.txt").read_text()
    run = play(
        FULL.replace("16.0", "4.0") + "[settings]\nreadback = false\n" + typed(3.0, "sense")
    )
    assert "the readback is off" in (run.folder / "console.txt").read_text()


def test_behind_a_mains_input_that_lags_it_agrees_at_other_frequencies_too():
    numbers = dict(zip(STAGE_NUMBERS, STAGES["board_zmpt"], strict=True))
    board = "".join(f"{name} = {value}\n" for name, value in numbers.items())
    run = play(
        FULL.replace("16.0", "36.0")
        + "[mains]\nhz = [[0, 50], [12, 50], [18, 53]]\n"
        + READ
        + 'sensing = "reference"\nsense_gain = 1.06\n'
        + '[settings]\nstage = "board_zmpt"\n'
        + board
        + typed(9.0, "sense")
    )
    assert not faults(run)
    assert run.statuses[-1]["readback"]["verdict"] == "good"
    ratio, phase = errors(run, 10.0, 12.0, battery_w=4000)  # at 9 s it rests for what is stored
    later_ratio, later_phase = errors(run, 30.0, 36.0, battery_w=4000)
    assert later_ratio == pytest.approx(ratio, abs=0.12)
    assert later_phase == pytest.approx(phase, abs=6)
