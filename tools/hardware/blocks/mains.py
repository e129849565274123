"""From the mains to the converter: two ways across the barrier, one filter, one bias."""

from tools.hardware.part import Block

FILM = {"tolerance": "5 %", "generic": "C0G or film, ≥ 16 V", "package": "1206"}
SAFETY = "crosses the barrier: double insulation"

inlet = Block("inlet", "mains", "Mains inlet and the two ways across the barrier")
inlet.part("J2", "TERMINAL2", "mains L N", "L N", "behind a 6 A breaker, same phase as the Zappi",
           generic="screw terminal 7.62 mm, 300 V", package="TERM2MAINS")  # fmt: skip
inlet.part("F1", "FUSE", "T 500 mA", "L LF",
           "a shorted primary or varistor; 500 mA stand the inrush of U11",
           generic="5 × 20 mm, 250 V, in a closed holder", package="FUSE5X20")  # fmt: skip
inlet.part("RV1", "VARISTOR", "S10K275", "LF N", "surges between L and N",
           generic="varistor 275 VAC, 10 mm", package="DISC7")  # fmt: skip
inlet.part(
    "T1",
    "TRANSFORMER",
    "230 V / 9 V, 1.5 VA",
    "LF N SA VB",
    "safety transformer to EN 61558-2-6, 12.6 V unloaded; " + SAFETY,
    generic="EI30 PCB transformer, short-circuit proof",
    package="EI30",
    fit="transformer",
    other="any EN 61558-2-6 transformer, 6 … 12 V: R23 by docs/hardware-mains.md",
)
inlet.resistor("R21", "47k", "SA", "SM", "divider", fit="transformer")
inlet.resistor("R22", "47k", "SM", "TAP", "divider, two in series: surges", fit="transformer")
inlet.resistor("R23", "4.99k", "TAP", "VB", "divider: 0.64 V at 230 V")
for ref, one, two in (("R24", "LF", "Z1"), ("R25", "Z1", "ZP")):
    inlet.resistor(ref, "100k", one, two, "1.15 mA; two, so that one may fail shorted",
                   generic="metal film, high voltage, fusible, ≥ 350 V", package="R0207",
                   fit="zmpt")  # fmt: skip
inlet.part(
    "T2",
    "TRANSFORMER",
    "ZMPT101B",
    "ZP N TAP VB",
    "current transformer 2 mA : 2 mA, phase within 20′; " + SAFETY,
    generic="ZMPT101B, the bare part",
    package="ZMPT101B",
    fit="zmpt",
    other="ZMPT107; a module with trimmer and LM358 goes to J7",
)
inlet.resistor("R26", "620", "TAP", "VB", "burden, with R23: 0.64 V at 230 V", fit="zmpt")
inlet.part("J7", "TERMINAL3", "ZMPT module", "V5 GND MODOUT",
           "instead of T1 and T2: a module with its own amplifier, mains on the module",
           generic="pin header", package="HEADER3", fit="zmpt module",
           other="only a module with 8 mm between its sides; trim it to 0.64 V")  # fmt: skip
inlet.capacitor("C37", "10u", "MODOUT", "TAP", "takes the module's 2.5 V away", package="1206",
                fit="zmpt module")  # fmt: skip

filters = Block("filter", "logic", "Anti-alias filter and bias of the mains channel")
for ref, value, one, two in (
    ("R31", "51k", "TAP", "M1"), ("R32", "56k", "M1", "M2"), ("R33", "56k", "M2", "M3"),
):  # fmt: skip
    filters.resistor(ref, value, one, two, "Butterworth of third order at 0.27 kHz")
filters.capacitor("C31", "15n", "M1", "GND", "Butterworth, see R31", **FILM)
filters.capacitor("C32", "39n", "M2", "MBUF", "Butterworth, see R31", **FILM)
filters.capacitor("C33", "2.2n", "M3", "GND", "Butterworth, see R31", **FILM)
filters.part(
    "U6", "DUALOP", "MCP6002",
    {"1": "MBUF", "2": "MBUF", "3": "M3", "4": "GND", "5": "VD", "6": "VB", "7": "VB", "8": "V33"},
    "filter and bias; fed from 3.3 V, so the pin never sees more",
    generic="MCP6002, SO-8", package="SOIC-8", other="TLV9002, LMV358 (swing to 50 mV is enough)",
)  # fmt: skip
filters.resistor("R34", "1k", "MBUF", "MAINS", "charge for the converter")
filters.capacitor("C34", "10n", "MAINS", "GND", "charge for the converter", **FILM)
filters.resistor("R35", "20k", "V33", "VD", "bias 1.3 V: the converter's straight middle")
filters.resistor("R36", "13k", "VD", "GND", "bias 1.3 V")
filters.capacitor("C35", "10u", "VD", "GND", "a quiet bias")
filters.capacitor("C36", "100n", "V33", "GND", "at U6")
BLOCKS = (inlet, filters)
