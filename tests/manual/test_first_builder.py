"""The first builder's checklist can be gone in its order, and expects what was calculated."""

import re

from tests.manual.spoken import ROOT
from tests.manual.test_calculations import number, table

PAGE = (ROOT / "docs" / "manual" / "first-builder.md").read_text()
STEPS = [line for line in PAGE.splitlines() if re.match(r"\| \d+ \|", line)]


def step(words):
    """The number of the first step with these words."""
    return next(i for i, line in enumerate(STEPS, 1) if words in line)


def calculated(document, first, words, column):
    """A cell of a table that `make analog` writes."""
    rows = [row for row in table(document, first) if row[0].startswith(words)]
    return number(rows[0][column])


def test_the_steps_are_counted():
    assert [int(line.split("|")[1]) for line in STEPS] == list(range(1, len(STEPS) + 1))


def test_a_test_power_comes_where_the_device_takes_one():
    """It wants a lock and an answer; so the mains and an inverter, if a fake one, come before."""
    policy = (ROOT / "firmware" / "policy.py").read_text()
    obstacle = policy.split("def obstacle")[1].split("\ndef ")[0]
    assert "no mains lock" in obstacle
    assert "no reading yet" in obstacle
    assert step("tools.fake_inverter") < step("a test power of 2000 W")
    assert step("volts, frequency, locked") < step("a test power of 2000 W")


def test_all_steps_with_mains_come_after_the_last_without():
    first = step("**Mains.**")
    assert f"Steps 1 to {first - 1} need no mains and no inverter" in PAGE
    assert all(step(words) < first for words in ("U1, flashed", "nobody talking", "pulses below"))


def test_tap_leads_as_calculated():
    row = "transformer, divider"
    document, first = "hardware-mains.md", "where"
    leads = [-calculated(document, first, row, column) for column in (1, 3)]
    assert "by {:.1f}° with T1, by {:.1f}° with T2".format(*leads) in PAGE


def test_open_terminals_show_what_was_calculated():
    (line,) = re.findall(r"cable open: voltage at the terminals[^\n]*",
                         (ROOT / "docs" / "hardware-analog.md").read_text())  # fmt: skip
    volts = line.split("|")[2].strip()
    assert f"peaks of {volts} V" in PAGE
    sentence = (ROOT / "docs" / "hardware-analog.md").read_text()
    assert f"±{volts} V at the terminals" in sentence
