"""What a new user complained of once, each as a test in a real browser."""

import re

import pytest

from tests.views.test_more import open_settings, press, value
from tests.views.test_page import browser, device, page  # noqa: F401  fixtures

# An electrician has none of these words; Expert and Everything do.
NOT_AN_ELECTRICIANS = ("commanded", "underrun", "lag", "slip", "heap", "DMA", "asyncio", "stale")


def test_the_last_row_says_measured_only_while_something_measures(page, device):  # noqa: F811
    page.wait("#t3", "calculated, never compared with the Zappi")
    device.set("readback", 1)
    page.wait("#t3", "measured by readback now")
    assert page.text("#w3") == "1006W"  # 2500 times 1.7389 mA at 231.46 V
    device.set("readback", 0)
    page.wait("#t3", "calculated")


def test_a_comparison_is_doubted_when_settings_are_others_than_on_its_day(page):  # noqa: F811
    page.run("openWay(3)")
    press(page, "Hold")
    page.wait("#way", "The Zappi should show about 2000 W")
    compare = (
        "return send('calibrate', {compare: true, watts: '1994', pf: '1', date: '2026-11-23'})"
        ".then(r => { rec = r; return r.compared })"
    )
    assert page.run(compare)
    page.wait("#t3", "compared on 2026-11-23: 1994 of 2000 W, power factor 1.00")
    assert "amber" not in page.run("return $('s3').className")
    page.run("return send('settings', {lag_deg: 7}).then(record)")
    page.wait("#t3", "Settings or mains differ since: compare again")
    assert "amber" in page.run("return $('s3').className")


def test_a_silent_line_offers_the_search_where_the_eye_is(page, device):  # noqa: F811
    device.set("unheard", 1)
    page.wait("#reason", "Output is zero: no reading: no answer for 12 s")
    page.wait("#step", "Find the inverter")
    page.click("#step")
    page.wait("#way", "The inverter does not answer yet.")
    page.wait("#find", "Search for it")


def test_a_question_about_the_direction_is_the_one_step_offered(page, device):  # noqa: F811
    device.set("unheard", 1)
    device.set("question", 1)
    page.wait("#step", "Answer it")
    page.click("#step")
    page.wait("#way", "Is the battery charging right now?")


def test_more_than_the_stage_can_show_is_not_blamed_on_the_inverter(page):  # noqa: F811
    page.run("return send('settings', {full_scale_ma: 2})")
    page.wait("#reason", "Limited to 1080 W, all that the output stage can show")
    page.click("#test")
    page.type("#watts", "1500")
    page.click("#go")
    page.wait("#ew", "The output stage can show 108")


def test_numbers_are_taken_as_people_type_them(page):  # noqa: F811
    open_settings(page)
    page.type("#set-lag_deg", "22,7")
    page.type("#set-offset_w", "1.500")
    page.click("#save")
    page.wait("#set-offset_w-e", "1500 or 1.5")
    assert value(page, "lag_deg") == pytest.approx(4.02)  # all or nothing
    page.type("#set-offset_w", "1500")
    page.click("#save")
    page.wait("#saved", "in force")
    assert value(page, "lag_deg") == pytest.approx(22.7)


def test_a_name_that_wants_a_restart_says_so_and_offers_it(page):  # noqa: F811
    open_settings(page)
    page.type("#set-ssid", "garage")
    page.click("#save")
    page.wait("#saved", "It counts from a restart on: Restart now below.")
    press(page, "Restart now", "#form")
    page.wait("#oops", "This device cannot restart itself.")  # here there is no board


def test_the_chart_is_not_empty_when_the_page_is_opened_again(page, device):  # noqa: F811
    page.run("return new Promise(done => setTimeout(done, 9000))")
    page.open(device.url)
    page.wait("#link", "live")
    page.until("#hspan", lambda _text: page.run("return points.length") >= 4)


def test_what_happened_has_the_phones_time(page, device):  # noqa: F811
    device.set("locked", 0)
    page.wait("#reason", "no mains lock")
    page.click("#dlog summary")
    page.until("#log", lambda text: re.search(r"^\d\d:\d\d:\d\d", text, re.M))


def test_done_is_not_said_before_anybody_has_compared(page):  # noqa: F811
    page.run("openWay(5)")
    page.wait("#way", "Almost done: nobody has compared with the Zappi yet.")


def test_the_words_are_an_electricians(page, device):  # noqa: F811
    seen = [page.text("body")]
    for step in range(6):
        page.run("openWay(arguments[0])", step)
        page.wait("#way", f"Step {step + 1} of 6")
        seen.append(page.text("#way"))
    device.set("locked", 0)
    page.wait("#reason", "no mains lock")
    for drawer, words in (("dwhy", "Pin"), ("dlog", "spreadsheet"), ("dwifi", "Password")):
        page.click(f"#{drawer} summary")
        page.wait(f"#{drawer}", words)
        seen.append(page.text(f"#{drawer}"))
    open_settings(page)
    seen.append(
        page.run(
            "return [...document.querySelectorAll('#form > details')]"
            ".filter(d => d.firstChild.textContent !== 'Expert').map(d => d.innerText).join(' ')"
        )
    )
    text = " ".join(seen)
    found = [w for w in NOT_AN_ELECTRICIANS if re.search(rf"\b{w}s?\b", text, re.I)]
    assert found == []
    assert "Phase correction" in text


def test_a_phones_question_for_the_internet_ends_at_the_page(page, device):  # noqa: F811
    for probe in ("generate_204", "hotspot-detect.html", "connecttest.txt"):
        page.open(device.url + probe)
        page.wait("#link", "live")
        assert page.run("return location.pathname") == "/"


def test_a_wide_screen_is_used(page):  # noqa: F811
    page.cdp(
        "Emulation.setDeviceMetricsOverride",
        width=1280, height=800, deviceScaleFactor=1, mobile=False,
    )  # fmt: skip
    try:
        left, right = page.run(
            "return ['why', 'dset'].map(id => $(id).getBoundingClientRect())"
            ".map(r => [r.left, r.top, r.width])"
        )
        assert right[0] > left[0] + left[2] - 1
        assert right[1] < 400
        assert left[2] > 500
    finally:
        page.cdp("Emulation.clearDeviceMetricsOverride")


def test_a_board_without_the_memory_says_so_about_home_wifi(page):  # noqa: F811
    page.click("#dhome summary")
    page.wait("#dhome", "This board has not the memory for home WiFi, which takes 4 MB of PSRAM.")


def test_home_wifi_is_looked_for_chosen_and_refused_beside_its_field(page, device):  # noqa: F811
    device.set("home", 1)
    page.click("#dhome summary")
    press(page, "Look for networks", "#dhome")
    press(page, "Home · strong", "#dhome")
    assert page.run("return $('home-ssid').value") == "Home"
    page.type("#home-password", "short")
    press(page, "Save", "#dhome")
    page.wait("#home-password-e", "8 to 63 characters")
    page.type("#home-password", "long enough")
    page.run("document.querySelector('#dhome details').open = true")
    page.type("#home-broker", "mqtt.home")
    press(page, "Save", "#dhome")
    page.wait("#home-broker-e", "in numbers")
    page.type("#home-broker", "")
    press(page, "Save", "#dhome")
    page.wait("#homesaved", "Saved.")
    page.wait("#dhome", "http://batteryct-1a2b.local/")
    assert page.run("return $('home-password').value") == ""
