"""The isolated RS485 line: transceiver, its own supply, termination, bias, surge."""

from tools.hardware.part import Block

line = Block("rs485", "rs485", "Isolated RS485")
line.part(
    "U7", "ISO485", "ISO1410DW",
    {"1": "V33", "2": "GND", "3": "RX", "4": "DE", "5": "DE", "6": "TX", "8": "GND",
     "9": "GNDI", "12": "BUSA", "13": "BUSB", "15": "GNDI", "16": "VISO"},
    "half duplex across reinforced insulation, 5 kV rms, 8 mm creepage; open and shorted lines"
    " read as idle",
    generic="isolated RS485 transceiver, SO-16 wide", package="SOIC-16W",
    other="ADM2587E brings its supply along (2.5 kV: basic insulation only)", fit="discrete",
)  # fmt: skip
line.resistor("R47", "10k", "DE", "GND", "listens while the chip resets")
line.part(
    "U8",
    "DCDC",
    "5 V / 5 V, 3 W",
    {"22": "V5", "2": "GND", "14": "VISO", "16": "GNDI"},
    "the line's own supply; reinforced at 250 V, 15 mm between its sides",
    generic="isolated DC/DC 5 V to 5 V, DIP-24, reinforced (THM 3-0511 class)",
    package="DIP24",
    fit="discrete",
    other="look for the approval, not the test voltage: small 1 kV types have no gap",
)
line.capacitor("C41", "100n", "V33", "GND", "at U7")
line.capacitor("C42", "100n", "VISO", "GNDI", "at U7")
line.capacitor("C43", "4.7u", "V5", "GND", "at U8")
line.capacitor("C44", "4.7u", "VISO", "GNDI", "at U8")
for ref, one, two in (("R41", "BUSA", "A"), ("R42", "BUSB", "B")):
    line.resistor(ref, "10", one, two, "takes the surge's rest behind D41",
                  generic="pulse-proof", package="1206")  # fmt: skip
line.part("D41", "TVS2", "SM712", "A B GNDI", "surge: -7 V and +12 V, as the standard's receivers",
          generic="SM712", package="SOT-23", other="CDSOT23-SM712")  # fmt: skip
line.part("J6", "HEADER5", "RS485 module", "V33 GND TX RX DE",
          "instead of U7 and U8: an isolated module on wires; one that switches direction by"
          " itself leaves DE open", generic="pin header", package="HEADER5", fit="module",
          other="isolated TTL to RS485 module, 3.3 V; its A and B go to J4")  # fmt: skip
line.part("JP2", "JUMPER2", "termination", "A TERM", "only at the end of the line, never in the"
          " middle", generic="pin header with jumper", package="HEADER2")  # fmt: skip
line.resistor("R43", "120", "TERM", "B", "termination", package="1206")
line.resistor("R44", "680", "VISO", "BIASA", "idle line at + 0.2 V, if nothing else biases it")
line.resistor("R45", "680", "BIASB", "GNDI", "idle line at + 0.2 V")
line.part("JP3", "JUMPER2", "bias A", "BIASA A", "both or none; one place on the line is enough",
          generic="pin header with jumper", package="HEADER2")  # fmt: skip
line.part("JP4", "JUMPER2", "bias B", "BIASB B", "both or none",
          generic="pin header with jumper", package="HEADER2")  # fmt: skip
line.part("J4", "TERMINAL3", "RS485 A B shield", "A B SHIELD", "to the inverter, twisted pair",
          generic="screw terminal, 5.08 mm", package="TERM3")  # fmt: skip
line.resistor("R46", "1M", "SHIELD", "GNDI", "drains charge; earth the shield at one end only",
              package="1206")  # fmt: skip
line.capacitor("C45", "1n", "SHIELD", "GNDI", "radio frequency to the shield",
               generic="C0G, ≥ 500 V", package="1206")  # fmt: skip
BLOCKS = (line,)
