"""What an inverter's battery is read as: Sample inside this room, Reading for everybody else."""

from collections import namedtuple

# battery_w: + = discharging. at_ms: ticks when the answer was complete. None where unknown.
# forced: the inverter says that it follows orders, not the sun.
Reading = namedtuple(
    "Reading", ("battery_w", "soc_pct", "battery_v", "battery_a", "at_ms", "forced")
)

# battery_w is None where it could not be had; `why` says so in words. witness_w: |volts × amps| of
# the same moment, None where they were read at another one. counter: a register that moves with
# every update of the inverter, None where the profile has none. state: "" | "forced" | "disputed"
# (the last reading is not to be trusted either).
# fmt: off
Sample = namedtuple(
    "Sample",
    ("battery_w", "soc_pct", "battery_v", "battery_a", "temp_c", "witness_w", "counter", "why",
     "state"),
)
# fmt: on
