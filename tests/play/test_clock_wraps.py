"""The board's clocks wrap (µs every 17.9 minutes, ms every 12.4 days) and nothing changes.

Each run starts its clocks so that they wrap, or pass half of their range, on the way.
"""

import json

import pytest

from tools.plant import scenario
from tools.play import sim

WRAP = 2**30
US, MS = 1_000_000, 1_000
ANYWHERE = 123_456_789  # far from any border for the length of a run


def run(folder, us_start=ANYWHERE, ms_start=ANYWHERE, **changes):
    """(result, events, stream as bytes) of 12 s with a battery that discharges at 3 kW."""
    board = {"ticks_us_start": round(us_start), "ticks_ms_start": round(ms_start)}
    plan = {"duration_s": 12.0, "inverter": {"battery_w": 3000.0}, "board": board, **changes}
    found = sim.run(scenario.from_dict(plan), folder, keep_mains=False)
    events = [json.loads(line) for line in (folder / "events.jsonl").open()]
    return found, events, (folder / "stream.bin").read_bytes()


@pytest.fixture(scope="module")
def usual(tmp_path_factory):
    """The run whose clocks pass no border."""
    return run(tmp_path_factory.mktemp("usual"))


@pytest.mark.parametrize(
    "border, at_s",
    [(WRAP, 0.5), (WRAP, 9.5), (WRAP // 2, 9.5)],
    ids=["wrap-while-seeking", "wrap-while-following", "half-while-following"],
)
def test_the_zappi_reads_the_battery_across_the_border(tmp_path, usual, border, at_s):
    """Both clocks pass the border within 20 ms of each other, in the 5 s that the Zappi averages
    or before the first lock."""
    found, events, stream = run(tmp_path, border - at_s * US, border - (at_s + 0.02) * MS)
    assert found["zappi_w"] == pytest.approx(3000, rel=0.01)
    assert found["pf"] >= 0.995
    assert (found["underruns"], found["zero_words"], found["faults"]) == (0, 0, {})
    assert [e["state"] for e in events if e["event"] == "mains"] == ["settling", "locked"]
    assert stream == usual[2], "the very same pulses as far from any border"


def test_a_silent_inverter_is_let_go_in_time_across_the_border(tmp_path_factory):
    """Silent from 4 s on, the last answer counts for 3 s; the clocks wrap on the way to zero."""
    plan = {
        "inverter": {"battery_w": 3000.0, "silent": [[4.0, 12.0]]},
        "settings": {"stale_s": 3.0},
    }
    plain = run(tmp_path_factory.mktemp("plain"), **plan)
    for at_s in (5.0, 7.6):
        folder = tmp_path_factory.mktemp("wrapped")
        found, events, stream = run(folder, WRAP - at_s * US, WRAP - at_s * MS, **plan)
        assert stream == plain[2]
        assert [e for e in events if e["event"] == "reason"] == [
            e for e in plain[1] if e["event"] == "reason"
        ]
        statuses = [json.loads(line) for line in (folder / "status.jsonl").open()]
        assert statuses[-1]["because"].startswith("inverter silent")
        assert statuses[-1]["ct"]["commanded_w"] == 0


def test_a_hold_ends_in_time_across_the_border(tmp_path):
    """Six seconds of 2 kW from 3 s on, the wrap of the milliseconds at 6 s."""
    found, events, _ = run(
        tmp_path, ms_start=WRAP - 6 * MS, console=[{"at_s": 3.0, "line": "hold 2000 0.1"}]
    )
    reasons = [(e["because"].split()[0], e["t_s"]) for e in events if e["event"] == "reason"]
    begun = next(t_s for word, t_s in reasons if word == "holding")
    ended = next(t_s for word, t_s in reasons if word == "following" and t_s > begun)
    assert ended - begun == pytest.approx(6.0, abs=0.25)
    assert found["underruns"] == 0
