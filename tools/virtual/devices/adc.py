"""machine.ADC: a converter with bias, noise, curvature and spikes, looking at the true mains.

The mains voltage comes from the host's file (float64 per 40 µs word); the pin sees it divided by
`volts_per_volt` around the bias. The curvature is a bow around it: its slope there is calibrated.
"""

import array

import micropython

from devices.profile import value_at
from devices.stage import the_stage
from world import NOW, Dice, W

_FULL_SCALE_MV = 3300
_BEFORE_US, _AFTER_US = 7, 8  # the processor waits for the conversion, as on the chip
_NOISE_MASK = 8191
_CACHE = 1024  # words read from the mains file at once (41 ms)
_CACHE_US = _CACHE * 40


def _noise_table(dice, sigma_mv):
    """Noise drawn once and read round and round; 9.4 s long at 875 samples per second.

    A sum of three uniform numbers of variance 1/12 has sigma 0.5 and is near Gaussian.
    """
    if not sigma_mv:
        return None
    table = array.array("f", [0.0] * (_NOISE_MASK + 1))
    for i in range(len(table)):
        three = dice.below(4096) + dice.below(4096) + dice.below(4096) - 6142
        table[i] = three * sigma_mv / 2048
    return table


class _Mains:
    """True mains voltage at any time, linear between the words of the host's file."""

    def __init__(self, config):
        path = config.get("mains_file")
        self._file = open(path, "rb") if path else None
        self._ring_words = config.get("mains_ring_words", 0)
        self._cache = array.array("d", [0.0] * (_CACHE + 1))
        self._first_us = -_CACHE_US  # of the cache, since the world's epoch
        W.moved.append(self._move)

    def volts(self, at_us):
        return self.volts_at(at_us - W.epoch_us)

    @micropython.native
    def volts_at(self, at):
        """at: µs since the world's epoch."""
        if self._file is None:
            return 0.0
        off_us = at - self._first_us
        if off_us < 0 or off_us >= _CACHE_US:
            self._load(at)
            off_us = at - self._first_us
        i = off_us // 40
        cache = self._cache
        a = cache[i]
        return a + (cache[i + 1] - a) * (off_us % 40) / 40

    def _load(self, at):
        first = (W.epoch_us + at) // 40
        first -= first % _CACHE
        at = first % self._ring_words if self._ring_words else first
        self._file.seek(at * 8)
        self._file.readinto(self._cache)
        if self._ring_words and at + _CACHE >= self._ring_words:
            self._file.seek(0)
            self._file.readinto(memoryview(self._cache)[_CACHE:])
        self._first_us = first * 40 - W.epoch_us

    def _move(self, step_us):
        self._first_us -= step_us


mains = _Mains(W.config)


def _esp32(mv):
    """The typical curve of an ESP32 at 11 dB: nothing below 140 mV, straight to 2450 mV, then
    ever steeper to its end at 3120 mV."""
    raw = (mv - 140) / 0.83
    if mv > 2450:
        raw += 0.00113 * (mv - 2450) * (mv - 2450)
    return int(raw)


class ADC:
    ATTN_0DB = 0
    ATTN_2_5DB = 1
    ATTN_6DB = 2
    ATTN_11DB = 3
    WIDTH_12BIT = 12

    def __init__(self, pin, atten=0):
        config = W.config.get("adc", {})
        number = getattr(pin, "number", pin)
        self._is_mains = number == W.config.get("mains_pin", number)
        self._bias_mv = config.get("bias_mv", 1650.0)
        drift = config.get("drift_mv")
        self._drift = drift if drift and len(drift) > 1 else None
        self._noise_mv = config.get("noise_mv", 0.0)
        self._bow_mv = config.get("inl_pct", 0.0) * _FULL_SCALE_MV / 100
        self._spike_prob = config.get("spike_prob", 0.0)
        self._spike_mv = config.get("spike_mv", 0.0)
        self._mv_per_volt = 1000 / W.config.get("volts_per_volt", 361.4)
        self._dice = Dice(W.config.get("seed", 1) * 100 + number)
        self._noise = _noise_table(self._dice, self._noise_mv)
        self._at = 0
        self._is_esp32 = config.get("curve") == "esp32"

    def atten(self, value):
        pass

    @micropython.native
    def read_mv(self):
        """The pin voltage as the converter sees it, all its faults included."""
        now = NOW
        now[0] += _BEFORE_US
        mv = self._bias_mv
        if self._drift:
            mv += value_at(self._drift, W.now_us)
        if self._is_mains:
            mv += mains.volts_at(now[0]) * self._mv_per_volt
        elif the_stage:
            mv += the_stage.sense_mv(W.now_us)
        if self._bow_mv:
            x = (mv - self._bias_mv) * 2 / _FULL_SCALE_MV
            mv += self._bow_mv * (1 - x * x)
        now[0] += _AFTER_US
        if self._noise:
            self._at = at = (self._at + 1) & _NOISE_MASK
            mv += self._noise[at]
        if self._spike_prob and self._dice.chance(self._spike_prob):
            mv += self._spike_mv if self._dice.below(2) else -self._spike_mv
        return mv

    @micropython.native
    def read_u16(self):
        mv = self.read_mv()
        raw = _esp32(mv) if self._is_esp32 else int(mv * 4096 / _FULL_SCALE_MV)
        return 0 if raw < 0 else 65535 if raw > 4095 else raw << 4 | raw >> 8

    def read(self):
        return self.read_u16() >> 4

    def read_uv(self):
        return int(self.read_mv() * 1000)
