"""The whole board behind an inverter that says the wrong thing, and beside another master."""

from pytest import approx

from tests.runs import play

STUCK = """
duration_s = 46.0
[inverter]
battery_w = [[0.0, 2000.0], [20.0, 2000.0], [20.0, -1500.0]]
lines = [[0.0, "pv 3000"], [15.0, "flags discharging"]]
"""
FOLLOWED = """
duration_s = 40.0
[inverter]
battery_w = [[0.0, 2000.0], [20.0, 2000.0], [20.0, -1500.0]]
others = [["sungrow_sh_k", 2, 500.0]]
master = [[3.0, 13000, 2], [3.0, 13019, 4]]
[settings]
listen = true
"""


def test_flags_that_stuck_against_the_balance_end_in_silence_and_words():
    run = play(STUCK)
    assert run.watts(10, 18) == approx(2000, abs=20)
    assert abs(run.current_w(40)) < 15
    assert all(run.current_w(at_s) < 15 for at_s in range(30, 45, 3))
    because = dict((words, at_s) for at_s, words in run.reasons())
    words = next(words for words in because if "witnesses contradict" in words)
    assert "energy balance says charging" in words and because[words] < 24
    logged = [event for event in run.events if event["event"] == "contradiction"]
    assert [(event["w13021"], event["pv_w"]) for event in logged] == [(1500, 3000)]


def test_another_masters_reads_are_followed_without_a_word():
    run = play(FOLLOWED)
    assert run.watts(12, 20) == approx(2000, abs=20)
    assert run.watts(28, 38) == approx(-1500, abs=20)
    assert run.statuses[-1]["inverter"]["requests"] == 0
    assert [words for _, words in run.reasons()][-1] == "following"
