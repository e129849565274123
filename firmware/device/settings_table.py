"""The table of all settings: what each means, what may be given for it, and in which words.

5 kB that only a change, a form or a listing needs: firmware/device/settings.py loads it on demand.
Clock domain: *second*.
"""

from lib.ondemand import Module

# (name, default, low, high, unit, help); the type is the default's. Numbers: low..high.
# Words: `low` is a tuple of choices, or the least and the greatest length ("" is always allowed).
# fmt: off
TABLE = (
    ("profile", "sungrow_sh_k", 1, 40, "", "Which inverter is on the RS485 line."),
    ("baud", 9600, (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200), None, "Bd",
     "Speed of the RS485 line, as set in the inverter."),
    ("parity", "N", ("N", "E", "O"), None, "",
     "Parity of the RS485 line: none, even or odd."),
    ("stop_bits", 1, (1, 2), None, "", "Stop bits of the RS485 line."),
    ("unit_address", 1, 1, 255, "", "Modbus address of the inverter."),
    ("unit_address_2", 0, 0, 255, "",
     "Modbus address of a second inverter of the same profile; both add up. 0: there is none."),
    ("poll_s", 1.0, 0.2, 60.0, "s", "How often the inverter is asked."),
    ("timeout_s", 1.0, 0.3, 5.0, "s", "How long the inverter may take to answer."),
    ("listen", False, None, None, "",
     "Never ask, only follow another master's questions and answers on the line."),
    ("stale_s", 10.0, 2.0, 60.0, "s",
     "How long the last answer counts; then the output goes to zero within 2 s."),
    ("invert", False, None, None, "",
     "Turn the sign round: for CT wires that are swapped at the charger."),
    ("limit_w", 10000, 100, 25000, "W",
     "The output never shows more than this, in either direction."),
    ("stage", "reference", ("reference", "prototype", "board_zmpt", "board_transformer", "own"),
     None, "",
     "What you have built: an output stage alone, or a whole board with its mains input; it sets "
     "the circuit's numbers; own leaves them."),
    ("offset_w", 0, -2000, 2000, "W",
     "Added to the battery power that the charger sees; + looks like more discharging."),
    ("forced", "battery", ("battery", "zero"), None, "",
     "What the charger sees while the inverter says that its battery is under orders."),
    ("full_scale_ma", 22.866, 0.5, 60.0, "mA",
     "Current (rms, 50 Hz) that the output stage gives at full modulation."),
    ("lag_deg", 4.02, -180.0, 180.0, "deg",
     "How far the current is behind the mains at 50 Hz before correction."),
    ("lag_slope_deg_per_hz", 0.1537, -10.0, 10.0, "deg/Hz",
     "How that lag changes with the mains frequency."),
    ("gain_slope_pct_per_hz", 0.0025, -10.0, 10.0, "%/Hz",
     "How the output current changes with the mains frequency."),
    ("idle_by_gate", False, None, None, "",
     "A gate ahead of the stage (JP1 at 1-2); a board as stage brings it. Used after a restart."),
    ("gain_trim_pct", 100.0, 50.0, 200.0, "%",
     "Fine correction of the power the charger reads."),
    ("mains_scale", 361.4, 10.0, 5000.0, "V/V",
     "Mains volts per volt at the mains sensing pin."),
    ("mains_v", 230.0, 0.0, 280.0, "V",
     "Mains voltage at commissioning: 15 % off it is a fault. 0: not watched."),
    ("direction", "", 0, 120, "",
     "How the sign of the battery power was found out; set by the device."),
    ("readback", False, None, None, "",
     "Measure the output current (needs the sense wire) and correct it."),
    ("sense_mv_per_ma", 25.4, 1.0, 500.0, "mV/mA",
     "Voltage at the sense pin per current in the CT loop: half the sense resistor in ohm."),
    ("sense_trim_pct", 0.0, 0.0, 150.0, "%",
     "Correction of the sense channel, from its calibration. 0: uncalibrated, trims nothing."),
    ("sense_trim_deg", 0.0, -180.0, 180.0, "deg",
     "Phase correction of the sense channel, from its calibration."),
    ("muted", False, None, None, "", "Keep the output at zero, whatever the inverter says."),
    ("ssid", "", 1, 32, "", "Name of this device's WiFi. Used after a restart."),
    ("password", "", 8, 63, "", "Password of this device's WiFi. Used after a restart."),
    ("radio", True, None, None, "",
     "Off: no WiFi, once the output follows; a second's press of the button brings it back until "
     "the next start. Used after a restart."),
    ("board", "auto", ("auto", "devkit_wroom32", "wrover", "nano_esp32", "s3_devkitc"), None, "",
     "Which board this is, where MicroPython cannot tell. Used after a restart."),
    ("experimental", False, None, None, "", "Allow inverters that nobody has tried yet."),
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
_BY_NAME = {row[0]: row for row in TABLE}
_ON = ("on", "true", "yes", "1")
_OFF = ("off", "false", "no", "0")


def check(name, value):
    """What a setting becomes by a value of its type, a number, or words.

    Raises ValueError naming the range or the choices, and what was given.
    """
    if name not in _BY_NAME:
        raise ValueError("there is no such setting")
    _, default, low, high, unit, _ = _BY_NAME[name]
    if isinstance(value, (list, dict)):
        value = None  # a list in a list in a list … has words that no stack can hold
    if isinstance(default, (int, float)) and not isinstance(default, bool):
        value = _typed_number(value, low, high, unit)
    checked = _as_type_of(default, value)
    if isinstance(low, tuple):
        if checked in low:
            return checked
    elif isinstance(default, bool):
        if checked is not None:
            return checked
    elif isinstance(default, str):
        fits = checked is not None and (checked == "" or low <= len(checked) <= high)
        if fits and _plain(checked):
            return checked
    elif checked is not None and low <= checked <= high:
        return checked
    shown = "a value" if name in SECRET else repr(value) if value != "" else "nothing"
    raise ValueError("give %s; %s is not" % (allowed(name), shown))


def _typed_number(value, low, high, unit):
    """A number out of words as people type them; the words where they are none or two."""
    if isinstance(value, str) and not isinstance(low, tuple):
        with Module("lib.numbers") as numbers:
            try:
                return numbers.parse(value, low, high, unit)
            except ValueError as why:
                if str(why).startswith("is "):  # it can mean two numbers: asked back
                    raise
    return value


def allowed(name):
    """What may be given for a setting, in words: "-180 to 180 deg", "on or off", "N, E or O"."""
    _, default, low, high, unit, _ = _BY_NAME[name]
    unit = " " + unit if unit else ""
    if isinstance(low, tuple):
        words = [str(choice) for choice in low]
        return (", ".join(words[:-1]) + " or " if words[1:] else "") + words[-1] + unit
    if isinstance(default, bool):
        return "on or off"
    if isinstance(default, str):
        return "%d to %d plain characters, or nothing" % (low, high)
    kind = "a whole number from " if isinstance(default, int) else ""
    return "%s%g to %g%s" % (kind, low, high, unit)


def _as_type_of(default, value):
    """A value as the type of `default`, or None where it can't be."""
    if isinstance(default, str):
        return value if isinstance(value, str) else None
    if isinstance(default, bool):
        if isinstance(value, bool):
            return value
        word = str(value).lower()
        return True if word in _ON else False if word in _OFF else None
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
        if isinstance(default, float):
            return number
        whole = int(number)
    except (ValueError, OverflowError):
        return None
    return whole if whole == number else None


def _plain(text):
    return all(" " <= character <= "~" for character in text)
