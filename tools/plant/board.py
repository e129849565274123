"""The [board] of a scenario: the ESP32 with its imperfections (docs/scenario.md)."""

from dataclasses import dataclass

from tools.plant import checks
from tools.plant.checks import key
from tools.plant.profile import Profile

TICKS = 2**30  # the device's ticks wrap here
_PROBABILITY = checks.number(0.0, 1.0)


@dataclass(frozen=True)
class Adc:
    """The ESP32's converter; `drift_mv` is added to the bias."""

    bias_mv: float = key(1300.0, checks.number(0.0, 3300.0, "mV"))
    noise_mv: float = key(4.0, checks.number(0.0, 1000.0, "mV"))
    inl_pct: float = key(0.5, checks.number(0.0, 20.0, "%"))
    spike_prob: float = key(0.0, _PROBABILITY)
    spike_mv: float = key(400.0, checks.number(0.0, 3300.0, "mV"))
    drift_mv: Profile = key(0.0, checks.profile(-1650.0, 1650.0, "mV"))
    curve: str = key("bow", checks.one_of("bow", "esp32"))


@dataclass(frozen=True)
class Timer:
    """The soft timer; a drop takes `drop_run` ticks in a row."""

    jitter_us: float = key(150.0, checks.number(0.0, 100e3, "us"))
    drop_prob: float = key(0.0, _PROBABILITY)
    drop_run: int = key(1, checks.whole(1, 1000))


@dataclass(frozen=True)
class Gc:
    """The garbage collector's regular pause; pause_ms 0 = none."""

    every_s: float = key(1.0, checks.number(1e-3, 1e6, "s"))
    pause_ms: float = key(3.0, checks.number(0.0, 10e3, "ms"))


@dataclass(frozen=True)
class Board:
    """The ESP32 with its imperfections."""

    adc: Adc = key({}, checks.table(Adc))
    timer: Timer = key({}, checks.table(Timer))
    pauses: tuple = key([], checks.rows("[t_s, ms]", checks.number(0.0),
                                        checks.number(0.0, 60e3, "ms")))  # fmt: skip
    gc: Gc = key({}, checks.table(Gc))
    ticks_us_start: int = key(0, checks.whole(0, TICKS - 1))
    ticks_ms_start: int = key(0, checks.whole(0, TICKS - 1))
