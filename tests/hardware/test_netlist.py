"""One netlist, four uses: the parts list, the decks, the pins and the plant agree with it."""

import re

import pytest

from tools.hardware import bom, netlist, pins, spice
from tools.hardware.part import quantity
from tools.plant.analog import REFERENCE

WRITTEN = "make hardware-docs writes it anew"


def test_the_electrical_rules_object_to_nothing():
    assert netlist.complaints() == []


def test_the_parts_list_is_the_netlist_s():
    assert bom.FILE.read_text() == bom.text(), WRITTEN


def test_the_parts_list_has_every_part_with_its_value_once():
    listed = bom.read(bom.FILE.read_text())
    assert listed == {p.ref: (p.shown, p.package, p.fit or "always") for p in netlist.PARTS}


def test_every_part_says_why_it_is_there():
    assert [p.ref for p in netlist.PARTS if len(p.why) < 4] == []


@pytest.mark.parametrize("cut", ["FILTER", "OUTPUT", "GATE", "MAINS_FILTER"])
def test_the_decks_have_the_netlist_s_values(cut):
    refs = getattr(spice, cut)
    found = dict(re.findall(r"^([RC]\d+) \S+ \S+ (\S+)$", spice.lines(refs), re.MULTILINE))
    wanted = {r: netlist.BY_REF[r].number for r in refs if r[0] in "RC" and r[1].isdigit()}
    assert {ref: float(value) for ref, value in found.items()} == pytest.approx(wanted, rel=1e-5)


def test_a_changed_value_shows_in_deck_and_parts_list(monkeypatch):
    part = netlist.BY_REF["R5"]._replace(value="47")
    monkeypatch.setitem(netlist.BY_REF, "R5", part)
    monkeypatch.setattr(
        netlist, "PARTS", tuple(part if p.ref == "R5" else p for p in netlist.PARTS)
    )
    assert "R5 n 0 47" in spice.reference_library()
    assert bom.FILE.read_text() != bom.text()


def test_every_part_of_gate_and_stage_is_simulated():
    simulated = {r.split(".")[0] for r in spice.FILTER + spice.OUTPUT + spice.GATE}
    left = {p.ref for p in netlist.PARTS if p.block in ("gate", "stage")} - simulated
    # The jumper, the reference with its capacitors, decoupling and the terminal: sources or wires.
    assert left == {"JP1", "U4", "C7", "C8", "C14", "C15", "J1"}


def test_the_plant_s_reference_stage_has_the_netlist_s_values():
    found = {ref: netlist.BY_REF[ref].number for ref in REFERENCE}
    assert found == pytest.approx(REFERENCE)


def test_the_socket_has_the_pins_of_the_firmware():
    nets = netlist.BY_REF["U1"].pins
    gpio = pins.maps()["devkit_wroom32"]
    wanted = {"ct": "DATA", "word": "WORD", "mains": "MAINS", "sense": "SENSE", "tx": "TX",
              "rx": "RX", "de": "DE"}  # fmt: skip
    for name, net in wanted.items():
        assert nets[f"GPIO{gpio[name]}"] == net


def test_only_barrier_parts_see_two_sides():
    assert all(netlist.BY_REF[ref].kind in ("TRANSFORMER", "ISO485", "DCDC", "ACDC")
               for ref in netlist.BARRIERS)  # fmt: skip


def test_values_read_as_people_write_them():
    assert quantity("2.2n") == pytest.approx(2.2e-9)
    assert quantity("51") == 51
    assert netlist.BY_REF["C1"].shown == "15 nF"
    with pytest.raises(ValueError, match="no value"):
        quantity("TS922")
