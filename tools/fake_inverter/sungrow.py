"""What a Sungrow SH inverter shows at its registers for a given battery power.

Runs on CPython and MicroPython. Written from the register tables alone; it shares no code with the
firmware.
Sources: Sungrow residential hybrid protocol V1.0.20 / V1.0.23 (SH-K) and V1.1.x (RS, RT, T); see
docs/inverters.md.

Three generations of inverter firmware show the direction of the battery power differently:

- "magnitude":  13021 is an unsigned magnitude, bits 1 and 2 of 13000 tell charging and
discharging.
- "signed":     13021 is signed, negative = charging; so is the current 13020; the bits work as
well.
- "dead_flags": 13021 is a magnitude and bits 1 and 2 stay 0. Only the energy balance
                (active power 13033 against PV power 5016) still tells the direction.
"""

GENERATIONS = ("magnitude", "signed", "dead_flags")
FLAGS = ("live", "dead", "charging", "discharging", "late", "flicker")
ANSWERS_5213 = ("live", "empty", "zero", "refused", "hiccup")

UNSUPPORTED = 0xFFFF  # what real inverters answer for a reserved cell inside a known block

# Where the inverter answers at all; elsewhere it refuses with exception 2.
KNOWN = ((4949, 5112), (5212, 5250), (5600, 5640), (12999, 13124))


def image(now):
    """Registers of function 4 as {wire address: word}; `now` is a slave.Slave (watts, percent,
    volts)."""
    modern = now.profile_id == "sungrow_sh_rs_rt_t"
    words = {}
    _identity(words, now, modern)
    _power_flow(words, now)
    _battery(words, now)
    hiccup = now.r5213 == "hiccup" and now.reads % 4 == 3
    if modern and now.has_5213 and now.r5213 != "empty" and not hiccup:
        _put32(words, 5213, 0 if now.r5213 == "zero" else int(now.battery_w))
    if not modern:
        words[13106] = int(now.soc_pct + 0.5)
        words[13108] = _tenths(abs(now.battery_w) / now.battery_v)
        words[13109] = int(now.battery_v * 100 + 0.5)
    if now.invalid:
        for address in (13000, 13019, 13020, 13021, 13022, 5213, 5214):
            words[address] = 0xFFFF
    return words


def read(now, function, address, count):
    """The words of one read request, or the number of the Modbus exception that refuses it."""
    if not any(low <= address and address + count - 1 <= high for low, high in KNOWN):
        return 2
    if (
        function == 3
    ):  # settings live there: not a refusal, but nothing of use (recorded on SH10RT)
        return [{12999: 207, 13000: 0}.get(address + i, UNSUPPORTED) for i in range(count)]
    if now.r5213 == "refused" and address <= 5214 and address + count > 5213:
        return 2
    words = image(now)
    if address <= 13000 < address + count:
        now.was_w = int(now.battery_w)
        now.reads += 1
    return [words.get(address + i, UNSUPPORTED) for i in range(count)]


def _identity(words, now, modern):
    serial = b"A2012345678FAKE\0\0\0\0\0"
    for i in range(10):
        words[4989 + i] = serial[2 * i] << 8 | serial[2 * i + 1]
    words[4999] = now.device_code or (0x0E13 if modern else 0x0D0C)
    words[5000] = 100 if modern else 50
    words[5001] = 1 if modern else 0
    words[5007] = 412
    words[5018] = 2301
    words[5035] = 500


def _power_flow(words, now):
    """States, PV, load, export and active power, consistent with each other and the battery."""
    battery_w = int(now.battery_w)
    active_w = now.pv_w + battery_w
    export_w = active_w - now.load_w
    bits = 0
    if now.pv_w > 0:
        bits |= 0x01
    bits |= _direction_bits(now, now.was_w if now.flags == "late" else battery_w)
    if now.load_w > 0:
        bits |= 0x08
    bits |= 0x10 if export_w > 0 else 0x20 if export_w < 0 else 0
    words[12999] = now.system_state
    words[13000] = bits
    if now.balance_known:
        _put32(words, 5016, now.pv_w)
        _put32(words, 13033, active_w)
    _put32(words, 13007, now.load_w)
    _put32(words, 13009, export_w)
    words[13029] = 0x55


def _direction_bits(now, battery_w):
    if now.generation == "dead_flags" or now.flags == "dead":
        return 0
    if now.flags == "flicker":
        return (0x02, 0x04, 0, 0x04)[now.reads % 4]
    if now.flags in ("charging", "discharging"):
        return 0x02 if now.flags == "charging" else 0x04
    return 0x02 if battery_w < 0 else 0x04 if battery_w > 0 else 0


def _battery(words, now):
    battery_w = int(now.battery_w)
    if now.generation != "signed":
        battery_w = abs(battery_w)
    amps = _tenths(abs(battery_w) / now.battery_v)
    words[13019] = _tenths(now.battery_v)
    minus = battery_w < 0 or now.signed_amps and now.battery_w < 0
    words[13020] = (-amps if minus else amps) & 0xFFFF
    words[13021] = battery_w & 0xFFFF
    words[13022] = _tenths(now.soc_pct)
    words[13023] = 980
    words[13024] = 231


def _tenths(value):
    return int(value * 10 + 0.5)


def _put32(words, address, value):
    """Sungrow sends the low word of a 32-bit value first."""
    words[address] = value & 0xFFFF
    words[address + 1] = (value >> 16) & 0xFFFF
