"""Pins: the rules notice what they should, and the names are those of KiCad's library."""

import os
import re
from pathlib import Path

import pytest

from tools.hardware import netlist, terminals

LIBRARY = Path(os.environ.get("KICAD_SYMBOLS", "/usr/share/kicad/symbols"))
# Our kind: KiCad's file and symbol; another type of the same pins where ours is not there.
SAME_PINS = {
    "XOR": ("74xGxx", "74LVC1G86"),
    "BUFFERS": ("74xGxx", "74LVC2G17"),
    "REF": ("Reference_Voltage", "REF3033"),
    "DUALOP": ("Amplifier_Operational", "LM2904"),
    "PUMP": ("Regulator_SwitchedCapacitor", "LTC660"),
    "TVS2": ("Diode", "SM712_SOT23"),
    "BAT54S": ("Diode", "BAT54S"),
    "PNP": ("Transistor_BJT", "MMBT3906"),
    "NJF": ("Transistor_FET", "MMBFJ113"),
    "ISO485": ("Interface_UART", "ISO3082DW"),
}
# Words of the library for what its part calls otherwise than ours.
OTHER_WORDS = {
    "~": "",
    "~{RE}": "RE",
    "BOOST": "FC",
    "VOUT": "OUT",
    "VIN": "IN",
    "COMMON": "common",
}


def changed(ref, pin, net):
    """The parts with one pin on another net, and their nets."""
    parts = [p._replace(pins={**p.pins, pin: net}) if p.ref == ref else p for p in netlist.PARTS]
    return parts, netlist.nets(parts)


def test_the_rules_object_to_nothing():
    assert terminals.complaints(netlist.PARTS, netlist.nets()) == []


@pytest.mark.parametrize(
    ("ref", "pin", "net", "words"),
    [
        ("U3", "4", "V33", "net V33 is driven twice"),
        ("U5", "4", "CLOCKED", "net CLOCKED is driven twice"),
        ("U2", "8", "NC99", "U2 pin 8 is open"),
        ("U4", "2", "NC99", "net VREF gets its power from nowhere"),
        ("U1", "GPIO26", "WORD", "U1 pin GPIO26 must stay open"),
        ("U9", "5", "GND", "net GND is driven twice"),
    ],
)
def test_a_wrong_wire_is_noticed(ref, pin, net, words):
    assert words in terminals.complaints(*changed(ref, pin, net))


def test_an_input_that_nobody_drives_is_noticed():
    parts = [p for p in netlist.PARTS if p.ref in ("U3", "U5")]
    assert "net DATA is driven by nobody" in terminals.complaints(parts, netlist.nets(parts))


def test_every_flag_stands_where_power_comes_in():
    for net, (ref, pin, why) in terminals.FLAGS.items():
        assert netlist.BY_REF[ref].pins[pin] == net
        assert why


def symbol(file, name):
    """{pin: name} of a symbol of KiCad's library, through what it extends."""
    text = (LIBRARY / f"{file}.kicad_sym").read_text()
    body = re.search(rf'\n  \(symbol "{re.escape(name)}" (.*?)\n  \)', text, re.DOTALL)[1]
    parent = re.match(r'\(extends "([^"]+)"\)', body)
    if parent:
        return symbol(file, parent[1])
    return {
        number: words
        for words, number in re.findall(
            r'\(pin \w+ \w+ \(at.*?\(name "([^"]*)".*?\(number "([^"]*)"', body, re.DOTALL
        )
    }


@pytest.mark.skipif(not LIBRARY.exists(), reason="needs Debian's kicad-symbols")
@pytest.mark.parametrize("kind", SAME_PINS)
def test_pins_are_those_of_kicad_s_library(kind):
    theirs = symbol(*SAME_PINS[kind])
    ours = terminals.PINS[kind]
    assert set(theirs) == set(ours)
    for pin, words in theirs.items():
        words = OTHER_WORDS.get(words, words)
        mine = ours[pin][0]
        if kind == "DUALOP":  # the library writes - and +, and nothing at outputs
            assert words in mine, (kind, pin)
        elif words and mine != "NC":  # ISO3082's 10 is ground, ISO1410's is open
            assert words.upper() == mine.upper(), (kind, pin)
