"""A fake inverter as a Modbus RTU slave: a request frame in, a reply frame out.

Runs on CPython and MicroPython, has no clock and no line of its own. The simulator's UART and the
pymodbus server (`python -m tools.fake_inverter`) answer from this same register image.

    slave = Slave("sungrow_sh_k", unit=1, generation="signed")
    slave.battery_w = -1200           # + = discharging
    reply = slave.answer(request)     # bytes; None: not for this unit, or not a good frame
"""

from tools.fake_inverter import sungrow

SUNGROW = ("sungrow_sh_k", "sungrow_sh_rs_rt_t")
METER = "meter"  # no inverter at all, but it answers


class Slave:
    """One inverter on the line; change its attributes at any time, the next answer shows them."""

    def __init__(self, profile_id="sungrow_sh_k", unit=1, generation="magnitude"):
        self.profile_id = profile_id
        self.unit = unit
        self.generation = generation
        self.battery_w = 0  # + = discharging
        self.soc_pct = 55.0
        self.battery_v = 51.2 if profile_id == "sungrow_sh_k" else 204.8
        self.battery_temp_c = 23.1
        self.pv_w = 1500
        self.load_w = 600
        self.device_code = 0  # 0 = the code of the profile's most usual model
        self.invalid = (
            False  # True: the battery's registers read 0xFFFF; "marker": the type's marker
        )
        self.second_w = 0  # how much of battery_w belongs to a second battery, where one exists
        self.sunspec_shift = 0  # words by which a SunSpec map is longer than usual
        self.scale_exponent = 0  # SunSpec: power of ten of its watts, None = not given
        self.has_5213 = True  # RS/RT/T: False is firmware from before register 5213
        self.balance_known = True  # False: PV and active power read as unsupported
        # Sungrow: what bits 1 and 2 of the running state do: live | dead | charging | discharging
        # (stuck there) | late (one update behind) | flicker (anything, from read to read)
        self.flags = "live"
        # what register 5213 answers: live | empty | zero | refused | hiccup (now and then empty)
        self.r5213 = "live"
        self.reads = 0  # reads of the state, for what changes from one to the next
        self.signed_amps = False  # True: the current is signed even where the power is not
        self.system_state = 0x0040  # Sungrow 12999: 0x0800 forced mode, 0x4000 external EMS
        self.exception = 0  # 1..11: refuse every request with this exception
        self.was_w = 0  # battery power of the update before, for what lags
        self._generic = None
        if profile_id == METER:
            from tools.fake_inverter import meter

            self._generic = meter.Meter()
        elif profile_id not in SUNGROW:
            from tools.fake_inverter import registers

            self._generic = registers.Registers(profile_id)

    @property
    def generation(self):
        """How this firmware shows the direction of the battery power."""
        return self._generation

    @generation.setter
    def generation(self, name):
        if name not in sungrow.GENERATIONS:
            raise ValueError("generation must be one of " + ", ".join(sungrow.GENERATIONS))
        self._generation = name

    def read(self, function, address, count):
        """Words of a read request (list of ints), or the Modbus exception number (int)."""
        if self.exception:
            return self.exception
        if function not in (3, 4):
            return 1
        if not 1 <= count <= 125 or address + count > 0x10000:
            return 3
        if self._generic:
            return self._generic.read(self, function, address, count)
        return sungrow.read(self, function, address, count)

    def answer(self, frame):
        """The reply to one complete request frame, or None where a slave keeps silent."""
        if len(frame) != 8 or crc(frame) != 0 or frame[0] != self.unit:
            return None
        address = frame[2] << 8 | frame[3]
        count = frame[4] << 8 | frame[5]
        words = self.read(frame[1], address, count)
        if isinstance(words, int):
            return sealed(bytes((self.unit, frame[1] | 0x80, words)))
        reply = bytearray((self.unit, frame[1], 2 * count))
        for word in words:
            reply.append(word >> 8)
            reply.append(word & 0xFF)
        return sealed(reply)


def crc(data):
    """CRC-16/MODBUS bit by bit; 0 over a frame that ends in its own good CRC."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ 0xA001 if value & 1 else value >> 1
    return value


def sealed(data):
    """The frame with its CRC behind it, low byte first."""
    value = crc(data)
    return bytes(data) + bytes((value & 0xFF, value >> 8))
