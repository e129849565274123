"""Pictures of the page for the manual: `make screenshots`, the same views every time."""

import tempfile
import time
from pathlib import Path

from tests import webdriver
from tests.views.test_page import Device
from tools.micropython import ROOT

NAMED = "return send('settings', {ssid: 'BatteryCT-1a2b', password: 'kwtmh4c9zu7a'})"
FOLDER = ROOT / "docs" / "manual" / "pages"


class Camera:
    """A browser that shows the device, and takes pictures of any size."""

    def __init__(self, browser, device):
        self._browser = browser
        self._device = device

    def shot(self, name, width=390, height=844, scheme="light"):
        """One picture."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 700}
        self._browser.cdp("Emulation.setDeviceMetricsOverride", **size)
        self._browser.scheme(scheme)
        time.sleep(1.2)
        self._browser.screenshot(FOLDER / f"{name}.png")
        print(f"docs/manual/pages/{name}.png")

    def step(self, number, words):
        """A step of the way."""
        self._browser.run("the.way.open(arguments[0]); scrollTo(0, 0)", number)
        self._browser.wait("#way", words)


def main():
    """All pictures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        device = Device(Path(scratch))
        try:
            with webdriver.Browser(Path(scratch) / "browser") as browser:
                device.set("home", 1)
                browser.open(device.url)
                browser.run(NAMED)
                browser.wait("#way", "Step 1 of 6")
                _all(Camera(browser, device), browser, device)
        finally:
            device.end()


def _all(camera, browser, device):
    camera.shot("way-mains")
    camera.step(1, "The inverter answers")
    camera.shot("way-inverter")
    camera.step(2, "discharging with 1500 W")
    camera.shot("way-direction")
    browser.click("#test")
    camera.shot("test-power")
    browser.click("#go")
    camera.step(3, "What does the Zappi show")
    camera.shot("way-calibration")
    camera.shot("way-calibration-320", width=320, scheme="dark")
    browser.click("#release")
    camera.step(4, "Name and password")
    browser.wait("#way", "kwtmh4c9zu7a")
    camera.shot("way-wifi")
    camera.step(5, "Almost done")
    camera.shot("way-done")
    browser.run("[...document.querySelectorAll('#way button')].pop().click()")
    camera.shot("first")
    camera.shot("first-dark", scheme="dark")
    camera.shot("first-desktop", width=1200, height=900)
    device.set("locked", 0)
    browser.wait("#reason", "no mains lock")
    camera.shot("zero")
    device.set("locked", 1)
    browser.wait("#reason", "Following")  # what moves has moved
    for drawer, words, name in (
        ("dwhy", "Pin", "why"),
        ("dset", "Output stage", "settings"),
        ("dlog", "spreadsheet", "log"),
        ("dwifi", "Password", "another-phone"),
        ("dhome", "Look for networks", "home-wifi"),
        ("dall", "queue_ms", "everything"),
    ):
        browser.click(f"#{drawer} summary")
        browser.wait(f"#{drawer}", words)
        if drawer == "dhome":
            browser.run("document.querySelector('#dhome button').click()")
            browser.wait("#dhome", "Home · strong")
        browser.run("$(arguments[0]).scrollIntoView()", drawer)
        camera.shot(name, height=1150 if drawer == "dhome" else 844)
        browser.click(f"#{drawer} summary")
    browser.run("login().catch(() => 0)")
    browser.wait("dialog[open]", "Log in")
    camera.shot("login")
    browser.run("document.querySelector('dialog[open] button').click()")
    device.end()
    browser.wait("#lost", "Connection lost")
    browser.run("scrollTo(0, 0)")
    camera.shot("lost")


if __name__ == "__main__":
    main()
