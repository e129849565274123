"""Every view, light and dark, without a violation that axe-core knows of."""

import pytest

from tests import axe
from tests.views.test_more import press
from tests.views.test_page import browser, device, page  # noqa: F401  fixtures

WORDS = {
    "dset": "Save",
    "dwhy": "Decision",
    "dwifi": "Password",
    "dhome": "Look for networks",
    "dall": "queue_ms",
}
OPEN = "document.querySelectorAll(arguments[0] + ' details').forEach(d => d.open = true)"


@pytest.fixture(autouse=True)
def checker():
    if not axe.script():
        pytest.skip("axe-core cannot be had: no npm, or no network")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_view_can_be_used_by_everybody(page, device, scheme):  # noqa: F811
    page.scheme(scheme)
    device.set("home", 1)
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
        ("dhome", "#dhome"),
    ):
        page.click(f"#{drawer} summary")
        wanted = WORDS.get(drawer, "")
        page.until(content, lambda text, wanted=wanted: text != "" and wanted in text)
        page.run(OPEN, content)
        found[drawer] = axe.violations(page)
    page.click("#test")
    found["test power"] = axe.violations(page)
    page.click("#cancel")
    page.run("login().catch(() => 0)")
    page.wait("dialog[open]", "You come through the home WiFi.")
    found["login"] = axe.violations(page)
    page.run("document.querySelector('dialog[open] button').click()")
    page.run("openWay(3)")
    press(page, "Hold")
    page.wait("#way", "The Zappi should show about 2000 W")
    found["holding"] = axe.violations(page)
    page.type("#ww", "2086")
    press(page, "Next")
    page.wait("#way", "The current is turned by 60° now")
    found["turned"] = axe.violations(page)
    page.type("#wl", "1527")
    press(page, "Solve")
    page.wait("#way", "15.0° off")
    page.wait("#way", "Power correction 100.0 → 92.6 %")
    found["solved"] = axe.violations(page)
    press(page, "Undo")
    device.set("locked", 0)
    page.wait("#reason", "no mains lock")
    found["zero"] = axe.violations(page)
    device.end()
    page.wait("#lost", "Connection lost")
    found["lost"] = axe.violations(page)
    assert {view: what for view, what in found.items() if what} == {}
