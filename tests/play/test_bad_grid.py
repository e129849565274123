"""What a bad grid does: no wrong sign for long, no silence for ever, no quiet numbers."""

import pytest

from tests.runs import play

POWER = "[inverter]\nbattery_w = 3000.0\n"


def powers(run, from_s, to_s):
    """The current along the voltage as power, cycle by cycle."""
    cycles = run.meter.windows(from_s, to_s, cycles=1)
    return [(w.volts.conjugate() * w.amps).real for w in cycles]


@pytest.mark.parametrize("degrees", [-30, 30])
def test_a_jump_of_30_degrees_never_turns_the_sign(degrees):
    run = play(f"duration_s = 7.0\n{POWER}[mains]\nphase_steps = [[4.0, {degrees}.0]]\n")
    assert min(powers(run, 3.5, 6.5)) > 2000
    assert run.watts(3.7, 4.7) == pytest.approx(3000, rel=0.05)
    assert min(powers(run, 4.5, 6.5)) > 2910


def test_a_turn_round_is_silent_as_soon_as_the_ring_has_played():
    run = play(f"duration_s = 7.0\n{POWER}[mains]\nphase_steps = [[4.0, 180.0]]\n")
    wrong = [power for power in powers(run, 3.9, 6.5) if power < -60]
    assert 0 < len(wrong) <= 5
    assert min(powers(run, 4.5, 6.5)) > 2910


def test_a_frequency_that_swings_wildly_leaves_no_dead_sampler():
    hz = "[[0, 50], [3, 50], [3.3, 54], [3.6, 46], [3.9, 53], [4.2, 47], [4.5, 50]]"
    steps = "[[3.4, 140.0], [3.9, -100.0], [4.3, 170.0]]"
    run = play(f"duration_s = 8.0\n{POWER}[mains]\nhz = {hz}\nphase_steps = {steps}\n")
    assert run.watts(6.0, 7.8) == pytest.approx(3000, rel=0.01)
    assert run.result["violations"] == {}


def test_a_mains_that_comes_back_from_a_brownout_in_another_phase_is_followed_at_once():
    volts = "[[0, 230], [4, 230], [4.5, 70], [4.6, 70], [4.6, 230]]"
    grid = f"[mains]\nvolts = {volts}\nphase_steps = [[4.6, 150.0]]\n"
    run = play(f"duration_s = 7.0\n{POWER}{grid}")
    assert min(powers(run, 5.1, 6.5)) > 2910


def test_a_mains_input_that_is_cut_off_is_a_fault_and_silence():
    run = play(f"duration_s = 5.0\n{POWER}[board.adc]\nbias_mv = 2600.0\n")
    assert run.statuses[-1]["faults"]["mains input"].startswith("the mains input is cut off")
    assert max(map(abs, powers(run, 3.0, 4.8))) < 10


def test_a_waveform_that_no_mains_has_is_a_fault_and_silence():
    square = ", ".join(f"[{n}, {100 / n:.2f}, 0.0]" for n in range(3, 26, 2))
    run = play(f"duration_s = 8.0\n{POWER}[mains]\nharmonics = [{square}]\n")
    assert run.statuses[-1]["faults"]["mains input"].startswith("this waveform is no mains")
    assert max(map(abs, powers(run, 2.5, 7.8))) < 10
    named = [e["t_s"] for e in run.events if e["event"].startswith("fault")]
    assert len(named) == 1 and named[0] < 2.0
    assert len([e for e in run.events if e["event"] == "mains"]) <= 4


def test_volts_far_from_those_at_commissioning_are_said():
    run = play(f"duration_s = 14.0\n{POWER}[mains]\nvolts = 190.0\n")
    assert run.statuses[-1]["faults"]["mains volts"].startswith("190 V, 230 V at commissioning")
    assert run.statuses[-1]["because"] == "following"
