"""The manual against the firmware: no word of the device without an entry, none that it lacks."""

import ast
import re
import shutil

import pytest

from tests.manual import spoken
from tools.manual import page, said, signs

MANUAL = said.ROOT / "docs" / "manual"
PAGES = sorted(MANUAL.glob("*.md"))
TROUBLE = MANUAL / "troubleshooting.md"
MAKEFILE = (said.ROOT / "Makefile").read_text()


ROWS = page.advice()


def test_the_page_is_what_the_generator_writes():
    assert TROUBLE.read_text() == page.page(ROWS), "python -m tools.manual"


def test_all_that_the_firmware_says_is_explained_and_nothing_else():
    assert page.unexplained(ROWS) == []
    assert list(page.unsaid(ROWS)) == []


@pytest.mark.parametrize(
    ("name", "line", "instead", "said_then"),
    [
        ("policy.py", 'because = "following"\n', 'because = "moonstruck"\n', "moonstruck"),
        ("policy.py", 'fault("limit"', 'fault("moon"', "moon"),
        (
            "views/wifi.py",
            "does not start: %s",
            "is full of moon: %s",
            "access point is full of moon",
        ),
        ("signal/mains.py", "this waveform is no mains", "this is moonshine", "this is moonshine"),
        ("inverter/sums.py", "second inverter: ", "second moon for us: ", "second moon for us"),
    ],
)
def test_new_words_without_advice_are_named(name, line, instead, said_then, tmp_path):
    firmware = shutil.copytree(said.FIRMWARE, tmp_path / "firmware")
    text = (firmware / name).read_text()
    assert line in text, "the test has to follow the source"
    (firmware / name).write_text(text.replace(line, instead))
    (missing,) = page.unexplained(ROWS, firmware)
    assert f"“{said_then}" in missing
    assert name.split("/")[-1] in missing


def test_led_and_button_are_described_as_the_code_has_them(tmp_path, monkeypatch):
    for name, line, instead in (
        (
            "boot.py",
            "SAFE_MS, FACTORY_MS, STUCK_MS = 3000,",
            "SAFE_MS, FACTORY_MS, STUCK_MS = 5000,",
        ),
        ("firmware/device/status_led.py", "_BLINK_MS = const(125)", "_BLINK_MS = const(250)"),
        ("firmware/safe_mode.py", "led(left_ms // 1000 % 2)", "led(left_ms // 500 % 2)"),
    ):
        text = (said.ROOT / name).read_text()
        assert line in text, "the test has to follow the source"
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text.replace(line, instead))
    monkeypatch.setattr(signs, "ROOT", tmp_path)
    assert [held for held, _, _ in signs.button_rows()][:2] == ["less than 5 s", "5 … 10 s"]
    led = [shown for shown, _, _ in signs.led_rows()]
    assert led[2] == "quick blinking, 2 times a second"
    assert led[3] != "lit every other second"


def test_a_row_of_words_that_nobody_says_is_named():
    row = {"says": "`the moon is full`", "means": "", "do": ""}
    (gone,) = page.unsaid({**ROWS, "line": [row]})
    assert "the moon is full" in gone


def test_where_a_row_says_zero_the_watcher_of_simulated_runs_insists():
    watcher = ast.parse((said.ROOT / "tools" / "virtual" / "watcher.py").read_text())
    (silent,) = (
        ast.literal_eval(node.value)
        for node in watcher.body
        if isinstance(node, ast.Assign) and node.targets[0].id == "_ZERO"
    )
    for row in ROWS["reason"]:
        (words,) = page.spans(row)
        assert words.startswith(silent) == (row["output"] == "zero"), words


def test_every_row_says_what_to_do():
    for table, rows in ROWS.items():
        for row in rows:
            assert set(row) == set(page.COLUMNS[table]), row
            assert all(row.values()), row


def test_a_shorter_reason_does_not_stand_for_a_longer_one():
    assert {"following", "following, … W added", "no reading:"} <= said.reasons()


def test_the_words_of_safe_mode_are_found_in_the_source():
    found = set(said.safe_mode_words())
    for words in ("the button was held", "restarts without a healthy minute",
                  "it carries the console", "no pins are known for this chip"):  # fmt: skip
        assert words in found


def test_the_reasons_that_were_asked_for_are_found_in_the_source():
    found = " / ".join(said.phrases())
    for words in ("muted by user", "no mains lock", "inverter silent for", "limited to"):
        assert words in found


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)
def test_safety_comes_first(path):
    first = path.read_text().split("\n\n")[1]
    assert "afety first" in first or "Read this first" in first
    assert re.search("lethal\\s+energy", first)


def is_tool(span):
    """A module of ours to run, or a line that the fake inverter takes."""
    if span.startswith("python -m tools."):
        return True  # tests/manual/test_commands.py looks at module and options
    return bool(re.fullmatch(r"battery -?\d+", span))


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)
def test_what_is_printed_as_code_exists(path):
    """A code span is a setting, a command, a target, a file, a module, or words of the device."""
    texts = said.everything_said()
    settings = spoken.setting_names()
    commands = spoken.console_commands()
    unknown = []
    for span in re.findall(r"`([^`\n]+)`", path.read_text()):
        first = span.split()[0]
        target = re.fullmatch(r"make ([a-z0-9-]+)", span)
        if target:
            known = f"\n{target[1]}:" in MAKEFILE
        else:
            known = first in {*settings, *commands} or (said.ROOT / span).exists()
            known = known or span == "build/venv" or is_tool(span)
        pieces = [p.strip(" ,") for p in span.replace("pins.json", "…").split("…")]
        if not known and not all(piece in texts for piece in pieces):
            unknown.append(span)
    assert unknown == []


def test_the_words_of_the_settings_stand_in_the_order_of_their_table():
    text = (spoken.FIRMWARE / "device" / "settings_help.txt").read_text()
    named = [line.split(": ")[0] for line in text.splitlines()]
    assert named == spoken.setting_names()
