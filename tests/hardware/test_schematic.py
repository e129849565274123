"""KiCad's schematic, read back from the file alone: it connects what the netlist connects."""

import re
from collections import defaultdict

from tools.hardware import netlist, schematic, terminals

TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|([()])|([^\s()"]+)')


def parsed(text):
    """The file as lists of lists of words."""
    stack = [[]]
    for words, bracket, word in TOKEN.findall(text):
        if bracket == "(":
            stack.append([])
        elif bracket == ")":
            done = stack.pop()
            stack[-1].append(done)
        else:
            stack[-1].append(word or words)
    assert len(stack) == 1
    return stack[0][0]


def all_of(node, name):
    return [child for child in node if isinstance(child, list) and child[:1] == [name]]


def one(node, name):
    return all_of(node, name)[0][1:]


def where(node):
    return tuple(round(float(v), 3) for v in one(node, "at")[:2])


FILE = parsed(schematic.SCHEMATIC.read_text())
# Graphic sheets: a symbol of the library looks up, the sheet down.
LIBRARY = {
    symbol[1]: {
        unit[1].rsplit("_", 2)[1]: {
            one(pin, "number")[0]: where(pin) for pin in all_of(unit, "pin")
        }
        for unit in all_of(symbol, "symbol")
    }
    for symbol in one(FILE, "lib_symbols")
}


def property_of(symbol, name):
    return next(p[2] for p in all_of(symbol, "property") if p[1] == name)


def test_files_are_what_the_script_writes_today():
    written = "make hardware-docs writes it anew"
    assert schematic.SCHEMATIC.read_text() == schematic.text(), written
    assert schematic.SYMBOLS.read_text() == schematic.library(), written
    assert schematic.TABLE.read_text() == schematic.table(), written


def test_wires_labels_and_pins_connect_what_the_netlist_connects():
    group = {}

    def find(x):
        while group.setdefault(x, x) != x:
            x = group[x]
        return x

    for wire in all_of(FILE, "wire"):
        a, b = (tuple(round(float(v), 3) for v in xy[1:]) for xy in one(wire, "pts"))
        assert a[0] == b[0] or a[1] == b[1]
        group[find(a)] = find(b)
    for kind in ("label", "global_label"):
        for label in all_of(FILE, kind):
            group[find(where(label))] = find(label[1])
    opened = {where(mark) for mark in all_of(FILE, "no_connect")}
    found = defaultdict(set)
    for symbol in all_of(FILE, "symbol"):
        x, y = where(symbol)
        assert one(symbol, "at")[2] == "0"
        pins = LIBRARY[one(symbol, "lib_id")[0]][one(symbol, "unit")[0]]
        for pin, (dx, dy) in pins.items():
            at = (round(x + dx, 3), round(y - dy, 3))
            net = f"open at {at}" if at in opened else find(at)
            found[net].add((property_of(symbol, "Reference"), pin))
    flags = {
        net: ends.pop()[0]
        for net in found
        if (ends := {end for end in found[net] if end[0].startswith("#FLG")})
    }
    for net, flag in flags.items():
        found[net].remove((flag, "1"))
    wanted = {net: set(ends) for net, ends in netlist.nets().items()}
    named = {net: ends for net, ends in wanted.items() if not net.startswith("NC")}
    names = {find(net): net for net in named}
    assert {names[n]: ends for n, ends in found.items() if n in names} == named
    assert {names[net] for net in flags} == set(terminals.FLAGS)
    alone = sorted(ends for net, ends in found.items() if net not in names)
    assert alone == sorted(ends for net, ends in wanted.items() if net.startswith("NC"))


def test_ends_that_meet_have_a_junction():
    ends = defaultdict(int)
    for wire in all_of(FILE, "wire"):
        for xy in one(wire, "pts"):
            ends[tuple(round(float(v), 3) for v in xy[1:])] += 1
    dots = {where(dot) for dot in all_of(FILE, "junction")}
    assert {point for point, count in ends.items() if count > 2} <= dots


def test_every_part_is_there_with_its_value_and_footprint():
    found = {
        property_of(s, "Reference"): (property_of(s, "Value"), property_of(s, "Footprint"))
        for s in all_of(FILE, "symbol")
        if not property_of(s, "Reference").startswith("#")
    }
    wanted = {p.ref: (p.shown, f"{schematic.LIBRARY}:{p.package}") for p in netlist.PARTS}
    assert found == wanted
    rows = {one(path, "reference")[0] for path in all_of(one_list("symbol_instances"), "path")}
    assert {row for row in rows if not row.startswith("#")} == set(wanted)


def test_the_pins_have_the_names_and_kinds_of_the_table():
    symbols = {s[1].partition(":")[2]: s for s in one(FILE, "lib_symbols")}
    for kind, pins in terminals.PINS.items():
        found = {
            one(pin, "number")[0]: (one(pin, "name")[0], pin[1])
            for unit in all_of(symbols[kind], "symbol")
            for pin in all_of(unit, "pin")
        }
        # Open pins have a mark of their own, or are left out of the drawing.
        wanted = {n: (name, what.replace("open", "passive")) for n, (name, what) in pins.items()}
        assert {n: p for n, p in wanted.items() if n in found} == found
        assert {pins[n][1] for n in pins if n not in found} <= {"open"}


def one_list(name):
    return next(child for child in FILE if child[:1] == [name])
