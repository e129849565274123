"""The same drawings as a KiCad 6 schematic: hardware/battery-ct.kicad_sch, and its symbols.

Everything comes from the one netlist and from where layout.py puts the symbols. No symbol is
turned in the file: each turned shape is a symbol of its own, so that nobody has to know which way
KiCad turns. Nets that leave a drawing, supplies and grounds are global labels with the netlist's
names; all others have one plain label.
"""

import re
import uuid
from math import hypot

from tools.hardware import draw, layout, netlist, symbols, terminals
from tools.hardware.bom import FILE
from tools.hardware.strokes import lines_of

STEP_MM = 2.54  # one step of the drawings' grid
LIBRARY = "battery-ct"
SCHEMATIC = FILE.parent / "battery-ct.kicad_sch"
SYMBOLS = FILE.parent / "battery-ct.kicad_sym"
TABLE = FILE.parent / "sym-lib-table"
# Where the drawings stand on the sheet, in steps: two columns.
OFFSETS = {
    "gate": (20, 20), "stage": (155, 32), "inlet": (20, 85), "filter": (155, 85),
    "rs485": (20, 140), "supply": (155, 140), "rails": (155, 185),
}  # fmt: skip
PAPER = "A1"
FLAG = "PWR_FLAG"


class Recorded(draw.Drawing):
    """A drawing that also remembers which wires it laid, as lists of corners by net."""

    def __init__(self, sheet):
        super().__init__(sheet)
        self.laid = {}

    def _lay(self, net, way):
        super()._lay(net, way)
        self.laid.setdefault(net, []).append([way[0], *draw.maze.corners(way)[1:-1], way[-1]])


def mm(steps):
    """Steps of the grid in millimetres, as KiCad writes them."""
    return f"{round(steps * STEP_MM, 3):g}"


def name_of(part, turn):
    """The symbol of a part that is turned like that."""
    return f"{part.kind}_{turn}" if str(turn) != "0" else part.kind


def _unit(name, shape, turn, part):
    """One unit of a symbol: lines, words, pins. In a symbol y looks up."""
    out = [f'    (symbol "{name}"']
    for path in shape.paths:
        for line in lines_of(path):
            points = " ".join(f"(xy {mm(x)} {mm(-y)})" for x, y in _all_turned(line, turn))
            out.append(
                f"      (polyline (pts {points})"
                " (stroke (width 0.15) (type default) (color 0 0 0 0)) (fill (type none)))"
            )
    for x, y, _, words in shape.texts:
        if words:
            ((x, y),) = _all_turned([(x, y)], turn)
            out.append(
                f'      (text "{words}" (at {mm(x)} {mm(-y)} 0) (effects (font (size 0.9 0.9))))'
            )
    for pin, at in shape.pins.items():
        ((x, y),) = _all_turned([at], turn)
        kind = terminals.kind(part, pin).replace("open", "passive")
        out.append(
            f"      (pin {kind} line (at {mm(x)} {mm(-y)} 0) (length 0)"
            f' (name "{terminals.name(part, pin)}" (effects (font (size 1 1))))'
            f' (number "{pin}" (effects (font (size 1 1)))))'
        )
    return [*out, "    )"]  # fmt: skip


def _all_turned(points, turn):
    return [symbols.turned(point, turn) for point in points]


def symbol(part, turn, prefix):
    """The library symbol of a part, all its units."""
    name = name_of(part, turn)
    letters = re.match("[A-Z]+", part.ref)[0]
    hidden = "(effects (font (size 1.27 1.27)) hide)"
    out = [f'  (symbol "{prefix}{name}" (pin_numbers hide) (pin_names (offset 0) hide)'
           " (in_bom yes) (on_board yes)"]  # fmt: skip
    for i, (key, value) in enumerate((("Reference", letters), ("Value", name), ("Footprint", ""),
                                      ("Datasheet", "~"))):  # fmt: skip
        out.append(f'    (property "{key}" "{value}" (id {i}) (at 0 0 0) {hidden})')
    units = symbols.UNIT.get(part.kind)
    if units:
        for i, unit in enumerate(sorted(units), 1):
            out += _unit(f"{name}_{i}_1", units[unit], turn, part)
    else:
        out += _unit(f"{name}_1_1", symbols.SHAPES[part.kind], turn, part)
    return [*out, "  )"]


def _all_symbols(prefix):
    made = {}
    for sheet in layout.SHEETS.values():
        for place, (_, _, turn) in sheet.places.items():
            part = netlist.BY_REF[place.partition(".")[0]]
            made.setdefault(name_of(part, turn), symbol(part, turn, prefix))
    return [line for name in sorted(made) for line in made[name]] + _flag_symbol(prefix)


def _flag_symbol(prefix):
    """KiCad's way to say that power comes in here: an output of power without a part."""
    hidden = "(effects (font (size 1.27 1.27)) hide)"
    out = [f'  (symbol "{prefix}{FLAG}" (power) (pin_numbers hide) (pin_names (offset 0) hide)'
           " (in_bom no) (on_board no)"]  # fmt: skip
    for i, (key, value) in enumerate((("Reference", "#FLG"), ("Value", FLAG), ("Footprint", ""),
                                      ("Datasheet", "~"))):  # fmt: skip
        out.append(f'    (property "{key}" "{value}" (id {i}) (at 0 0 0) {hidden})')
    return [
        *out,
        f'    (symbol "{FLAG}_1_1"',
        "      (pin power_out line (at 0 0 90) (length 0)"
        ' (name "pwr" (effects (font (size 1 1)))) (number "1" (effects (font (size 1 1)))))',
        "    )",
        "  )",
    ]


def _flags(name):
    """Where power comes in: KiCad's flags at the pins that terminals.FLAGS names."""
    sheet, offset = layout.SHEETS[name], OFFSETS[name]
    drawing = draw.Drawing(sheet)
    drawing.svg()
    out, rows = [], []
    for number, (net, (ref, pin, _)) in enumerate(terminals.FLAGS.items(), 1):
        if (ref, pin) in drawing.pins:
            x, y = (mm(a + b) for a, b in zip(drawing.pins[(ref, pin)], offset, strict=True))
            me, words = _id("flag", net), f"#FLG{number:02}"
            out.append(
                f'  (symbol (lib_id "{LIBRARY}:{FLAG}") (at {x} {y} 0) (unit 1) (in_bom no)'
                f" (on_board no) (uuid {me})"
            )
            for i, (key, value) in enumerate((("Reference", words), ("Value", FLAG),
                                              ("Footprint", ""), ("Datasheet", "~"))):  # fmt: skip
                out.append(f'    (property "{key}" "{value}" (id {i}) (at {x} {y} 0)'
                           " (effects (font (size 1 1)) hide))")  # fmt: skip
            out += [f'    (pin "1" (uuid {_id("flag", net, 1)}))', "  )"]
            rows.append(f'    (path "/{me}" (reference "{words}") (unit 1) (value "{FLAG}")'
                        ' (footprint ""))')  # fmt: skip
    return out, rows


def _id(*words):
    """The same id for the same thing, whenever the file is written."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "battery-ct/" + "/".join(map(str, words))))


def _instances(sheet, offset):
    """The placed symbols of a drawing, and their rows of the table at the file's end."""
    out, rows = [], []
    for place, (x, y, turn) in sheet.places.items():
        ref, _, unit = place.partition(".")
        part = netlist.BY_REF[ref]
        number = sorted(symbols.UNIT[part.kind]).index(unit) + 1 if unit else 1
        at = (x + offset[0], y + offset[1])
        shape = symbols.shape(part, unit)
        corners = _all_turned([shape.box[:2], shape.box[2:]], turn)
        top = at[1] + min(c[1] for c in corners)
        me, print_of = _id(place), f"{LIBRARY}:{part.package}"
        out.append(
            f'  (symbol (lib_id "{LIBRARY}:{name_of(part, turn)}") (at {mm(at[0])}'
            f" {mm(at[1])} 0) (unit {number}) (in_bom yes) (on_board yes) (uuid {me})"
        )
        for i, (key, value, up) in enumerate(
            (("Reference", ref, 1.2), ("Value", part.shown, 0.4), ("Footprint", print_of, None),
             ("Datasheet", "~", None))):  # fmt: skip
            shown = "(effects (font (size 1.1 1.1)))" if up else "(effects (font (size 1 1)) hide)"
            out.append(
                f'    (property "{key}" "{value}" (id {i})'
                f" (at {mm(at[0])} {mm(top - (up or 0))} 0) {shown})"
            )
        out += [f'    (pin "{pin}" (uuid {_id(place, pin)}))' for pin in shape.pins]
        out.append("  )")
        rows.append(
            f'    (path "/{me}" (reference "{ref}") (unit {number})'
            f' (value "{part.shown}") (footprint "{print_of}"))'
        )
    return out, rows  # fmt: skip


def pieces(lines, points):
    """Straight pieces of one net's wires, cut wherever one of them, a pin or a label begins."""
    points = set(points) | {corner for line in lines for corner in line}
    made = set()
    for line in lines:
        for a, b in zip(line, line[1:], strict=False):
            on = sorted((p for p in points if _between(p, a, b)), key=lambda p: _far(p, a))
            made.update((p, q) if p < q else (q, p) for p, q in zip(on, on[1:], strict=False))
    return sorted(made)


def _between(p, a, b):
    return (min(a[0], b[0]) <= p[0] <= max(a[0], b[0])
            and min(a[1], b[1]) <= p[1] <= max(a[1], b[1]))  # fmt: skip


def _far(p, a):
    return hypot(p[0] - a[0], p[1] - a[1])


def _label(kind, net, point, out, offset):
    turn = {(1, 0): 0, (0, -1): 90, (-1, 0): 180, (0, 1): 270}[out]
    side = "right" if turn in (180, 270) else "left"
    shape = " (shape passive)" if kind == "global_label" else ""
    x, y = mm(point[0] + offset[0]), mm(point[1] + offset[1])
    return (f'  ({kind} "{net}"{shape} (at {x} {y} {turn}) (effects (font (size 1.1 1.1))'
            f" (justify {side})) (uuid {_id(kind, net, x, y)}))")  # fmt: skip


def _wires(name):
    """Wires, junctions, labels and open pins of a drawing."""
    sheet, offset = layout.SHEETS[name], OFFSETS[name]
    drawing = Recorded(sheet)
    drawing.svg()
    out, dots = [], []
    for net, points in drawing.nets().items():
        tags = sheet.tags.get(net, [])
        if net.startswith("NC"):
            out += [f"  (no_connect (at {mm(x + offset[0])} {mm(y + offset[1])})"
                    f" (uuid {_id('open', net, x, y)}))" for x, y in points]  # fmt: skip
            continue
        if net in netlist.POWER:
            out += [_label("global_label", net, p, drawing.outward[p], offset) for p in points]
            continue
        cut = pieces(drawing.laid.get(net, []), [*points, *tags])
        for a, b in cut:
            ends = " ".join(f"(xy {mm(x + offset[0])} {mm(y + offset[1])})" for x, y in (a, b))
            out.append(
                f"  (wire (pts {ends}) (stroke (width 0) (type default) (color 0 0 0 0))"
                f" (uuid {_id('wire', net, name, a, b)}))"
            )
        for x, y in {p for piece in cut for p in piece}:
            if sum((x, y) in piece for piece in cut) + points.count((x, y)) > 2:
                dots.append((x + offset[0], y + offset[1]))
        for tag in tags:
            way = (-1, 0) if sheet.tags_look(tag) == "left" else (1, 0)
            out.append(_label("global_label", net, tag, way, offset))
        if not tags:
            out.append(_label("label", net, points[0], (1, 0), offset))
    out += [f"  (junction (at {mm(x)} {mm(y)}) (diameter 0) (color 0 0 0 0)"
            f" (uuid {_id('dot', x, y)}))" for x, y in sorted(dots)]  # fmt: skip
    return out


def text():
    """The whole schematic."""
    out = ["(kicad_sch (version 20211123) (generator battery_ct)", f"  (uuid {_id('root')})",
           f'  (paper "{PAPER}")', '  (title_block (title "Battery CT"))',
           "  (lib_symbols", *_all_symbols(f"{LIBRARY}:"), "  )"]  # fmt: skip
    rows = []
    for name, sheet in layout.SHEETS.items():
        x, y = OFFSETS[name]
        out.append(
            f'  (text "{sheet.title}" (at {mm(x)} {mm(y - 16)} 0)'
            f" (effects (font (size 3 3) bold) (justify left)) (uuid {_id('t', name)}))"
        )
        made, more = _instances(sheet, OFFSETS[name])
        flags, flag_rows = _flags(name)
        out += [*_wires(name), *made, *flags]
        rows += more + flag_rows
    out += ['  (sheet_instances (path "/" (page "1")))', "  (symbol_instances", *rows, "  )", ")"]
    return "\n".join(out) + "\n"


def library():
    """The symbols alone, for KiCad to find them again."""
    lines = ["(kicad_symbol_lib (version 20211014) (generator battery_ct)", *_all_symbols(""), ")"]
    return "\n".join(lines) + "\n"


def table():
    """Where KiCad finds the symbols of this project."""
    return (f'(sym_lib_table\n  (lib (name "{LIBRARY}")(type "KiCad")'
            '(uri "${KIPRJMOD}/battery-ct.kicad_sym")(options "")(descr ""))\n)\n')  # fmt: skip


def main():
    """Write schematic, symbols and their table."""
    SCHEMATIC.write_text(text())
    SYMBOLS.write_text(library())
    TABLE.write_text(table())
