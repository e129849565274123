"""What each pin of a part is: its name and its electrical kind, and the rules that follow.

Names are those of the makers' data sheets; tests/hardware/test_terminals.py holds them against
KiCad's own library where that is installed. Kinds are KiCad's. A part that is not here has passive
pins: resistors, capacitors, diodes, plugs, transistors.
"""

# {kind of part: {pin: (name, kind)}}; pins of the package that nothing is joined to are "open".
PINS = {
    # 74LVC1G86, SOT-23-5
    "XOR": {"1": ("A", "input"), "2": ("B", "input"), "3": ("GND", "power_in"),
            "4": ("Y", "output"), "5": ("VCC", "power_in")},
    # 74LVC2G17, SOT-23-6
    "BUFFERS": {"1": ("1A", "input"), "2": ("GND", "power_in"), "3": ("2A", "input"),
                "4": ("2Y", "output"), "5": ("VCC", "power_in"), "6": ("1Y", "output")},
    # REF3033, SOT-23
    "REF": {"1": ("IN", "power_in"), "2": ("OUT", "power_out"), "3": ("GND", "power_in")},
    # TS922, MCP6002: every dual op-amp in SO-8
    "DUALOP": {"1": ("OUT A", "output"), "2": ("IN A-", "input"), "3": ("IN A+", "input"),
               "4": ("V-", "power_in"), "5": ("IN B+", "input"), "6": ("IN B-", "input"),
               "7": ("OUT B", "output"), "8": ("V+", "power_in")},
    # ISO1410DW (SLLSF22), SO-16 wide
    "ISO485": {"1": ("VCC1", "power_in"), "2": ("GND1", "power_in"), "3": ("R", "tri_state"),
               "4": ("RE", "input"), "5": ("DE", "input"), "6": ("D", "input"),
               "7": ("NC", "open"), "8": ("GND1", "power_in"), "9": ("GND2", "power_in"),
               "10": ("NC", "open"), "11": ("NC", "open"), "12": ("A", "bidirectional"),
               "13": ("B", "bidirectional"), "14": ("NC", "open"), "15": ("GND2", "power_in"),
               "16": ("VCC2", "power_in")},
    # DIP-24 converters: 2 and 3 are one net inside, 22 and 23 another
    "DCDC": {"22": ("+ in", "power_in"), "2": ("- in", "power_in"), "14": ("+ out", "power_out"),
             "16": ("- out", "passive")},
    "ACDC": {"1": ("L", "power_in"), "2": ("N", "power_in"), "3": ("- out", "passive"),
             "4": ("+ out", "power_out")},
    # LM2662 in SO-8, data sheet SNVS002
    "PUMP": {"1": ("FC", "input"), "2": ("CAP+", "passive"), "3": ("GND", "power_in"),
             "4": ("CAP-", "passive"), "5": ("OUT", "power_out"), "6": ("LV", "input"),
             "7": ("OSC", "open"), "8": ("V+", "power_in")},
    # ESP32-DevKitC V4, as far as it is wired: the firmware's directions
    "DEVKIT": {"5V": ("5V", "power_in"), "3V3": ("3V3", "power_out"), "GND": ("GND", "power_in"),
               "GPIO34": ("GPIO34", "input"), "GPIO35": ("GPIO35", "input"),
               "GPIO25": ("GPIO25", "output"), "GPIO27": ("GPIO27", "output"),
               "GPIO26": ("GPIO26", "open"), "GPIO17": ("GPIO17", "output"),
               "GPIO16": ("GPIO16", "input"), "GPIO4": ("GPIO4", "output")},
    "BAT54S": {"1": ("A", "passive"), "2": ("K", "passive"), "3": ("COM", "passive")},
    "TVS2": {"1": ("A1", "passive"), "2": ("A2", "passive"), "3": ("common", "passive")},
    "PNP": {"1": ("B", "passive"), "2": ("E", "passive"), "3": ("C", "passive")},
    "NJF": {"1": ("D", "passive"), "2": ("S", "passive"), "3": ("G", "passive")},
}  # fmt: skip

# Nets that get their power through a passive part: {net: (part, pin where the flag is, why)}.
FLAGS = {
    "GND": ("U3", "3", "the minus of whichever supply feeds"),
    "V5": ("U9", "8", "J3, U11 or U12 through D13 ... D15"),
    "GNDI": ("U7", "9", "the minus of U8's output"),
    "LF": ("U11", "1", "J2 through F1"),
    "N": ("U11", "2", "J2"),
    "BATI": ("U12", "22", "J5 through F2, D11 and R61"),
    "BATN": ("U12", "2", "J5"),
}
DRIVING = ("output", "tri_state", "bidirectional", "power_out", "passive")
STRONG = ("output", "power_out")


def name(part, pin):
    """A pin's name; its number where the part has no names."""
    return PINS.get(part.kind, {}).get(pin, (pin, "passive"))[0]


def kind(part, pin):
    """A pin's electrical kind, in KiCad's words."""
    return PINS.get(part.kind, {}).get(pin, (pin, "passive"))[1]


def complaints(parts, nets):
    """What the rules of pins object to: open or unknown pins, two outputs, nobody who drives."""
    by_ref = {part.ref: part for part in parts}
    found = []
    for part in parts:
        wanted = PINS.get(part.kind)
        if wanted:
            open_pins = {pin for pin, (_, what) in wanted.items() if what == "open"}
            wired = {pin for pin, net in part.pins.items() if not net.startswith("NC")}
            found += [f"{part.ref} pin {pin} is open" for pin in set(wanted) - wired - open_pins]
            found += [f"{part.ref} has no pin {pin}" for pin in set(part.pins) - set(wanted)]
            found += [f"{part.ref} pin {pin} must stay open" for pin in wired & open_pins]
    for net, ends in nets.items():
        kinds = [kind(by_ref[ref], pin) for ref, pin in ends]
        if sum(what in STRONG for what in kinds) + (net in FLAGS) > 1:
            found.append(f"net {net} is driven twice")
        if "input" in kinds and not any(what in DRIVING for what in kinds) and net not in FLAGS:
            found.append(f"net {net} is driven by nobody")
        if "power_in" in kinds and "power_out" not in kinds and net not in FLAGS:
            found.append(f"net {net} gets its power from nowhere")
    return sorted(found)
