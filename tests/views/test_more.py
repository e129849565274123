"""The page's drawers, and the way in bad weather: reloads, two phones, a slow one, no network."""

import io
import time

import numpy as np
import pytest
import zxingcpp
from matplotlib import image

from tests import webdriver
from tests.views.test_page import browser, device, page  # noqa: F401  fixtures

SETTINGS = "return fetch('/api/settings').then(r => r.json()).then(a => a.settings)"
LOAD = """
    const file = new File([arguments[0]], "kept.json"), list = new DataTransfer(), input = $("form").querySelector("[type=file]");
    list.items.add(file); input.files = list.files; input.dispatchEvent(new Event("change"));
"""  # noqa: E501


def value(page, name):  # noqa: F811
    """What is in force."""
    return next(f.get("value") for f in page.run(SETTINGS) if f["name"] == name)


OPEN = """
    const drawer = document.querySelector("#dset"), there = document.querySelector("#form");
    if (drawer.open && !there) drawer.open = false; else drawer.open = true;
    return Boolean(there);
"""


def open_settings(page):  # noqa: F811
    # A drawer that could not be filled, as the device was busy, is opened again by a person too.
    page.click("#dset summary")
    until = time.monotonic() + 3 * webdriver.WAIT_S
    while not page.run("return Boolean(document.querySelector('#form'))"):
        assert time.monotonic() < until, "the drawer stays empty"
        time.sleep(10)
        page.run(OPEN)
    page.wait("#form", "Output stage")
    page.run("document.querySelectorAll('#form details').forEach(d => d.open = true)")


def press(page, words, within="#way"):  # noqa: F811
    """Tap the button that says so."""
    page.wait(within, words)
    page.run(
        "[...document.querySelectorAll(arguments[0] + ' button')]"
        ".find(b => b.textContent === arguments[1]).click()",
        within,
        words,
    )


def test_why_names_every_link(page):  # noqa: F811
    page.click("#dwhy summary")
    for link in ("Registers", "Decision", "Limits", "Mains", "Correction", "Current", "Pin"):
        page.wait("#dwhy", link)
    page.wait("#dwhy", "mA for 1500 W")


def test_the_profile_that_fits_better_is_one_tap_away(device, page):  # noqa: F811
    device.set("better", 1)
    page.click("#dwhy summary")
    press(page, "Take the profile sungrow_sh_rs_rt_t", "#dwhy")
    page.until("#dwhy", lambda text: "fits better" not in text)
    assert value(page, "profile") == "sungrow_sh_rs_rt_t"


def test_the_profile_that_fits_better_is_proposed_next_to_the_reason(device, page, tmp_path):  # noqa: F811
    device.set("better", 1)
    page.wait("#step", "Take the profile sungrow_sh_rs_rt_t")
    assert "another profile fits better" in page.text("#hint")
    page.screenshot(tmp_path / "fits.png")
    page.click("#step")
    page.until("#hint", lambda text: "fits better" not in text)
    assert value(page, "profile") == "sungrow_sh_rs_rt_t"
    device.set("locked", 0)
    page.wait("#step", "Show me the way")  # what keeps the output at zero comes first


def test_another_phone_reads_the_code_from_the_glass(page, tmp_path):  # noqa: F811
    page.run(
        "return fetch('/api/settings', {method: 'POST', headers: {'Content-Type':"
        ' \'application/json\'}, body: \'{"ssid": "my garage", "password": "a long one;"}\'})'
    )
    page.click("#dwifi summary")
    page.wait("#dwifi", "my garage")
    page.wait("#dwifi", "a long one;")
    page.run("document.querySelector('.qr').scrollIntoView()")
    page.screenshot(tmp_path / "glass.png")
    picture = image.imread(io.BytesIO((tmp_path / "glass.png").read_bytes()))
    grey = (255 * picture[..., :3].mean(axis=2)).astype(np.uint8)
    found = [code.text for code in zxingcpp.read_barcodes(grey)]
    assert found == ["WIFI:T:WPA;S:my garage;P:a long one\\;;;"]


def test_a_field_is_undone_and_defaults_come_back(page):  # noqa: F811
    open_settings(page)
    page.type("#set-limit_w", "3000")
    page.run("$('set-limit_w').parentNode.querySelector('.undo').click()")
    assert page.run("return $('set-limit_w').value") == "10000"
    page.type("#set-limit_w", "3 000")
    page.click("#save")
    page.wait("#saved", "Saved and in force.")
    assert value(page, "limit_w") == 3000
    press(page, "All to defaults", "#form")
    page.wait("#saved", "The defaults are filled in")
    page.click("#save")
    page.wait("#saved", "in force")
    page.until("#saved", lambda _text: value(page, "limit_w") == 10000)


def test_a_settings_file_counts_as_a_whole_or_not_at_all(page):  # noqa: F811
    open_settings(page)
    page.run(LOAD, '{"settings": {"limit_w": 4000, "lag_deg": 500}}')
    page.wait("#saved", "Nothing was changed. lag_deg: give -180 to 180 deg")
    assert value(page, "limit_w") == 10000
    page.run(LOAD, '{"settings": {"limit_w": 4000, "no_such": 1}}')
    page.wait("#saved", "Nothing was changed.")
    page.run(LOAD, "not a file of ours")
    page.wait("#saved", "That is no settings file.")
    page.run(LOAD, '{"settings": {"limit_w": 4000, "lag_deg": 7.5}}')
    page.wait("#saved", "In force from the file: limit_w, lag_deg.")
    assert (value(page, "limit_w"), value(page, "lag_deg")) == (4000, 7.5)


def test_a_reading_that_was_typed_outlives_a_reload_in_mid_way(page, device):  # noqa: F811
    page.run("localStorage.setItem('way', 3)")
    page.open(device.url)
    press(page, "Hold")
    page.wait("#way", "The Zappi should show about 2000 W")
    page.type("#ww", "2086")
    press(page, "Next")
    page.wait("#way", "The current is turned by 60° now")
    page.open(device.url)
    page.wait("#link", "live")
    page.wait("#way", "The current is turned by 60° now")
    page.type("#wl", "1527")
    press(page, "Solve")
    page.wait("#way", "15.0° off")
    press(page, "Undo")
    page.wait("#way", "The device holds a power")


def test_a_second_phone_sees_that_a_calibration_is_under_way(page, device, tmp_path):  # noqa: F811
    with webdriver.Browser(tmp_path / "second") as other:
        page.run("openWay(3)")
        press(page, "Hold")
        page.wait("#way", "The Zappi should show about 2000 W")
        page.type("#ww", "2086")
        press(page, "Next")
        page.wait("#way", "The current is turned by 60° now")
        other.open(device.url)
        other.wait("#link", "live")
        other.wait("#t3", "a test phase of 60° is held")
        other.run("openWay(3)")
        other.wait("#way", "perhaps on another phone")
        page.type("#wl", "1527")
        press(page, "Solve")
        other.wait("#way", "What does the Zappi show?")


def test_a_slow_phone_on_a_slow_network_gets_through(page, device):  # noqa: F811
    page.cdp("Emulation.setCPUThrottlingRate", rate=6)
    page.cdp("Network.enable")
    slow = {"latency": 300, "downloadThroughput": 20_000, "uploadThroughput": 8_000}
    page.cdp("Network.emulateNetworkConditions", offline=False, **slow)
    try:
        page.open(device.url)
        page.wait("#w1", "1500W")
        page.run("openWay(3)")
        press(page, "Hold")
        page.wait("#way", "The Zappi should show about 2000 W")
        press(page, "Stop")
        page.wait("#reason", "Following")
    finally:
        page.cdp("Emulation.setCPUThrottlingRate", rate=1)
        fast = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        page.cdp("Network.emulateNetworkConditions", offline=False, **fast)


def test_a_network_that_fails_in_mid_step_is_said_and_forgiven(page):  # noqa: F811
    page.run("openWay(3)")
    page.wait("#way", "Power to hold")
    page.cdp("Network.enable")
    off = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    page.cdp("Network.emulateNetworkConditions", offline=True, **off)
    try:
        press(page, "Hold")
        page.wait("#wayerr", "The device did not answer. Try again.")
    finally:
        page.cdp("Network.emulateNetworkConditions", offline=False, **off)
    press(page, "Hold")
    page.wait("#way", "The Zappi should show about 2000 W")


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_sticks_out_at_any_width(page, width):  # noqa: F811
    size = {"height": 800, "deviceScaleFactor": 1, "mobile": width < 700}
    page.cdp("Emulation.setDeviceMetricsOverride", width=width, **size)
    try:
        for drawer, words in (("dwhy", "Pin"), ("dlog", "spreadsheet"), ("dwifi", "Password")):
            page.click(f"#{drawer} summary")
            page.wait(f"#{drawer}", words)
        open_settings(page)
        page.run("openWay(3)")
        page.wait("#way", "Power to hold")
        wide = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.run(wide) <= 0
    finally:
        page.cdp("Emulation.clearDeviceMetricsOverride")


def test_only_its_own_script_runs_in_the_page(page):  # noqa: F811
    page.run(
        "const e = document.createElement('script'); e.textContent = 'window.foreign = 1';"
        "document.head.append(e)"
    )
    assert page.run("return window.foreign || 0") == 0
