"""Profiles and their documentation are what inverters.json says, and say it to people."""

import json
import re

from tools.profiles import make_profiles

FACTS = json.loads(make_profiles.FACTS.read_text())
LINES = [json.loads(line) for line in make_profiles.PROFILES.read_text().splitlines()]
PAGE = make_profiles.DOCS.read_text()


def test_the_generated_files_are_up_to_date(capsys):
    assert make_profiles.main(["--check"]) == 0, capsys.readouterr().out


def test_a_stale_file_is_noticed(monkeypatch, tmp_path, capsys):
    for name in ("PROFILES", "DOCS"):
        stale = tmp_path / getattr(make_profiles, name).name
        stale.write_text("{}\n")
        monkeypatch.setattr(make_profiles, name, stale)
    monkeypatch.setattr(make_profiles, "ROOT", tmp_path)
    assert make_profiles.main(["--check"]) == 1
    printed = capsys.readouterr().out
    assert "profiles.jsonl: not what" in printed and "inverters.md: not what" in printed


def test_every_recommended_inverter_has_a_profile():
    recommended = {entry["id"] for entry in FACTS if entry["ship_recommended"]}
    assert len(recommended) == 38
    assert recommended <= {line["id"] for line in LINES}


def test_what_is_uncertain_is_experimental_and_says_why():
    by_id = {entry["id"]: entry for entry in FACTS}
    for line in LINES:
        confidence = by_id[line["id"]]["confidence"]
        weak = "low" in (confidence["overall"], confidence["sign"])
        if weak or not by_id[line["id"]]["ship_recommended"]:
            assert line["experimental"] and len(line["doubt"]) > 20


def test_they_are_small_on_flash():
    assert make_profiles.PROFILES.stat().st_size < 16_384
    assert max(map(len, make_profiles.PROFILES.read_text().splitlines())) < 1024


def test_the_page_begins_with_the_danger():
    assert PAGE.index("lethal") < 200
    assert "isolated" in PAGE[:1500]


def test_the_page_has_registers_sources_and_confidence_of_every_profile():
    for line in LINES:
        (section,) = re.findall(rf"^### {line['id']}\n(.*?)(?=^##)", PAGE, re.M | re.S)
        assert "- Source: " in section
        assert "- Confidence: " in section
        for name in ("power", "discharge", "charge", "soc"):
            if name in line:
                assert str(line[name][1]) in section
        if line.get("doubt"):
            assert line["doubt"] in section
