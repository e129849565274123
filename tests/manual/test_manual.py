"""The manual against the firmware: no word of the device without an entry, none that it lacks."""

import re

import pytest

from tests.manual import spoken

MANUAL = spoken.ROOT / "docs" / "manual"
PAGES = sorted(MANUAL.glob("*.md"))
TROUBLE = MANUAL / "troubleshooting.md"
MAKEFILE = (spoken.ROOT / "Makefile").read_text()


def plain(text):
    return re.sub(r"\s+", " ", text)


@pytest.mark.parametrize(("words", "where"), sorted(spoken.phrases().items()))
def test_troubleshooting_has_an_entry_for_what_the_device_says(words, where):
    page = plain(TROUBLE.read_text())
    assert plain(words) in page, (
        f"{where} says it: a row in docs/manual/troubleshooting.md, please"
    )


@pytest.mark.parametrize(("name", "where"), sorted(spoken.fault_names().items()))
def test_troubleshooting_has_every_fault(name, where):
    assert f"| `{name}` |" in TROUBLE.read_text(), f"{where} raises it"


@pytest.mark.parametrize("words", sorted(spoken.reasons()))
def test_every_reason_of_the_policy_has_a_row_of_its_own(words):
    rows = re.findall(r"^\| `([^`]+)`", TROUBLE.read_text(), re.MULTILINE)
    assert any(row.startswith(words) for row in rows), "docs/manual/troubleshooting.md, please"


def test_a_shorter_reason_does_not_stand_for_a_longer_one():
    assert {"following", "following, … W added", "no reading:"} <= spoken.reasons()


@pytest.mark.parametrize("words", sorted(set(spoken.safe_mode_words())))
def test_safe_mode_has_a_row_for_each_of_its_words(words):
    section = TROUBLE.read_text().split("## After crashes")[1]
    assert words in section


def test_the_words_of_safe_mode_are_found_in_the_source():
    found = set(spoken.safe_mode_words())
    for words in ("the button was held", "restarts without a healthy minute",
                  "it carries the console", "no pins are known for this chip"):  # fmt: skip
        assert words in found


def test_the_reasons_that_were_asked_for_are_found_in_the_source():
    found = " / ".join(spoken.phrases())
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
    texts = spoken.everything_said()
    settings = spoken.setting_names()
    commands = spoken.console_commands()
    unknown = []
    for span in re.findall(r"`([^`\n]+)`", path.read_text()):
        first = span.split()[0]
        target = re.fullmatch(r"make ([a-z0-9-]+)", span)
        if target:
            known = f"\n{target[1]}:" in MAKEFILE
        else:
            known = first in settings | commands or (spoken.ROOT / span).exists()
            known = known or span == "build/venv" or is_tool(span)
        pieces = [p.strip(" ,") for p in span.replace("pins.json", "…").split("…")]
        if not known and not all(piece in texts for piece in pieces):
            unknown.append(span)
    assert unknown == []
