"""Every view, light and dark, without a violation that axe-core knows of."""

import pytest

from tests import axe
from tests.views.test_page import browser, device, page  # noqa: F401  fixtures

WORDS = {"dset": "Save", "dwhy": "Decision", "dwifi": "Password", "dall": "queue_ms"}


@pytest.fixture(autouse=True)
def checker():
    if not axe.script():
        pytest.skip("axe-core cannot be had: no npm, or no network")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_view_can_be_used_by_everybody(page, device, scheme):  # noqa: F811
    page.scheme(scheme)
    found = {"first": axe.violations(page)}
    device.set("question", 1)
    page.wait("#ask", "Is the battery charging")
    found["question"] = axe.violations(page)
    device.set("question", 0)
    page.run("openWay(0)")
    page.wait("#way", "Step 1")
    for step, words in enumerate(
        ("Mains", "Inverter", "Direction", "Calibration", "WiFi", "Done")
    ):
        page.run("the.way.open(arguments[0])", step)
        page.wait("#way", words)
        found[words] = axe.violations(page)
    for drawer, content in (
        ("dset", "#form"),
        ("dlog", "#log"),
        ("dall", "#all"),
        ("dwhy", "#dwhy"),
        ("dwifi", "#dwifi"),
    ):
        page.click(f"#{drawer} summary")
        wanted = WORDS.get(drawer, "")
        page.until(content, lambda text, wanted=wanted: text != "" and wanted in text)
        found[drawer] = axe.violations(page)
    page.click("#test")
    found["test power"] = axe.violations(page)
    page.click("#cancel")
    device.set("locked", 0)
    page.wait("#reason", "no mains lock")
    found["zero"] = axe.violations(page)
    assert {view: what for view, what in found.items() if what} == {}
