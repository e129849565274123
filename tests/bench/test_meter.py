"""The meter itself, judged by streams whose answer is known beforehand."""

import numpy as np
import pytest
from scipy import signal

from tests import meter

SECONDS = 5.0  # the reference's coupling capacitor is charged to e^-15 after 3.3 s
# Odd levels cannot be centred: one set of pulses leans half a bit late, the other early, in turn.
LATE = np.array([((1 << n) - 1) << ((32 - n) // 2) for n in range(33)], "<u4")
EARLY = np.array([((1 << n) - 1) << ((33 - n) // 2) for n in range(33)], "<u4")


def words_of(density):
    """Words whose ones follow `density` (0..32 per word): second-order error feedback."""
    levels, e1, e2 = np.empty(len(density), int), 0.0, 0.0
    for k, wanted in enumerate(density):
        aim = wanted + 2 * e1 - e2
        levels[k] = min(32, max(0, round(aim)))
        e2, e1 = e1, aim - levels[k]
    odd = levels % 2 == 1
    return np.where(np.cumsum(odd) % 2 == 1, EARLY[levels], LATE[levels])


def made_run(
    watts, hz=50.0, stage="prototype", ratio=1.0, lead_min=0.0, harmonics=(), volts=230.0
):
    """A Run that shows `watts` with the given ratio and phase displacement."""
    count = round(SECONDS / meter.WORD_S)
    theta = 2 * np.pi * hz * meter.WORD_S * np.arange(count)
    v = np.sin(theta)
    for order, pct, deg in harmonics:
        v += pct / 100 * np.sin(order * theta + np.radians(deg))
    gain = meter.gain_ma_per_v(stage, hz)
    peak_ma = np.sqrt(2) * watts / volts / meter.TURNS * 1e3 * ratio
    lead = np.radians(lead_min / 60) - np.angle(gain) + np.pi * hz * meter.WORD_S
    density = 16 + peak_ma / abs(gain) / meter.PIN_V * 32 * np.sin(theta + lead)
    return meter.Run(words_of(density), np.sqrt(2) * volts * v, stage)


def worst(values):
    return float(np.max(np.abs(values)))


@pytest.mark.parametrize("stage", ["prototype", "reference"])
@pytest.mark.parametrize("watts", [3500.0, -3500.0, 460.0, 92.0])
def test_a_perfect_stream_is_perfect(stage, watts):
    found = made_run(watts, stage=stage).windows(3.5, 4.92)
    assert len(found) == 7
    assert worst([w.ratio_error_pct(watts) for w in found]) < 0.05
    assert worst([w.phase_min(watts) for w in found]) < 1.0
    assert worst([w.power_error_pct(watts) for w in found]) < 0.05
    assert worst([w.hz - 50 for w in found]) < 1e-6


@pytest.mark.parametrize("hz", [45.0, 49.85, 52.3, 55.0])
def test_ratio_error_and_phase_displacement_are_read_off_nominal_frequency(hz):
    found = made_run(3000.0, hz=hz, ratio=1.002, lead_min=10.0).windows(3.5, 4.8)
    for w in found:
        assert w.hz == pytest.approx(hz, abs=1e-5)
        assert w.ratio_error_pct(3000) == pytest.approx(0.2, abs=0.01)
        assert w.phase_min(3000) == pytest.approx(10.0, abs=0.3)
        assert w.tve_pct(3000) == pytest.approx(
            100 * abs(1.002 * np.exp(10j / 3438) - 1), abs=0.01
        )


def test_lag_costs_power_as_its_cosine():
    found = made_run(3000.0, lead_min=-22 * 60).windows(3.5, 4.92)
    for w in found:
        assert w.watts == pytest.approx(3000 * np.cos(np.radians(22)), rel=3e-4)
        assert w.pf == pytest.approx(np.cos(np.radians(22)), abs=1e-3)
        assert w.ratio_error_pct(3000) == pytest.approx(0, abs=0.03)


def test_harmonics_of_the_mains_disturb_nothing():
    harmonics = [(3, 5.0, 30.0), (5, 6.0, 180.0), (7, 5.0, 70.0), (25, 1.5, 0.0)]
    found = made_run(3000.0, hz=49.7, harmonics=harmonics).windows(3.5, 4.92)
    for w in found:
        assert w.hz == pytest.approx(49.7, abs=1e-3)
        assert w.ratio_error_pct(3000) == pytest.approx(0, abs=0.02)
        assert w.phase_min(3000) == pytest.approx(0, abs=0.5)
        assert w.watts == pytest.approx(3000, rel=3e-4)


def test_a_distorted_current_shows_its_harmonics():
    run = made_run(3000.0)
    t = (np.arange(len(run.ma)) + 0.5) * meter.WORD_S
    size = np.sqrt(2) * 3000 / 230 / 2500 * 1e3
    run.ma = run.ma + 0.02 * size * np.sin(2 * np.pi * 250 * t)
    (window,) = run.windows(4.0, 4.21)
    percent = run.harmonic_pct(window)
    assert percent[5 - 2] == pytest.approx(2.0, abs=0.01)
    assert np.sqrt(np.sum(percent**2)) == pytest.approx(2.0, abs=0.02)


@pytest.mark.parametrize("stage", ["prototype", "reference"])
def test_the_current_of_random_bits_is_that_of_the_differential_equation(stage):
    words = np.random.default_rng(5).integers(0, 2**32, 3000, dtype=np.uint32)
    bits = np.unpackbits(words.astype(">u4").view(np.uint8)) * meter.PIN_V
    a, b, c, d = signal.tf2ss(*meter.TRANSFER[stage]())
    fine = signal.cont2discrete((a, b, c, d), meter.BIT_S / 4, "zoh")
    x, means = np.zeros(len(a)), []
    for k in range(len(words)):
        total = 0.0
        for u in bits[32 * k : 32 * k + 32]:
            for _ in range(4):
                nxt = fine[0] @ x + fine[1][:, 0] * u
                total += (c @ (x + nxt)).item() / 2
                x = nxt
        means.append(1e3 * total / 128)
    assert meter.current_ma(words, stage) == pytest.approx(np.array(means), abs=2e-5)


def test_the_hand_made_transfer_functions_have_the_right_ends():
    r7, c4, r10, r11, r9 = 10e3, 100e-9, 15e3, 10e3, 43.0
    # Far below every capacitor but the coupling one: s C3 R11 / R9.
    assert meter.gain_ma_per_v("prototype", 1e-4) == pytest.approx(
        1e3 * 2j * np.pi * 1e-4 * 2.2e-6 * r11 / r9, rel=1e-4
    )
    # Far above: R7-C4, then R10-C5, each alone.
    high = 1e3 / r9 / (2j * np.pi * 1e6) ** 2 / (r7 * c4) / (r10 * 100e-9)
    assert meter.gain_ma_per_v("prototype", 1e6) == pytest.approx(high, rel=1e-2)
    # The reference passes mains frequency whole: 3.3 V peak to peak over 51 ohm.
    assert abs(meter.gain_ma_per_v("reference", 50)) == pytest.approx(1e3 / 51, rel=1e-3)


def test_centred_pulses_pass_and_swapped_halves_are_found():
    run = made_run(3000.0)
    assert meter.misplaced_pulses(run.words) == 0
    swapped = run.words << 16 | run.words >> 16
    assert meter.misplaced_pulses(swapped) > 0.99 * np.count_nonzero(swapped != 0xFFFFFFFF)


def test_a_stream_that_is_10_us_early_leads_by_10_8_minutes():
    run = made_run(3000.0)
    bits = np.unpackbits(run.words.astype(">u4").view(np.uint8))
    early = np.packbits(np.roll(bits, -8)).view(">u4").astype("<u4")
    assert meter.misplaced_pulses(early) > 100_000
    (window,) = meter.Run(early, run.volts, "prototype").windows(4.0, 4.21)
    assert window.phase_min(3000) == pytest.approx(10.8, abs=0.1)


def test_a_missing_buffer_is_seen():
    run = made_run(3000.0)
    words = run.words.copy()
    words[100_000:100_256] = 0
    before, hit = meter.Run(words, run.volts, "prototype").windows(3.72, 4.13)
    assert before.tve_pct(3000) < 0.05
    assert hit.tve_pct(3000) > 3


def test_ripple_of_half_duty_is_the_carrier_through_the_filter():
    words = np.full(5000, LATE[16])
    rms, span = meter.ripple_ma(words, "prototype")
    carrier = 2 / np.pi * meter.PIN_V * abs(meter.gain_ma_per_v("prototype", 25e3))
    assert rms == pytest.approx(carrier / np.sqrt(2), rel=0.05)
    assert span == pytest.approx(2 * carrier, rel=0.08)
