"""Three ways to 5 V, the rails made of it, and the socket of the ESP32 board."""

from tools.hardware.part import Block

SCHOTTKY = {"generic": "Schottky 40 V, 1 A", "package": "SMA", "other": "B140, SK14"}

acdc = Block("acdc", "mains", "5 V from the mains")
acdc.part("U11", "ACDC", "5 V, 3 W", {"1": "LF", "2": "N", "3": "GND", "4": "VMAINS"},
          "encapsulated, EN 61558-2-16 or EN 62368-1 reinforced, behind F1",
          generic="AC/DC module 5 V, 3 W, 37 × 24 mm (IRM-03-5, RAC04-05SGA)", package="ACDC3W",
          other="leave out with a USB plug pack")  # fmt: skip

battery = Block("battery", "battery", "5 V from the 48 V battery, for islanding")
battery.part("J5", "TERMINAL2", "48 V battery", "BATP BATN",
             "a 48 V battery (36 … 60 V), fused at the battery; never a high-voltage one",
             generic="screw terminal 5.08 mm", package="TERM2")  # fmt: skip
battery.part("F2", "FUSE", "T 500 mA DC", "BATP BATF", "must break 60 V DC",
             generic="fuse for ≥ 80 V DC", package="FUSE5X20")  # fmt: skip
battery.part("D11", "D", "SS110", {"1": "BATD", "2": "BATF"}, "swapped wires do nothing",
             generic="Schottky 100 V, 1 A", package="SMA")  # fmt: skip
battery.resistor("R61", "4.7", "BATD", "BATI", "bounds the inrush to 13 A",
                 generic="wire-wound, pulse-proof, 1 W", package="R0207")  # fmt: skip
battery.part("D12", "TVS", "SMAJ64A", "BATI BATN", "contactors of the battery",
             generic="suppressor 64 V", package="SMA")  # fmt: skip
battery.capacitor("C61", "10u", "BATI", "BATN", "at U12", generic="electrolytic, 100 V",
                  tolerance="20 %", package="ELKO")  # fmt: skip
battery.part("U12", "DCDC", "18 … 75 V / 5 V, 5 W",
             {"22": "BATI", "2": "BATN", "14": "VBATT", "16": "GND"},
             "5 V while islanded; reinforced, 15 mm between its sides",
             generic="isolated 4:1 DC/DC 48 V to 5 V, DIP-24 (THM 6-4811 class)",
             package="DIP24", fit="islanding",
             other="4:1 input only: 2:1 types start at 36 V, an empty battery")  # fmt: skip

rails = Block("rails", "logic", "Rails and the socket of the ESP32 board")
rails.part("J3", "TERMINAL2", "USB 5 V", "VUSB GND", "a plug pack to EN 62368-1, 1 A",
           generic="USB socket or screw terminal", package="TERM2")  # fmt: skip
rails.part("D13", "D", "SS14", {"1": "V5", "2": "VUSB"}, "whichever is highest feeds", **SCHOTTKY)
rails.part("D14", "D", "SS14", {"1": "V5", "2": "VMAINS"}, "whichever is highest feeds",
           **SCHOTTKY)  # fmt: skip
rails.part("D15", "D", "SS14", {"1": "V5", "2": "VBATT"}, "whichever is highest feeds",
           **SCHOTTKY)  # fmt: skip
rails.capacitor(
    "C51",
    "470u",
    "V5",
    "GND",
    "carries the radio's bursts and a change of supply",
    generic="electrolytic, 10 V, low ESR",
    tolerance="20 %",
    package="ELKO",
)
rails.part(
    "U9", "PUMP", "LM2662",
    {"1": "V5", "2": "CAPP", "3": "GND", "4": "CAPN", "5": "VM5", "6": "GND", "7": "NC7",
     "8": "V5"},
    "- 5 V for the output stage; FC at V+: 150 kHz, 3.5 Ω", generic="charge pump, 100 mA, SO-8",
    package="SOIC-8", other="MAX660 (6.5 Ω); not ICL7660 (40 mA)",
)  # fmt: skip
rails.capacitor("C52", "22u", "CAPP", "CAPN", "charge pump",
                generic="ceramic X5R, ≥ 10 V", package="1206")  # fmt: skip
rails.capacitor("C53", "22u", "VM5", "GND", "charge pump",
                generic="ceramic X5R, ≥ 10 V", package="1206")  # fmt: skip
rails.part(
    "U1", "DEVKIT", "ESP32 DevKit",
    {"5V": "V5", "3V3": "V33", "GND": "GND", "GPIO25": "DATA", "GPIO26": "NC26",
     "GPIO27": "WORD", "GPIO34": "MAINS", "GPIO35": "SENSE", "GPIO17": "TX", "GPIO16": "RX",
     "GPIO4": "DE"},
    "the firmware's home; its own regulator makes 3.3 V",
    generic="ESP32 DevKit with WROOM-32, 38 pins, rows 25.4 mm apart (DevKitC V4)",
    package="DEVKIT38",
    other="Arduino Nano ESP32 on wires: its pins in the table below",
)  # fmt: skip
BLOCKS = (acdc, battery, rails)
