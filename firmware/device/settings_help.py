"""What each setting means, for the form and for `settings NAME`; in the order of the table.

In memory only while it is shown: a change needs none of it. Clock domain: *second*.
"""

# fmt: off
HELP = (
    # profile
    "Which inverter is on the RS485 line.",
    # baud
    "Speed of the RS485 line, as set in the inverter.",
    # parity
    "Parity of the RS485 line: none, even or odd.",
    # stop_bits
    "Stop bits of the RS485 line.",
    # unit_address
    "Modbus address of the inverter.",
    # unit_address_2
    "Modbus address of a second inverter of the same profile; both add up. 0: there is none.",
    # poll_s
    "How often the inverter is asked.",
    # timeout_s
    "How long the inverter may take to answer.",
    # listen
    "Never ask, only follow another master's questions and answers on the line.",
    # stale_s
    "How long the last answer counts; then the output goes to zero within 2 s.",
    # invert
    "Turn the sign round: for CT wires that are swapped at the charger.",
    # limit_w
    "The output never shows more than this, in either direction.",
    # stage
    ("What you have built: an output stage alone, or a whole board with its mains input; it sets "
     "the circuit's numbers; own leaves them."),
    # offset_w
    "Added to the battery power that the charger sees; + looks like more discharging.",
    # forced
    "What the charger sees while the inverter says that its battery is under orders.",
    # full_scale_ma
    "Current (rms, 50 Hz) that the output stage gives at full modulation.",
    # lag_deg
    "How far the current is behind the mains at 50 Hz before correction.",
    # lag_slope_deg_per_hz
    "How that lag changes with the mains frequency.",
    # gain_slope_pct_per_hz
    "How the output current changes with the mains frequency.",
    # idle_by_gate
    "A gate ahead of the stage (JP1 at 1-2); a board as stage brings it. Used after a restart.",
    # gain_trim_pct
    "Fine correction of the power the charger reads.",
    # mains_scale
    "Mains volts per volt at the mains sensing pin.",
    # mains_v
    "Mains voltage at commissioning: 15 % off it is a fault. 0: not watched.",
    # direction
    "How the sign of the battery power was found out; set by the device.",
    # readback
    "Measure the output current (needs the sense wire) and correct it.",
    # sense_mv_per_ma
    "Voltage at the sense pin per current in the CT loop: half the sense resistor in ohm.",
    # sense_trim_pct
    "Correction of the sense channel, from its calibration. 0: uncalibrated, trims nothing.",
    # sense_trim_deg
    "Phase correction of the sense channel, from its calibration.",
    # muted
    "Keep the output at zero, whatever the inverter says.",
    # ssid
    "Name of this device's WiFi. Used after a restart.",
    # password
    "Password of this device's WiFi. Used after a restart.",
    # radio
    ("Off: no WiFi, once the output follows; a second's press of the button brings it back until "
     "the next start. Used after a restart."),
    # board
    "Which board this is, where MicroPython cannot tell. Used after a restart.",
    # experimental
    "Allow inverters that nobody has tried yet.",
)
# fmt: on
