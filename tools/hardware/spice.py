"""Lines of an ngspice deck, made from the netlist; the models are in tools/analog/*.lib."""

from tools.hardware import netlist

# kind -> (letter, model or None for the value's own subcircuit, order of the pins)
SIMPLE = {
    "D": ("D", None, "21"),
    "PNP": ("Q", "pnp_small", "312"),
    "NJF": ("J", "njf_switch", "132"),
    "TVS": ("X", "suppressor", "12"),
    "XOR": ("X", "xor_gate", "1254"),
    "TRANSFORMER": ("X", None, "1234"),
    "VARISTOR": ("X", "varistor", "12"),
}
UNITS = {  # several equal ones in one package
    "DUALOP": ("X", None, ("32841", "56847")),
    "BUFFERS": ("X", "schmitt", ("156", "354")),
    "BAT54S": ("D", "schottky", ("13", "32")),
}
SUBCIRCUITS = {
    "230 V / 9 V, 1.5 VA": "pcb_transformer",
    "1N4148W": "small",
    "SS14": "power_schottky",
    "SS110": "power_schottky",
}


def lines(refs, rename=None, values=None):
    """Deck lines of these parts; "U2.b" is only the second unit of U2.

    rename: {net: node}, GND is node 0 by itself; values: {ref: ohm or farad} instead of the
    nominal ones, or parameters of a subcircuit as text.
    """
    nodes = {"GND": "0", **(rename or {})}
    return "\n".join(line for ref in refs for line in _part(ref, nodes, values or {})) + "\n"


def of_block(*names, without=()):
    """References of all parts of these blocks that ngspice has a model for."""
    known = {"R", "C", "L", *SIMPLE, *UNITS}
    return [
        p.ref for p in netlist.PARTS if p.block in names and p.kind in known
        and p.ref not in without
    ]  # fmt: skip


def _part(ref, nodes, values):
    ref, _, unit = ref.partition(".")
    part = netlist.BY_REF[ref]

    def at(pins):
        return " ".join(nodes.get(part.pins[p], part.pins[p].lower()) for p in pins)

    if part.kind in ("R", "C", "L"):
        yield f"{ref} {at('12')} {values.get(ref, part.number):.6g}"
    elif part.kind in SIMPLE:
        letter, model, pins = SIMPLE[part.kind]
        yield f"{letter}{ref} {at(pins)} {model or _model(part)} {values.get(ref, '')}".rstrip()
    elif part.kind in UNITS:
        letter, model, units = UNITS[part.kind]
        for name, pins in zip("ab", units, strict=True):
            if unit in ("", name):
                yield f"{letter}{ref}{name} {at(pins)} {model or _model(part)}"
    else:
        raise ValueError(f"ngspice has no model of {ref}, {part.kind}")


def _model(part):
    return SUBCIRCUITS.get(part.value, part.value.lower())


# The cuts at which ngspice looks into the board. All of the drive and of the current source is in
# `vi`, so that its input can be swept alone.
FILTER = ["R1", "R2", "R3", "C1", "C2", "C3", "U2.a", "C4", "R4", "R19", "Q2"]
OUTPUT = ["U2.b", "R8", "C5", "R7", "R5", "R10", "C6", "D1", "R11", "R12", "R13", "C10"]
GATE = ["R6", "R9", "U3", "C11", "D2", "C12", "R14", "U5", "R15", "D3", "C13", "R16", "Q1",
        "R17", "R18"]  # fmt: skip


MAINS = {
    "transformer": ["RV1", "T1", "R21", "R22", "R23"],
    "zmpt": ["RV1", "R24", "R25", "T2", "R26", "R23"],
}
MAINS_FILTER = ["R31", "R32", "R33", "C31", "C32", "C33", "U6", "R34", "C34", "R35", "R36", "C35"]


def mains_subcircuit(variant, name="sensing", values=None):
    """Subcircuit (lf n mains): from the mains, behind the fuse, to the converter's pin."""
    parts = lines(MAINS[variant] + MAINS_FILTER, {"LF": "lf", "N": "n", "V33": "v33"}, values)
    return f".subckt {name} lf n mains\nVlogic v33 0 3.3\n{parts}.ends\n"


def reference_library(values=None, supply="4.65", pump="-4.65"):
    """Subcircuits `vi` (drive p n), `stage` (pin p n, mute open) and `board` (data word p n).

    supply, pump: what +5 V and -5 V are, as ngspice wants a source's value.
    """
    rails = {"V5": "vp", "VM5": "vn", "CTP": "p", "CTN": "n"}
    supplies = f"""* 5.0 V behind D13 (0.35 V) and 0.5 ohm; charge pump of 3.5 ohm (LM2662).
Vsupply plus 0 {supply}
Rplus plus vp 0.5
Vpump minus 0 {pump}
Rpump minus vn 3.5
Blogic v33 0 V=max(0,min(3.3,V(plus)-1.1))
"""
    output = lines(OUTPUT, {**rails, "INP": "drive"}, values)
    whole = lines(FILTER + OUTPUT, {**rails, "PULSE": "pin"}, values)
    gate = lines(GATE, {**rails, "GATEB": "word", "PULSE": "pin"}, values)
    return f"""* Written by tools/hardware/spice.py from the board's netlist: change it there.
.subckt vi drive p n
{supplies}{output}.ends

.subckt stage pin p n
{supplies}* The mute stands open: the word clock runs.
Vmute mute 0 -4.5
{whole}.ends

.subckt board data word p n
{supplies}Bclean vref 0 V=max(0,min(3.3,V(plus)-0.05))
{gate}{whole}.ends
"""
