"""The routed board in hardware/, read back from KiCad's file; KiCad itself is not needed."""

import csv
import itertools
import re

import pytest

from tools.hardware import netlist
from tools.hardware.board import distance, placing, steady
from tools.hardware.board.__main__ import HARDWARE, pick_and_place
from tools.hardware.board.footprints import FOOTPRINTS, turned

FILE = HARDWARE / "battery-ct.kicad_pcb"
WRITTEN = "make hardware writes it anew"


@pytest.fixture(scope="module")
def text():
    return FILE.read_text()


@pytest.fixture(scope="module")
def places():
    return placing.everything()


def test_8_mm_between_mains_rs485_battery_and_ct_side():
    apart = distance.smallest(FILE)
    assert set(itertools.chain(*apart)) == {"mains", "rs485", "battery", "logic"}
    assert min(apart.values()) >= placing.GAP


def test_a_track_across_the_gap_is_noticed(text):
    bridge = '(segment (start 36 60) (end 44 60) (width 0.25) (layer "F.Cu") (net {}) (tstamp 0))'
    number = re.search(r'\(net (\d+) "L"\)', text)[1]
    points = distance.sides(text + bridge.format(number))["mains"]
    assert points[:, 0].max() > 40


def test_every_pad_has_the_net_of_the_netlist(text):
    found = {}
    for module in re.split(r"\n  \(footprint ", text)[1:]:
        ref = re.search(r'fp_text reference "([^"]+)"', module)[1]
        for pad, net in re.findall(r'\(pad "([^"]*)" [^\n]*\n *\(net \d+ "([^"]+)"', module):
            found.setdefault((ref, pad), set()).add(net)
    wanted = {(p.ref, pin): {net} for p in netlist.PARTS for pin, net in p.pins.items()}
    assert found == wanted, WRITTEN


def test_the_parts_stand_where_the_script_says(text, places):
    for part in netlist.PARTS:
        x, y, _ = places[part.ref]
        module = text.split(f'fp_text reference "{part.ref}"')[0].rsplit("\n  (footprint ", 1)[1]
        where = re.search(r"\(at (-?[\d.]+) (-?[\d.]+)", module)
        assert (float(where[1]), float(where[2])) == pytest.approx((x, y), abs=0.01), part.ref


def test_no_part_stands_in_another_one(places):
    boxes = {}
    for part in netlist.PARTS:
        x, y, quarters = places[part.ref]
        body = FOOTPRINTS[part.package].body
        (x1, y1), (x2, y2) = (turned(*p, quarters) for p in (body[:2], body[2:]))
        boxes[part.ref] = x + min(x1, x2), y + min(y1, y2), x + max(x1, x2), y + max(y1, y2)
    for (one, a), (two, b) in itertools.combinations(boxes.items(), 2):
        apart = a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
        assert apart, f"{one} and {two}"


def test_the_machine_s_list_is_today_s(places):
    rows = [[str(cell) for cell in row] for row in pick_and_place(places)]
    assert list(csv.reader((HARDWARE / "pick-and-place.csv").open())) == rows, WRITTEN


def test_pads_count_for_the_distance(text):
    x = placing.PLACED["U7"][0] - 4.9  # middle of the pads of the logic side
    points = distance.sides(re.sub(r"\n  \((segment|via|zone).*", "", text))["logic"]
    assert abs(points[:, 0] - (x + 1.65 / 2)).min() < 0.01


def test_a_converter_of_24_pins_has_its_holes_where_a_dual_in_line_package_has_pins():
    def place(pin):
        row = 7.62 if pin <= 12 else -7.62
        return (round(-13.97 + 2.54 * ((pin if pin <= 12 else 25 - pin) - 1), 2), row)

    holes = {(round(pad.x, 2), pad.y): pad.name for pad in FOOTPRINTS["DIP24"].pads}
    # 3 belongs to 2 and 23 to 22: each pair is one net inside.
    wanted = {2: "2", 3: "2", 22: "22", 23: "22", 14: "14", 16: "16", 9: "9", 11: "11"}
    assert holes == {place(pin): name for pin, name in wanted.items()}


def test_the_bare_zmpt101b_has_its_windings_10_mm_apart():
    holes = {pad.name: (pad.x, pad.y) for pad in FOOTPRINTS["ZMPT101B"].pads}
    assert holes["3"][0] - holes["2"][0] == 10.0
    assert holes["2"][1] == holes["3"][1]  # counted around the body
    assert holes["2"][1] - holes["1"][1] == 12.7
    wide = max(pad.wide for pad in FOOTPRINTS["ZMPT101B"].pads)
    assert 10.0 - wide > placing.GAP


def test_the_socket_is_espressif_s_devkitc():
    holes = {(round(pad.x, 2), round(pad.y, 2)): pad.name for pad in FOOTPRINTS["DEVKIT38"].pads}
    assert len(holes) == 38
    # Corners, and the pins that we use, as row and number from the antenna on.
    for x, number, name in (
        (-12.7, 1, "3V3"), (-12.7, 19, "5V"), (12.7, 1, "GND"), (12.7, 19, "GPIO6"),
        (-12.7, 5, "GPIO34"), (-12.7, 6, "GPIO35"), (-12.7, 9, "GPIO25"), (-12.7, 10, "GPIO26"),
        (-12.7, 11, "GPIO27"), (12.7, 11, "GPIO17"), (12.7, 12, "GPIO16"), (12.7, 13, "GPIO4"),
    ):  # fmt: skip
        assert holes[(x, round(2.54 * (number - 10), 2))] == name


def test_the_file_changes_only_where_the_board_does(text):
    assert steady.steady(text) == text
    other_marks = re.sub(r"\(tstamp [^)]*\)", "(tstamp 1234)", text)
    assert steady.steady(other_marks) == text
