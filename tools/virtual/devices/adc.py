"""machine.ADC: a converter with bias, noise, curvature and spikes, looking at the true mains.

The mains voltage comes from the host's file (float64 per 40 µs word); the pin sees it divided by
`volts_per_volt` around the bias. The curvature is a bow around it: its slope there is calibrated.
"""

import array

from devices.profile import value_at
from devices.stage import the_stage
from world import Dice, W

_FULL_SCALE_MV = 3300
_CONVERSION_US = 15  # the processor waits for it, as on the chip
_NOISE_MASK = 8191
_CACHE = 1024  # words read from the mains file at once (41 ms)


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
        self._first = -_CACHE

    def volts(self, at_us):
        if self._file is None:
            return 0.0
        word = at_us // 40
        i = word - self._first
        if i < 0 or i >= _CACHE:
            self._load(word)
            i = word - self._first
        a = self._cache[i]
        return a + (self._cache[i + 1] - a) * (at_us % 40) / 40

    def _load(self, word):
        first = word - word % _CACHE
        at = first % self._ring_words if self._ring_words else first
        self._file.seek(at * 8)
        self._file.readinto(self._cache)
        if self._ring_words and at + _CACHE >= self._ring_words:
            self._file.seek(0)
            self._file.readinto(memoryview(self._cache)[_CACHE:])
        self._first = first


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
        self._spike = (config.get("spike_prob", 0.0), config.get("spike_mv", 0.0))
        self._mv_per_volt = 1000 / W.config.get("volts_per_volt", 361.4)
        self._dice = Dice(W.config.get("seed", 1) * 100 + number)
        self._noise = _noise_table(self._dice, self._noise_mv)
        self._at = 0
        self._curve = config.get("curve", "bow")

    def atten(self, value):
        pass

    def read_mv(self):
        """The pin voltage as the converter sees it, all its faults included."""
        W.now_us += _CONVERSION_US // 2
        mv = self._without_noise()
        W.now_us += _CONVERSION_US - _CONVERSION_US // 2
        if self._noise:
            self._at = at = (self._at + 1) & _NOISE_MASK
            mv += self._noise[at]
        if self._spike[0] and self._dice.chance(self._spike[0]):
            mv += self._spike[1] if self._dice.below(2) else -self._spike[1]
        return mv

    def _without_noise(self):
        mv = self._bias_mv
        if self._drift:
            mv += value_at(self._drift, W.now_us)
        if self._is_mains:
            mv += mains.volts(W.now_us) * self._mv_per_volt
        elif the_stage:
            mv += the_stage.sense_mv(W.now_us)
        if self._bow_mv:
            x = (mv - self._bias_mv) * 2 / _FULL_SCALE_MV
            mv += self._bow_mv * (1 - x * x)
        return mv

    def read(self):
        mv = self.read_mv()
        raw = _esp32(mv) if self._curve == "esp32" else int(mv * 4096 / _FULL_SCALE_MV)
        return 0 if raw < 0 else 4095 if raw > 4095 else raw

    def read_u16(self):
        raw = self.read()
        return raw << 4 | raw >> 8

    def read_uv(self):
        return int(self.read_mv() * 1000)
