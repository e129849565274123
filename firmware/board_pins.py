"""Which pins: the boards that are known, the owner's own, and what a pin cannot be.

In memory only while board.py makes its parts; knows no hardware. What is refused is refused in
words, and then nothing is driven at all. Clock domain: none, it runs once before the start.
"""

import json
import os

# ct: pulse stream to the analog stage. clock, word: of its I2S. mains, sense: converter 1, the
# only one that works while WiFi is on. tx, rx, de: RS485 transceiver; de None: it switches
# direction by itself. button: to ground while boot.py looks (GPIO 0 low already during the reset
# starts the chip's serial loader instead). led: None where the board has none.
FIELDS = ("ct", "clock", "word", "mains", "sense", "tx", "rx", "de", "button", "led", "led_on")
_S3 = "ESP32S3"
_ESP32 = "ESP32"
# (name, chip, pins in the order of FIELDS, pins of its console). Boards of one chip differ only in
# pins that are free on the others: the wrong one drives nothing that somebody wired.
BOARDS = (
    # ESP32 DevKit with WROOM-32: 34 and 35 are inputs only, 25 … 27 are free of strapping.
    ("devkit_wroom32", _ESP32, (25, 26, 27, 34, 35, 17, 16, 4, 0, 2, 1), (1, 3)),
    # ESP32 DevKit with WROVER: its PSRAM has 16 and 17.
    ("wrover", _ESP32, (25, 26, 27, 34, 35, 23, 22, 4, 0, 2, 1), (1, 3)),
    # Arduino Nano ESP32: D2, D3, D4, A0, A1, TX, RX, D5, D12 (button), D13 (LED); USB console.
    ("nano_esp32", _S3, (5, 6, 7, 1, 2, 43, 44, 8, 47, 48, 1), (19, 20)),
    # ESP32-S3-DevKitC-1, N8R2 or N16R8: its own LED is no plain one; 21 is for one of yours.
    ("s3_devkitc", _S3, (5, 6, 7, 1, 2, 17, 18, 8, 0, 21, 1), (19, 20, 43, 44)),
)
OWN_FILE = "pins.json"
SETTINGS = "settings.json"
_LONGEST = 4096
_OTHERS = ("ESP32C", "ESP32S2", "ESP32H", "ESP32P")
_OPTIONAL = ("de", "button", "led")
_INPUTS = ("mains", "sense", "rx")


class RefusedError(Exception):
    """Pins that cannot be; the words say which and why."""


def choose(machine, settings):
    """(name, pins in the order of FIELDS) of the board; RefusedError says why there are none.

    machine: MicroPython's words for what it runs on; settings: the stored ones, by name.
    """
    for other in _OTHERS:
        if other in machine:
            raise RefusedError("no pins are known for this chip")
    chip = _S3 if _S3 in machine else _ESP32
    name = settings.get("board", "auto")
    own = _own()
    if own is not None and "board" in own:
        name = own.pop("board")
    if name == "auto":
        name = _as_micropython_says(machine)
    for board in BOARDS:
        if board[0] == name:
            break
    else:
        raise RefusedError("there is no board %s; known: %s" % (_shown(name), _names(chip)))
    if board[1] != chip:
        raise RefusedError("board %s has an %s, this is an %s" % (name, board[1], chip))
    if own is None:
        return name, board[2]
    return OWN_FILE, _changed(board, own, name == "wrover" or "SPIRAM" in machine)


def stored():
    """(settings stored on the flash, whether they are whole: this copy, and none was lost)."""
    for name in (SETTINGS, SETTINGS + ".new", SETTINGS + ".old"):
        try:
            values = _json(name)["settings"]
            if isinstance(values, dict):
                return values, name == SETTINGS and SETTINGS + ".bad" not in os.listdir()
        except (OSError, ValueError, KeyError, TypeError):  # the next copy
            pass
    return {}, False


def objection(use, gpio, board, psram=False):
    """Why a GPIO cannot have a use, in words, or "". board: a row of BOARDS."""
    if gpio is None:
        return "" if use in _OPTIONAL else "it must have a pin"
    if isinstance(gpio, bool) or not isinstance(gpio, int):
        return "give the number of a GPIO, not " + _shown(gpio, repr)
    if use == "led_on":
        return "" if gpio in (0, 1) else "give 0 or 1, the level at which the LED lights"
    converter = use in ("mains", "sense")
    if board[1] == _S3:
        words = _on_s3(gpio)
        strapping = gpio in (0, 3, 45, 46)
        if converter and not 1 <= gpio <= 10:
            words = words or "only GPIO 1 to 10 measure while WiFi is on"
    else:
        words = _on_esp32(gpio, psram)
        strapping = gpio in (0, 2, 5, 12, 15)
        if converter and not 32 <= gpio <= 39:
            words = words or "only GPIO 32 to 39 measure while WiFi is on"
        if gpio >= 34 and use not in _INPUTS:
            words = words or "it is an input without pull-up"
    if gpio in board[3]:
        words = "it carries the console"
    # A board's own button and LED are made for their strapping pins; at S3's 3 a sensor decides.
    own_led = use == "led" and gpio == 2 or use == "button" and gpio == 0
    if strapping and not own_led:
        words = "its level at reset decides how the chip starts"
    return words


def _shown(value, by=str):
    """A value's words, where a stack can hold them: a list in a list in a list … is a list."""
    return "a list" if isinstance(value, (list, dict)) else by(value)[:20]


def _as_micropython_says(machine):
    if "Nano" in machine:
        return "nano_esp32"
    if _S3 in machine:
        return "s3_devkitc"
    return "wrover" if "SPIRAM" in machine else "devkit_wroom32"


def _names(chip):
    return ", ".join([board[0] for board in BOARDS if board[1] == chip])


def _own():
    """What pins.json says, None where there is none; RefusedError where it cannot be read."""
    if OWN_FILE not in os.listdir():
        return None
    try:
        own = _json(OWN_FILE)
    except (OSError, ValueError):
        own = None
    if not isinstance(own, dict):
        raise RefusedError('%s: not readable as {"use": GPIO, …}' % OWN_FILE)
    return own


def _json(name):
    """What a small file holds; ValueError where that is no JSON."""
    with open(name, "rb") as file:
        data = file.read(_LONGEST + 1)
    if len(data) > _LONGEST or data.strip()[-1:] != b"}":
        raise ValueError  # some versions of MicroPython take a broken off object for whole
    try:
        return json.loads(data.decode())
    except UnicodeError:
        raise ValueError from None


def _changed(board, own, psram):
    """The board's pins with the owner's in their place."""
    for use in own:
        if use not in FIELDS:
            raise RefusedError("%s: there is no use %s" % (OWN_FILE, _shown(use)))
    pins = [own.get(FIELDS[k], board[2][k]) for k in range(len(FIELDS))]
    for k in range(len(FIELDS)):
        words = objection(FIELDS[k], pins[k], board, psram)
        if not words and pins[k] is not None and pins[k] in pins[:k] and FIELDS[k] != "led_on":
            words = "%s has it already" % FIELDS[pins.index(pins[k])]
        if words:
            where = "GPIO %s" % pins[k] if isinstance(pins[k], int) else "none"
            raise RefusedError("%s: %s at %s: %s" % (OWN_FILE, FIELDS[k], where, words))
    return tuple(pins)


def _on_esp32(gpio, psram):
    if gpio < 0 or gpio > 39 or gpio in (20, 24) or 28 <= gpio <= 31:
        return "there is no such pin"
    if 6 <= gpio <= 11:
        return "the flash has it"
    return "the PSRAM has it" if psram and gpio in (16, 17) else ""


def _on_s3(gpio):
    if gpio < 0 or gpio > 48 or 22 <= gpio <= 25:
        return "there is no such pin"
    return "flash or PSRAM has it" if 26 <= gpio <= 37 else ""
