"""The whole way in a real browser on the virtual board, from first boot to a right reading."""

import pytest
from pytest import approx

from tests import webdriver
from tests.play.test_commissioning import rested
from tests.play.test_run import reads, running  # noqa: F401  fixture


@pytest.fixture
def phone(tmp_path):
    if webdriver.missing():
        pytest.skip(f"{webdriver.missing()} not installed")
    with webdriver.Browser(tmp_path / "browser") as browser:
        yield browser


def slow_down(phone):
    """A phone some years old, at the far end of the house."""
    phone.cdp("Emulation.setCPUThrottlingRate", rate=4)
    phone.cdp("Network.enable")
    slow = {"latency": 100, "downloadThroughput": 100_000, "uploadThroughput": 50_000}
    phone.cdp("Network.emulateNetworkConditions", offline=False, **slow)


def test_a_person_with_a_phone_makes_it_right(running, phone):  # noqa: F811
    taps = []

    def tap(words):
        phone.wait("#way", words)
        phone.run(
            "[...document.querySelectorAll('#way button')]"
            ".find(b => b.textContent === arguments[0]).click()",
            words,
        )
        taps.append(words)

    running.type("battery 1500")
    running.until(lambda now: now["because"] == "following")
    # A stage that is 8 % too strong and 15 degrees late, as nobody knows yet.
    running.ask("/api/settings", {"full_scale_ma": 22.866 / 1.08, "lag_deg": 4.02 - 15})
    slow_down(phone)
    phone.open(f"http://127.0.0.1:{running.http_port}/")
    phone.wait("#way", "The mains is seen")
    tap("Next")
    phone.wait("#way", "The inverter answers: 1500 W")
    tap("Next")
    phone.wait("#way", "discharging with 1500 W")
    tap("Yes, that is so")
    tap("Hold")
    phone.wait("#way", "The Zappi should show about 2000 W")
    seen = rested(running)
    phone.type("#ww", f"{seen['zappi_w']:.0f}")
    phone.type("#wp", f"{abs(seen['pf']):.2f}".replace(".", ","))
    tap("Next")
    phone.wait("#way", "The current is turned by 60° now")
    phone.type("#wl", f"{rested(running)['zappi_w']:.0f}")
    tap("Solve")
    phone.wait("#way", "Solved.")
    right = rested(running)
    assert right["zappi_w"] == approx(2000, rel=0.01)
    assert abs(right["pf"]) >= 0.999
    phone.type("#ww", f"{right['zappi_w']:.0f}")
    tap("Keep it")
    tap("Keep as it is")
    tap("Close")
    phone.wait("#t3", "compared on")
    phone.click("#dwhy summary")
    phone.wait("#dwhy", "13021: 1500")
    phone.click("#dlog summary")
    phone.wait("#dlog", "Calibrated: the Zappi read")
    assert len(taps) + 4 < 40  # and a tap into each field
    assert running.until(lambda now: now["because"] == "following")["underruns"] == 0


def test_a_restart_in_mid_way_ends_the_test_power_and_the_way_goes_on(running, phone):  # noqa: F811
    def tap(words):
        phone.wait("#way", words)
        phone.run(
            "[...document.querySelectorAll('#way button')]"
            ".find(b => b.textContent === arguments[0]).click()",
            words,
        )

    running.type("battery 1500")
    running.until(lambda now: now["because"] == "following")
    phone.open(f"http://127.0.0.1:{running.http_port}/")
    phone.run("localStorage.setItem('way', 3)")
    phone.open(f"http://127.0.0.1:{running.http_port}/")
    tap("Hold")
    phone.wait("#way", "The Zappi should show about 2000 W")
    phone.type("#ww", "2100")
    tap("Next")
    phone.wait("#way", "The current is turned by 60° now")
    running.ask("/api/restart", {})
    phone.wait("#way", "The device holds a power")
    phone.wait("#reason", "Following the inverter")
    running.until(lambda now: reads(now, 1500, 30))
    assert reads(rested(running), 1500, 30)  # nothing of the test power fires later
    tap("Hold")
    phone.wait("#way", "The Zappi should show about 2000 W")
    seen = rested(running)
    phone.type("#ww", f"{seen['zappi_w']:.0f}")
    tap("Next")
    phone.wait("#way", "The current is turned by 60° now")
    phone.type("#wl", f"{rested(running)['zappi_w']:.0f}")
    tap("Solve")
    phone.wait("#way", "Solved.")
    assert rested(running)["zappi_w"] == approx(2000, rel=0.01)
