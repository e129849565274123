"""The table of all settings: what may be given for each. settings_check.py compares.

In memory only for a change, a form or a listing: firmware/device/settings.py loads it on demand.
Clock domain: *second*.
"""

# (name, default, low, high, unit); the type is the default's. Numbers: low..high. Words: `low` is
# a tuple of choices, or the least and the greatest length ("" is always allowed). What each means
# is in settings_help.txt, in the same order.
# fmt: off
TABLE = (
    ("profile", "sungrow_sh_k", 1, 40, ""),
    ("baud", 9600, (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200), None, "Bd"),
    ("parity", "N", ("N", "E", "O"), None, ""),
    ("stop_bits", 1, (1, 2), None, ""),
    ("unit_address", 1, 1, 255, ""),
    ("unit_address_2", 0, 0, 255, ""),
    ("poll_s", 1.0, 0.2, 60.0, "s"),
    ("timeout_s", 1.0, 0.3, 5.0, "s"),
    ("listen", False, None, None, ""),
    ("stale_s", 10.0, 2.0, 60.0, "s"),
    ("invert", False, None, None, ""),
    ("limit_w", 10000, 100, 25000, "W"),
    ("stage", "reference", ("reference", "prototype", "board_zmpt", "board_transformer", "own"),
     None, ""),
    ("offset_w", 0, -2000, 2000, "W"),
    ("forced", "battery", ("battery", "zero"), None, ""),
    ("full_scale_ma", 22.866, 0.5, 60.0, "mA"),
    ("lag_deg", 4.02, -180.0, 180.0, "deg"),
    ("lag_slope_deg_per_hz", 0.1537, -10.0, 10.0, "deg/Hz"),
    ("gain_slope_pct_per_hz", 0.0025, -10.0, 10.0, "%/Hz"),
    ("idle_by_gate", False, None, None, ""),
    ("gain_trim_pct", 100.0, 50.0, 200.0, "%"),
    ("mains_scale", 361.4, 10.0, 5000.0, "V/V"),
    ("mains_v", 230.0, 0.0, 280.0, "V"),
    ("direction", "", 0, 120, ""),
    ("readback", False, None, None, ""),
    ("sense_mv_per_ma", 25.4, 1.0, 500.0, "mV/mA"),
    ("sense_trim_pct", 0.0, 0.0, 150.0, "%"),
    ("sense_trim_deg", 0.0, -180.0, 180.0, "deg"),
    ("muted", False, None, None, ""),
    ("ssid", "", 1, 32, ""),
    ("password", "", 8, 63, ""),
    ("radio", True, None, None, ""),
    ("board", "auto", ("auto", "devkit_wroom32", "wrover", "nano_esp32", "s3_devkitc"), None, ""),
    ("experimental", False, None, None, ""),
)
# fmt: on
# Numbers of docs/hardware-analog.md and hardware-mains.md; tests hold them against the parts.
STAGE_NUMBERS = (
    "full_scale_ma",
    "lag_deg",
    "lag_slope_deg_per_hz",
    "gain_slope_pct_per_hz",
    "sense_mv_per_ma",
)  # fmt: skip
STAGES = {
    "reference": (22.866, 4.02, 0.1537, 0.0025, 25.4),
    # With the mains input of docs/hardware-mains.md ahead: its lag adds, its gain divides.
    "board_zmpt": (22.866, 23.76, 0.599, -0.0235, 25.4),
    "board_transformer": (22.866, 21.94, 0.689, -0.0155, 25.4),
    "prototype": (7.27, 22.7, 0.525, -0.211, 21.5),
}
# Whether the gate is there (JP1 at 1-2, as boards are built); "reference" alone may go without. A
# setting that does not fit the circuit makes half duty of every pattern: no current, no wrong one.
GATED = {"board_zmpt": True, "board_transformer": True, "prototype": False}
SECRET = ("password",)  # never leave the device over the network
KEPT_BY_DEVICE = ("direction",)  # no field in a form

NAMES = tuple([row[0] for row in TABLE])
