"""From the pulse pin to the Zappi's CT terminals: gate, mute, filter, voltage to current."""

from tools.hardware.part import Block

FILM = {"tolerance": "5 %", "generic": "C0G or film, ≥ 16 V", "package": "1206"}

gate = Block("gate", "logic", "Gate and mute: zeros are idle, no word clock is silence")
gate.resistor("R6", "100k", "DATA", "GND", "the pulse pin floats while the chip resets")
gate.resistor("R9", "100k", "WORD", "GND", "so does the word clock")
gate.part(
    "JP1",
    "JUMPER3",
    "WORD",
    "WORD GATEB GND",
    "bridge 1-2: zeros play as half duty, setting idle_by_gate on; bridge 2-3: a plain buffer,"
    " setting off",
    generic="solder jumper, three pads",
    package="JUMPER3",
)
gate.part(
    "U3",
    "XOR",
    "74LVC1G86",
    {"1": "DATA", "2": "GATEB", "3": "GND", "4": "PULSE", "5": "VREF"},
    "data XOR word clock: a ring that runs dry plays half duty; its supply is the scale",
    generic="74LVC1G86 in SOT-23-5",
    other="74AHC1G86 (slower, enough)",
    package="SOT-23-5",
)
gate.part(
    "U4",
    "REF",
    "REF3033",
    "V5 VREF GND",
    "the pulse height is the scale of the current: 0.2 %, 50 ppm/K instead of a 2 % regulator",
    tolerance="0.2 %",
    generic="3.3 V reference, ≥ 10 mA",
    package="SOT-23",
    other="MCP1501-33 or ADR3433 (other pins)",
)
gate.capacitor("C7", "1u", "V5", "GND", "reference, input")
gate.capacitor("C8", "1u", "VREF", "GND", "reference, output; at the gate's supply pin")
gate.capacitor("C11", "4.7n", "WORD", "PUMP", "word clock to the detector")
gate.part("D2", "BAT54S", "BAT54S", "GND SEEN PUMP", "rectifies the word clock",
          generic="two Schottky diodes in series", package="SOT-23",
          other="2 × BAT85")  # fmt: skip
gate.capacitor("C12", "1n", "SEEN", "GND", "forgets the clock within 0.15 ms")
gate.resistor("R14", "100k", "SEEN", "GND", "forgets the clock within 0.15 ms")
gate.part(
    "U5",
    "BUFFERS",
    "74LVC2G17",
    {"1": "SEEN", "2": "GND", "3": "LATER", "4": "ALIVE", "5": "VREF", "6": "CLOCKED"},
    "Schmitt triggers: clock seen; clock seen for a while",
    generic="74LVC2G17 in SOT-23-6",
    package="SOT-23-6",
)
gate.resistor("R15", "1M", "CLOCKED", "LATER", "with C13: C4 has settled before the mute opens")
gate.part("D3", "D", "1N4148W", {"1": "CLOCKED", "2": "LATER"}, "… but it closes at once",
          generic="1N4148 class", package="SOD-123", other="BAS16")  # fmt: skip
gate.capacitor("C13", "220n", "LATER", "GND", "0.1 … 0.25 s with R15")
gate.resistor("R16", "47k", "ALIVE", "QB", "base current 50 µA")
gate.part("Q1", "PNP", "MMBT3906", {"1": "QB", "2": "VREF", "3": "QC"},
          "lifts the mute's gate while the clock is not seen",
          generic="any small PNP", package="SOT-23", other="BC857")  # fmt: skip
gate.resistor("R17", "1M", "QC", "MUTE", "with R18: the gate at + 0.5 V, muted")
gate.resistor("R18", "2.2M", "MUTE", "VM5", "the gate at - 5 V, open")
gate.part(
    "Q2",
    "NJF",
    "MMBFJ113",
    {"1": "INP", "2": "GND", "3": "MUTE"},
    "shorts the drive unless the word clock runs and both supplies stand; conducts unpowered",
    tolerance="VGS(off) -0.5 … -3 V",
    generic="J113, N-channel switch JFET",
    package="SOT-23",
    other="J113 in TO-92",
)

stage = Block("stage", "logic", "Filter, coupling, voltage to current, CT protection")
for ref, one, two in (("R1", "PULSE", "F1"), ("R2", "F1", "F2"), ("R3", "F2", "F3")):
    stage.resistor(ref, "15k", one, two, "Butterworth of third order at 0.98 kHz",
                   other="metal film")  # fmt: skip
stage.capacitor("C1", "15n", "F1", "GND", "Butterworth, see R1", **FILM)
stage.capacitor("C2", "39n", "F2", "BUF", "Butterworth, see R1", **FILM)
stage.capacitor("C3", "2.2n", "F3", "GND", "Butterworth, see R1", **FILM)
stage.part(
    "U2", "DUALOP", "TS922",
    {"1": "BUF", "2": "BUF", "3": "F3", "4": "VM5", "5": "INP", "6": "INN", "7": "OUT",
     "8": "V5"},
    "27 mA peaks into 100 Ω from ±5 V", generic="TS922, SO-8", package="SOIC-8",
    other="TS922A (offset 0.9 mV), OPA1688 (no bias current: least DC at the CT)",
)  # fmt: skip
stage.capacitor("C4", "1u", "BUF", "DRIVE", "1.6 Hz with R4: takes the idle half away",
                tolerance="5 %", generic="film (PET), ≥ 16 V", package="FILM5")  # fmt: skip
stage.resistor("R4", "100k", "DRIVE", "GND", "short memory after a step, straight lag 45 … 55 Hz")
stage.resistor("R19", "22k", "DRIVE", "INP", "so that 100 Ω of Q2 silence a step of 1.65 V")
stage.resistor("R5", "51", "CTN", "GND", "sets the scale; its voltage is the readback",
               tolerance="0.1 %", generic="thin film, 25 ppm/K", package="1206")  # fmt: skip
stage.resistor("R7", "1k", "CTN", "INN", "with C5: the op-amp's own feedback above 0.7 MHz")
stage.capacitor("C5", "220p", "OUT", "INN", "with R7: no cable makes it ring",
                tolerance="5 %", generic="C0G")  # fmt: skip
stage.resistor("R8", "3.3", "OUT", "CTP", "keeps cable and surges from the output",
               generic="pulse-proof", package="1206")  # fmt: skip
stage.resistor("R10", "470", "CTP", "SNUB", "damps a loop with inductance up to 10 mH")
stage.capacitor("C6", "47n", "SNUB", "CTN", "… and takes 0.1 % of the current at 100 Ω",
                **FILM)  # fmt: skip
stage.part("D1", "TVS", "SMAJ8.5CA", "CTP CTN",
           "surges and static charge from the CT cable; ± 5 V pass it untouched",
           generic="bidirectional suppressor 8.5 V, 400 W", package="SMA",
           other="SMBJ8.5CA; not 6.5 V (leaks up to 1 mA)")  # fmt: skip
stage.part("J1", "TERMINAL2", "CT to Zappi", "CTP CTN", "straight to a CT input, twisted pair",
           generic="screw terminal, 5.08 mm", package="TERM2")  # fmt: skip
stage.resistor("R11", "47k", "CTN", "SENSE", "readback: half of R5's voltage …")
stage.resistor("R12", "68k", "SENSE", "V33", "… resting at 1.1 V …")
stage.resistor("R13", "150k", "SENSE", "GND", "… inside the converter's straight part")
stage.capacitor("C10", "1n", "SENSE", "GND", "charge for the converter", **FILM)
stage.capacitor("C14", "100n", "V5", "GND", "at U2")
stage.capacitor("C15", "100n", "VM5", "GND", "at U2")
BLOCKS = (gate, stage)
