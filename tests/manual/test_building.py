"""The building page against netlist and plan: variants, parts, what stands on the plan."""

import re

from tests.manual.spoken import ROOT
from tools.hardware import netlist
from tools.hardware.board import silk

PAGE = (ROOT / "docs" / "manual" / "building.md").read_text()
PLAN = (ROOT / "docs" / "schematic" / "board-plan.svg").read_text()


def of(*variants):
    return {part.ref for part in netlist.PARTS if part.fit in variants}


def rows():
    table = PAGE.split("<!-- variants")[1].split("<!-- end of variants")[0]
    for line in table.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and re.match("[A-Z]|–", cells[-1]):
            yield [set(re.findall(r"[A-Z]+\d+", cell)) for cell in cells[-2:]]


def test_what_to_fit_and_what_to_leave_out_is_the_netlist_s():
    sensing = [of("transformer"), of("zmpt"), of("zmpt module")]
    line = [of("module"), of("discrete")]
    battery = {p.ref for p in netlist.PARTS if p.block == "battery"} | {"D15"}
    wanted = [[fit, set().union(*sensing) - fit] for fit in sensing]
    wanted += [[fit, set().union(*line) - fit] for fit in line]
    wanted += [[set(), battery], [battery, set()]]
    assert list(rows()) == wanted


def test_no_variant_is_without_a_row():
    named = {ref for row in rows() for cell in row for ref in cell}
    assert {part.ref for part in netlist.PARTS if part.fit} <= named


def test_the_plan_shows_every_part_with_its_value():
    words = re.findall(r"<text[^>]*>([^<]*)</text>", PLAN)
    for part in netlist.PARTS:
        assert part.ref in words
        assert part.shown.replace("&", "&amp;") in words


def test_every_part_that_can_be_turned_round_has_its_dot():
    wanted = [part.ref for part in netlist.PARTS if silk.has_a_way(part)]
    assert PLAN.count("<circle") == len(wanted)
    assert {"D3", "C51", "U2", "Q2", "T1", "J6", "D12"} <= set(wanted)
    assert not {"R1", "D1", "C1", "F1"} & set(wanted)


def test_references_that_the_page_names_exist():
    plain = re.sub(r"\]\([^)]*\)", "]", PAGE)
    named = set(re.findall(r"\b(?:[RCDUQTJF]|JP|RV)\d+\b", plain)) - {"M3", "V0"}
    assert named <= set(netlist.BY_REF)


def test_the_probe_goes_where_the_signal_is():
    page = (ROOT / "docs" / "manual" / "first-builder.md").read_text()
    table = page.split("| signal | at |")[1].split("\n\n")[0]
    seen = 0
    for line in table.splitlines()[2:]:
        signal, place = (cell.strip() for cell in line.strip("|").split("|"))
        for ref, pin in re.findall(r"\b([A-Z]+\d+) pin (\w+)", place):
            assert netlist.BY_REF[ref].pins[pin] == signal
            seen += 1
    assert seen > 9


def test_a_probe_pulls_the_mute_up_as_far_as_the_checklist_says():
    r18, probe = netlist.BY_REF["R18"].number, 10e6
    shown = -4.6 * probe / (probe + r18)
    assert -4.0 < shown < -3.4
