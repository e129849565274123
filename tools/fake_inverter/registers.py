"""What any other inverter shows at its registers, encoded from tools/profiles/inverters.json.

Runs on CPython and MicroPython. It reads the collected facts, not the device's profiles, and
shares no code with the firmware: a mistake on the way from fact to profile is a wrong number.
"""

import json
import struct

FACTS = __file__.rsplit("/", 2)[0] + "/profiles/inverters.json"
NEIGHBOURS = 4  # cells beside a known register that exist as well
GAP = 100  # known registers closer than this lie in one range that can be read through

# SunSpec models before 160 in the int+SF layout: (number, length)
SUNSPEC_BEFORE = ((1, 65), (103, 50), (120, 26), (121, 30), (122, 44), (123, 24))
SUNSPEC_160, SUNSPEC_124 = (160, 88), (124, 24)
SUNSPEC_W_SCALE = 4  # from the id of model 160


_facts = []  # read once: 85 kB of JSON take a while


def facts():
    """The collected facts, one dict per inverter."""
    if not _facts:
        with open(FACTS) as file:
            _facts.extend(json.load(file))
    return _facts


class Registers:
    """The register image of one inverter of the facts."""

    def __init__(self, profile_id):
        entries = [e for e in facts() if e["id"] == profile_id]
        if not entries:
            raise ValueError("no inverter %s in tools/profiles/inverters.json" % profile_id)
        self._entry = entries[0]
        self._sunspec = "sunspec" in str(self._entry["battery_power"]["terms"])
        self._moved = {}

    def read(self, now, function, address, count):
        """The words of one read request, or the number of the Modbus exception that refuses it."""
        words = self.image(now)
        known = sorted(a for f, a in words if f == function)
        if not _exists(known, address, count):
            return 2
        filler = 0xFFFF if now.invalid is True else 0
        return [words.get((function, address + i), filler) for i in range(count)]

    def image(self, now):
        """{(function, wire address): word} for what the slave `now` is doing."""
        words = {}
        entry = self._entry
        self._power(words, now)
        if entry["soc"]:
            field = entry["soc"]
            mask = field.get("mask")
            if mask:
                words[field["fc"], field["addr"]] = 99 << 8 | int(now.soc_pct) & mask
            else:
                self._put(words, now, field, now.soc_pct)
        for name, value in self._extras(now):
            if name in entry["extra_registers"]:
                self._put(words, now, entry["extra_registers"][name], value)
        identify = entry["identify"]
        if identify:
            codes = sorted(identify["values"].values())
            words[identify["fc"], identify["addr"]] = now.device_code or codes[0]
        if self._sunspec:
            words = self._sunspec_map(words, now)
        return words

    def _power(self, words, now):
        power = self._entry["battery_power"]
        terms, method = power["terms"], power["method"]
        second = self._entry["second_battery"] or {}
        watts = now.battery_w
        if "power" in second:
            watts -= now.second_w
            self._put(words, now, second["power"], now.second_w)
            for field in second.get("further", ()):
                self._put(words, now, field, 0)
            if "soc" in second:
                self._put(words, now, second["soc"], now.soc_pct)
        if method == "signed":
            self._put(words, now, terms["power"], watts)
        elif method == "magnitude_dir":
            self._put(words, now, terms["power"], abs(watts))
            at = power["direction"]
            way = at["charge"] if watts < 0 else at["discharge"]
            words[at["fc"], at["addr"]] = 0xFFFF if now.invalid else way
        elif method == "v_times_net_i":
            self._put(words, now, terms["voltage"], now.battery_v)
            self._put(words, now, terms["discharge"], max(watts, 0) / now.battery_v)
            self._put(words, now, terms["charge"], min(watts, 0) / now.battery_v)
        elif method == "dis_minus_chg":
            self._put(words, now, terms["discharge"], max(watts, 0))
            self._put(words, now, terms["charge"], min(watts, 0))
        else:
            self._put(words, now, terms["voltage"], now.battery_v)
            self._put(words, now, terms["current"], watts / now.battery_v)

    def _extras(self, now):
        watts = now.battery_w
        mode = (2, 3) if "goodwe" in now.profile_id else (0, 1)
        state = (5, 4) if watts else (6, 6)
        return (
            ("battery_voltage_v", now.battery_v),
            ("battery_current_a", watts / now.battery_v),
            ("battery_temp_c", now.battery_temp_c),
            ("battery_mode", mode[watts < 0]),
            ("mode", mode[watts < 0]),
            ("battery_state", state[watts < 0]),
        )

    def _put(self, words, now, field, value):
        """Write a value in its unit as raw words where the field says."""
        if "scale_reg" in field:
            value = value / 10 ** (now.scale_exponent or 0)
        raw = (value - field.get("offset", 0)) / field["k"]
        for i, word in enumerate(_encoded(field, raw, now.invalid)):
            words[field["fc"], field["addr"] + i] = word

    def _sunspec_map(self, words, now):
        """The chain of models around the power; `sunspec_shift` words longer than usual."""
        shift = now.sunspec_shift
        moved = {(fc, address + shift): word for (fc, address), word in words.items()}
        moved[3, 40000], moved[3, 40001] = 0x5375, 0x6E53
        address = 40002
        for model, length in SUNSPEC_BEFORE + (SUNSPEC_160, SUNSPEC_124, (0xFFFF, 0)):
            if model == 103:
                length += shift
            moved[3, address], moved[3, address + 1] = model, length
            if model == 160:
                exponent = now.scale_exponent
                scale = 0x8000 if exponent is None else exponent & 0xFFFF
                moved[3, address + SUNSPEC_W_SCALE] = scale
            address += 2 + length
        return moved


def _exists(known, address, count):
    """True if the request stays inside one range of registers; `known` is in order."""
    low = high = None
    for place in known + [1 << 20]:
        if high is not None and place - high > GAP:
            if low - NEIGHBOURS <= address and address + count - 1 <= high + NEIGHBOURS:
                return True
            low = None
        low = place if low is None else low
        high = place
    return False


def _encoded(field, raw, invalid):
    """One or two words, high word first unless the field says otherwise."""
    kind = field["type"]
    marker = {"u16": 0xFFFF, "s16": 0x7FFF, "u32": 0xFFFFFFFF, "s32": 0x7FFFFFFF}
    if kind == "f32":
        value = float("nan") if invalid else raw
        high, low = struct.unpack(">HH", struct.pack(">f", value))
    else:
        number = int(raw + 0.5) if raw >= 0 else -int(0.5 - raw)
        if invalid:
            number = -1 if invalid is True else marker[kind]
        if kind in ("u16", "s16"):
            word = number & 0xFFFF
            return (word >> 8 | word << 8 & 0xFF00,) if field.get("swapped_bytes") else (word,)
        high, low = (number >> 16) & 0xFFFF, number & 0xFFFF
    return (low, high) if field.get("word_order") == "lo_hi" else (high, low)
