"""The drawings, read back from their SVG: what the lines connect is what the netlist connects."""

import re
from collections import defaultdict

import pytest

from tools.hardware import draw, layout, netlist, symbols
from tools.hardware.__main__ import DRAWINGS, write_pins

SHEETS = list(layout.SHEETS)


def parts_of(sheet):
    return [p for p in netlist.PARTS if p.block in layout.SHEETS[sheet].blocks]


def read(sheet):
    return (DRAWINGS / f"{sheet}.svg").read_text()


def drawn_nets(text):
    """Sets of pins that lines, tags and flags connect."""
    size = symbols.SIZE
    group = {}

    def find(x):
        while group.setdefault(x, x) != x:
            x = group[x]
        return x

    for path in re.findall(r"class='wire' d='M([^']+)'", text):
        points = [tuple(int(v) // size for v in p.split()) for p in path.split("L")]
        for (x1, y1), (x2, y2) in zip(points, points[1:], strict=False):
            assert x1 == x2 or y1 == y2
            group[find((x1, y1))] = find((x2, y2))
    # A wire's end on the middle of another one is a joint; two that only cross are not.
    ends = list(group)
    for path in re.findall(r"class='wire' d='M([^']+)'", text):
        points = [tuple(int(v) // size for v in p.split()) for p in path.split("L")]
        for (x1, y1), (x2, y2) in zip(points, points[1:], strict=False):
            for x, y in ends:
                if min(x1, x2) <= x <= max(x1, x2) and min(y1, y2) <= y <= max(y1, y2):
                    group[find((x, y))] = find((x1, y1))
    for kind in ("tag", "flag"):
        for net, x, y in re.findall(
            rf"class='{kind}' data-net='(\w+)' data-at='(\S+) (\S+)'", text
        ):
            group[find((int(x), int(y)))] = find(net)
    nets = defaultdict(set)
    for pin, x, y in re.findall(r"data-pin='(\S+)' cx='(\S+)' cy='(\S+)'", text):
        nets[find((int(x) // size, int(y) // size))].add(pin)
    return {frozenset(pins) for pins in nets.values()}


@pytest.mark.parametrize("sheet", SHEETS)
def test_the_lines_of_the_drawing_are_the_nets(sheet):
    wanted = defaultdict(set)
    for part in parts_of(sheet):
        for pin, net in part.pins.items():
            wanted[net].add(f"{part.ref}.{pin}")
    assert drawn_nets(read(sheet)) == {frozenset(pins) for pins in wanted.values()}


@pytest.mark.parametrize("sheet", SHEETS)
def test_the_drawing_shows_every_value(sheet):
    found = re.findall(r"class='value' data-ref='(\w+)'[^>]*>([^<]*)<", read(sheet))
    assert dict(found) == {p.ref: p.shown for p in parts_of(sheet)}


@pytest.mark.parametrize("sheet", SHEETS)
def test_the_drawing_is_what_the_script_draws_today(sheet):
    fresh = draw.Drawing(layout.SHEETS[sheet]).svg()
    assert read(sheet) == fresh, "make hardware-docs writes it anew"


def test_every_block_is_drawn_once():
    drawn = [block for sheet in layout.SHEETS.values() for block in sheet.blocks]
    assert sorted(drawn) == sorted(block.name for block in netlist.BLOCKS)


def test_a_changed_value_changes_the_drawing(monkeypatch):
    part = netlist.BY_REF["R5"]._replace(value="47")
    monkeypatch.setitem(netlist.BY_REF, "R5", part)
    assert draw.Drawing(layout.STAGE).svg() != read("stage")


def test_a_moved_wire_is_noticed():
    text = read("stage")
    cut = re.sub(r"<path class='wire'[^>]*/>", "", text, count=1)
    assert drawn_nets(cut) != drawn_nets(text)


def test_the_pin_table_is_the_firmware_s(tmp_path):
    document = DRAWINGS.parent / "hardware.md"
    copy = tmp_path / "hardware.md"
    copy.write_text(document.read_text())
    write_pins(copy)
    assert copy.read_text() == document.read_text(), "make hardware-docs writes it anew"
