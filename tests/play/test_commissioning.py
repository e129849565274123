"""A stage that is 8 % and 15° off, made right from what the Zappi shows, on the virtual board."""

import json

from pytest import approx

from tests.play.test_run import running  # noqa: F401  fixture

SETTLED = 9  # snapshots, one a second: the ring, then the Zappi's own mean over five


def rested(running):  # noqa: F811
    """What the Zappi shows when the number rests."""
    seen = []
    return running.until(lambda now: seen.append(now) or len(seen) > SETTLED)


def test_from_wrong_to_right_with_three_readings(running):  # noqa: F811
    def calibrate(**values):
        return json.loads(running.ask("/api/calibrate", values))

    running.type("battery 1500")
    running.until(lambda now: now["because"] == "following")
    running.ask("/api/settings", {"full_scale_ma": 22.866 / 1.08, "lag_deg": 4.02 - 15})
    running.ask("/api/hold", {"watts": "2000", "minutes": 10})
    before = rested(running)
    assert before["zappi_w"] == approx(2000 * 1.08 * 0.966, rel=0.02)
    plain = f"{before['zappi_w']:.0f}"
    calibrate(watts=plain, pf=f"{abs(before['pf']):.2f}")
    lead = rested(running)
    found = calibrate(watts=plain, lead_watts=f"{lead['zappi_w']:.0f}")
    assert found["factor"] == approx(1.08, rel=0.01)
    assert found["off_deg"] == approx(-15, abs=1)
    after = rested(running)
    assert after["zappi_w"] == approx(2000, rel=0.01)
    assert abs(after["pf"]) >= 0.999
    assert calibrate(compare=True, watts=f"{after['zappi_w']:.0f}", date="2026-11-23")["compared"]
    running.until(lambda now: now["because"] == "following")
    assert after["underruns"] == 0
