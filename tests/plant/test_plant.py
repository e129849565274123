"""The simulated world against theory: mains, analog stage, Zappi, summary of a run."""

import csv

import numpy as np
import pytest
from scipy import signal

from firmware.device import settings_table
from tools.plant import analog, mains, recording, result, sensing, zappi
from tools.plant.scenario import parse

WORDS_PER_S = 25_000


def grid(text="", folder="."):
    return mains.Mains(parse("[mains]\n" + text, folder=folder).mains)


# --- mains ---------------------------------------------------------------------------------------


def test_a_quiet_grid_is_a_sine_of_230_v():
    v = grid().volts_at_words(0, 2 * WORDS_PER_S)
    t = np.arange(len(v)) / WORDS_PER_S
    assert v == pytest.approx(230 * np.sqrt(2) * np.sin(2 * np.pi * 50 * t), abs=1e-8)


def test_a_voltmeter_reads_volts_whatever_the_harmonics():
    v = grid("harmonics = [[3, 5.0, 180.0], [5, 6.0, 30.0], [25, 1.5, 0]]").volts_at_words(
        0, 25_000
    )
    assert np.sqrt(np.mean(v**2)) == pytest.approx(230.0, rel=1e-9)


def test_harmonics_have_the_size_and_angle_asked_for():
    v = grid("hz = 48\nharmonics = [[2, 2.0, 90.0], [7, 5.0, -30.0]]").volts_at_words(0, 25_000)
    line = {n: np.fft.rfft(v)[48 * n] for n in (1, 2, 7)}
    for order, percent, degrees in ((2, 2.0, 90.0), (7, 5.0, -30.0)):
        assert abs(line[order] / line[1]) == pytest.approx(percent / 100, rel=1e-9)
        # Spectral lines of sines stand at -90 degrees: v_n = sin(n theta + phi).
        assert np.degrees(np.angle(1j * line[order])) == pytest.approx(degrees, abs=1e-6)


def test_phase_never_jumps_when_the_frequency_steps():
    v = grid("hz = [[0, 50.0], [1.003, 50], [1.003, 52]]").volts_at_words(0, 2 * WORDS_PER_S)
    fastest = 230 * np.sqrt(2) * 2 * np.pi * 52 / WORDS_PER_S
    assert np.max(np.abs(np.diff(v))) <= fastest * 1.0001
    count = np.count_nonzero((v[:-1] < 0) & (v[1:] >= 0))
    assert count == int(1.003 * 50 + 0.997 * 52)


def test_a_dropout_is_silence_between_its_times():
    v = grid("dropouts = [[0.1, 0.2]]").volts_at_words(0, 10_000)
    assert not np.any(v[2500:5000])
    assert abs(v[2499]) > 1
    assert np.any(v[5000:5010])


def test_modulation_has_the_depth_asked_for():
    v = grid("am = [2.0, 10.0]\npm = [1.0, 0.1]").volts_at_words(0, WORDS_PER_S)
    t = np.arange(WORDS_PER_S) / WORDS_PER_S
    peak = 230 * np.sqrt(2) * (1 + 0.1 * np.cos(4 * np.pi * t))
    wanted = peak * np.sin(2 * np.pi * 50 * t - 0.1 * np.cos(2 * np.pi * t))
    assert v == pytest.approx(wanted, abs=1e-8)


def test_phase_steps_add_up():
    v = grid("phase_steps = [[0.5, 10.0], [0.6, -10.0]]").volts_at_words(0, WORDS_PER_S)
    plain = grid().volts_at_words(0, WORDS_PER_S)
    assert v[15_000:] == pytest.approx(plain[15_000:], abs=1e-9)
    assert v[12_500] == pytest.approx(230 * np.sqrt(2) * np.sin(np.radians(10)), abs=1e-6)


GRIDS = [
    "",
    "volts = [[0, 230], [1, 200], [1, 250]]\nhz = [[0, 50.0], [2, 52.0]]\ndropouts = [[1.5, 1.6]]",
    "harmonics = [[2, 2.0, 10.0], [25, 1.5, 90.0]]\nam = [1, 5]\npm = [1, 0.1]",
]


@pytest.mark.parametrize("text", GRIDS, ids=["plain", "moving", "distorted"])
def test_chunks_never_change_a_bit(text):
    one = grid(text)
    whole = one.volts_at_words(0, 60_001)
    cuts = [0, 1, 2, 257, 5000, 5003, 33_333, 60_001]
    parts = [one.volts_at_words(a, b - a) for a, b in zip(cuts, cuts[1:], strict=False)]
    assert np.array_equal(np.concatenate(parts), whole)


def test_a_recorded_tone_stays_that_tone_around_the_join(tmp_path):
    fs = 1900.0
    t = np.arange(int(3.21 * fs)) / fs
    tone = 300 * np.sin(2 * np.pi * 50.3 * t) + 9 * np.sin(2 * np.pi * 503 * t + 1)
    np.savez(tmp_path / "grid.npz", v=tone.astype("f4"), fs=fs)
    one = grid("volts = 240\nrecording = 'grid.npz'", tmp_path)
    v = one.volts_at_words(0, 10 * WORDS_PER_S)
    assert np.sqrt(np.mean(v**2)) == pytest.approx(240, rel=1e-3)
    assert one.hz_at(1.0) == pytest.approx(50.3, abs=0.01)
    loop = recording.Loop(tmp_path / "grid.npz")
    assert loop.join_pct < 1.0
    spectrum = np.abs(np.fft.rfft(v * np.hanning(len(v)))) / len(v) * 4 / np.sqrt(2)
    near = [503, 5030]
    for k in near:
        spectrum[k - 15 : k + 16] = 0
    assert np.max(spectrum) < 0.005 * 240  # no image, no click


def test_a_recording_without_volts_plays_as_it_was_recorded(tmp_path):
    t = np.arange(4000) / 2000
    np.savez(tmp_path / "grid.npz", v=100 * np.sin(2 * np.pi * 50 * t), fs=2000.0)
    v = grid("recording = 'grid.npz'", tmp_path).volts_at_words(0, 50_000)
    assert np.max(v) == pytest.approx(100, rel=2e-3)


# --- analog stage --------------------------------------------------------------------------------


def test_the_prototype_lags_22_degrees_and_ends_at_4_2_kw():
    stage = analog.Stage.named("prototype")
    assert stage.lag_deg == pytest.approx(22.7, abs=0.1)
    assert stage.full_scale_ma * 2.5 * 230 == pytest.approx(4180, abs=20)


def test_the_reference_carries_120_percent_of_40_a_below_94_percent_modulation():
    stage = analog.Stage.named("reference")
    assert 0.94 * stage.full_scale_ma > 1.2 * 40 / 2500 * 1e3 * 1.05
    assert stage.lag_deg < 5
    low, high = abs(stage.response(np.array([45.0, 55.0])))
    assert abs(low / high - 1) < 1e-3


@pytest.mark.parametrize("name", ["prototype", "reference"])
def test_the_stage_equals_a_stepwise_integration_of_its_circuit(name):
    stage = analog.Stage.named(name)
    levels = np.random.default_rng(3).integers(0, 33, 5000)
    a, b, c, _, _ = signal.cont2discrete(
        (stage.space.a, stage.space.b[:, None], stage.space.c[None, :], np.zeros((1, 1))), 40e-6
    )
    x, wanted = np.zeros(len(a)), []
    for volts in levels * (3.3 / 32):
        wanted.append(1e3 / stage.sense_ohm * (c @ x)[0])
        x = a @ x + b[:, 0] * volts
    ma, _ = stage.simulate(levels)
    assert ma == pytest.approx(np.clip(wanted, stage.lowest_ma, stage.highest_ma), abs=1e-9)


@pytest.mark.parametrize("name", ["prototype", "reference"])
def test_a_full_scale_sine_comes_out_as_the_transfer_function_says(name):
    stage = analog.Stage.named(name)
    theta = 2 * np.pi * 50 * (np.arange(100_000) + 0.5) / WORDS_PER_S
    ma, _ = stage.simulate(16 + 16 * np.sin(theta))
    out = np.mean(ma[-5000:] * np.exp(-1j * theta[-5000:])) * 1j * np.sqrt(2)
    assert abs(out) == pytest.approx(stage.full_scale_ma, rel=1e-4)
    # The current is taken at the start of each word, half a word ahead of its centre.
    lag = -np.degrees(np.angle(out)) - 360 * 50 * 20e-6
    assert lag == pytest.approx(stage.lag_deg, abs=1e-3)


@pytest.mark.parametrize("name", ["prototype", "reference"])
def test_bits_and_levels_agree_for_centred_pulses(name):
    stage = analog.Stage.named(name)
    level = np.rint(16 + 12 * np.sin(2 * np.pi * 50 * np.arange(50_000) / WORDS_PER_S)).astype(int)
    level &= ~1  # only even levels can be centred exactly
    words = np.array([((1 << n) - 1) << (16 - n // 2) for n in level], dtype="<u4")
    assert np.array_equal(analog.words_to_levels(words), level)
    by_word, _ = stage.simulate(level)
    by_bit, _ = stage.simulate_bits(words)
    difference = by_word[25_000:] - by_bit[::32][25_000:]
    ripple = 4 / np.pi * 3.3 * abs(stage.response(25e3))  # carrier and as much in sidebands
    assert np.max(np.abs(difference)) < ripple


def test_the_stage_keeps_its_state_between_chunks_and_clips_at_what_the_op_amp_can():
    stage = analog.Stage.named({"R9": 30.0})
    levels = np.repeat([0, 32, 0, 32], 5000)
    whole, _ = stage.simulate(levels)
    first, state = stage.simulate(levels[:777])
    second, _ = stage.simulate(levels[777:], state)
    assert np.array_equal(np.concatenate([first, second]), whole)
    assert whole.max() > 29.0
    assert whole.min() == -20.0  # an LM358 sinks no more


def test_a_table_replaces_parts():
    assert analog.Stage.named({"R9": 86.0}).full_scale_ma == pytest.approx(
        analog.Stage.named("prototype").full_scale_ma / 2
    )
    assert analog.Stage.named({"base": "reference", "R5": 102.0}).full_scale_ma == pytest.approx(
        analog.Stage.named("reference").full_scale_ma / 2
    )


# --- Zappi ---------------------------------------------------------------------------------------


def pair(hz=50.0, amps=10.0, lead_deg=0.0, seconds=3.3, harmonic=0.0):
    theta = 2 * np.pi * hz * np.arange(int(seconds * WORDS_PER_S)) / WORDS_PER_S
    v = 230 * np.sqrt(2) * (np.sin(theta) + harmonic * np.sin(5 * theta))
    ma = amps / 2500 * 1e3 * np.sqrt(2) * np.sin(theta + np.radians(lead_deg))
    return v, ma


@pytest.mark.parametrize("hz", [45.0, 49.85, 50.0, 55.0])
@pytest.mark.parametrize("lead_deg", [0.0, 30.0, -60.0, 180.0])
def test_the_zappi_reads_v_times_i_times_cosine(hz, lead_deg):
    one = zappi.Zappi()
    readings = one.feed(*pair(hz, lead_deg=lead_deg))
    assert len(readings) == 3
    for reading in readings:
        assert reading.watts == pytest.approx(2300 * np.cos(np.radians(lead_deg)), abs=0.3)
        assert reading.pf == pytest.approx(np.cos(np.radians(lead_deg)), abs=2e-4)


def test_230_v_and_10_a_are_2300_0_w():
    assert zappi.measure(*pair(seconds=1)).watts == pytest.approx(2300.0, abs=1e-6)


def test_harmonics_of_the_voltage_alone_carry_no_power_but_lower_the_power_factor():
    reading = zappi.measure(*pair(seconds=1, harmonic=0.1))
    assert reading.watts == pytest.approx(2300.0, abs=1e-6)
    assert reading.pf == pytest.approx(1 / np.sqrt(1.01), abs=1e-6)


def test_the_zappi_does_not_care_how_it_is_fed():
    v, ma = pair(49.9)
    whole, bits = zappi.Zappi(), zappi.Zappi()
    whole.feed(v, ma)
    for k in range(0, len(v), 256):
        bits.feed(v[k : k + 256], ma[k : k + 256])
    assert list(bits.readings) == list(whole.readings)
    assert whole.over(2)[0] == pytest.approx(2300.0, abs=0.1)


def test_without_mains_there_is_no_power():
    one = zappi.Zappi()
    assert one.feed(np.zeros(30_000), np.ones(30_000))[0].watts == 0.0
    assert one.latest.pf == 0.0


# --- summary of a run ----------------------------------------------------------------------------


def shaped(density):
    """Whole levels whose mean follows `density`: second-order error feedback."""
    levels, before, earlier = np.empty(len(density), int), 0.0, 0.0
    for k, wanted in enumerate(density + 0.0):
        wanted += 2 * before - earlier
        levels[k] = min(32, max(0, round(wanted)))
        before, earlier = wanted - levels[k], before
    return levels


def record(folder, watts, from_s=1.5, seconds=8.0, hz=49.85):
    """A run whose stream shows `watts` perfectly from `from_s` on; the prototype's stage."""
    stage = analog.Stage.named("prototype")
    t = (np.arange(int(seconds * WORDS_PER_S)) + 0.5) / WORDS_PER_S
    gain = stage.response(hz)
    amplitude = watts / 230 / 2.5 * np.sqrt(2) / abs(gain) / (3.3 / 32)
    sine = amplitude * np.sin(2 * np.pi * hz * t - np.angle(gain))
    density = 16 * np.clip((t - 0.2) / 0.5, 0, 1) + sine * (t > from_s)
    pulse = np.array([((1 << n) - 1) << ((32 - n) // 2) for n in range(33)], dtype="<u4")
    pulse[shaped(density)].tofile(folder / "stream.bin")
    grid(f"hz = {hz}").volts_at_words(0, len(t)).tofile(folder / "mains.bin")
    with open(folder / "truth.csv", "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["t_s", "battery_w", "inverter_answering", "mains_v", "mains_hz"])
        rows.writerows([k / 100, watts, 1, 230.0, hz] for k in range(int(seconds * 100)))
    return stage


@pytest.mark.parametrize("watts", [3000.0, -3000.0, 100.0])
def test_a_perfect_stream_has_no_error(tmp_path, watts):
    found = result.of_run(tmp_path, record(tmp_path, watts))
    assert found["zappi_w"] == pytest.approx(watts, rel=1e-3)
    assert found["pf"] == pytest.approx(np.sign(watts), abs=1e-3)
    assert found["ratio_error_pct"] == pytest.approx(0, abs=0.02)
    assert found["phase_min"] == pytest.approx(0, abs=1.0)
    assert found["mains_hz"] == pytest.approx(49.85, abs=1e-4)
    assert found["first_current_s"] == pytest.approx(1.5, abs=0.05)
    assert found["zero_words"] == 0


def test_silence_has_no_first_current_and_no_ratio(tmp_path):
    found = result.of_run(tmp_path, record(tmp_path, 0.0))
    assert found["first_current_s"] is None
    assert found["ratio_error_pct"] is None
    assert abs(found["zappi_w"]) < 0.5


def test_a_late_and_large_current_is_told_in_minutes_and_percent():
    v, ma = pair(amps=10.1, lead_deg=-1.0, seconds=5)
    found = result.judge(v, ma, 2300.0)
    assert found["ratio_error_pct"] == pytest.approx(1.0, abs=1e-3)
    assert found["phase_min"] == pytest.approx(-60.0, abs=0.01)


def test_underruns_are_counted_as_zero_words(tmp_path):
    stage = record(tmp_path, 3000.0)
    words = np.fromfile(tmp_path / "stream.bin", "<u4")
    words[100_000:100_256] = 0
    words.tofile(tmp_path / "stream.bin")
    assert result.of_run(tmp_path, stage)["zero_words"] == 256


def test_recordings_of_different_length_are_refused(tmp_path):
    stage = record(tmp_path, 0.0, seconds=6)
    np.zeros(5).tofile(tmp_path / "mains.bin")
    with pytest.raises(ValueError, match="5 voltages"):
        result.of_run(tmp_path, stage)


@pytest.mark.parametrize("name", list(analog.TOPOLOGIES))
def test_the_numbers_of_a_stage_are_those_of_its_parts(name):
    stage = analog.Stage.named(name)
    lag, gain = stage.slopes
    of_parts = stage.full_scale_ma, stage.lag_deg, lag, gain, stage.sense_ohm * analog.SENSE_SHARE
    assert settings_table.STAGES[name] == pytest.approx(of_parts, rel=5e-3, abs=1e-4)


def test_the_numbers_of_the_board_are_those_of_its_stage_and_its_mains_input():
    stage = analog.Stage.named("reference")
    lag, gain = stage.slopes
    low, at_50, high = (sensing.response(hz) for hz in (45.0, 50.0, 55.0))
    full_ma, lag_deg, lag_slope, gain_slope, sense = settings_table.STAGES["board_zmpt"]
    assert full_ma == pytest.approx(stage.full_scale_ma, rel=1e-3)
    seen_deg = -np.degrees(np.angle(at_50))
    assert lag_deg == pytest.approx(stage.lag_deg + seen_deg, abs=0.02)
    seen_slope = np.degrees(np.angle(low / high)) / 10
    assert lag_slope == pytest.approx(lag + seen_slope, abs=0.001)
    # The volts read larger where the input passes more, and the current is divided by them.
    assert gain_slope == pytest.approx(gain - 10 * (abs(high / low) - 1), abs=0.002)
    assert sense == pytest.approx(stage.sense_ohm * analog.SENSE_SHARE, rel=5e-3)


def test_what_the_pin_sees_is_the_mains_through_the_filter_in_whatever_pieces():
    t_s = np.arange(50_000) * analog.WORD_S
    volts = np.sin(2 * np.pi * 50 * t_s) + np.sin(2 * np.pi * 825 * t_s)
    whole, pieces = sensing.Sensing(), sensing.Sensing()
    seen = whole.sensed(volts)
    assert np.allclose(seen, np.concatenate([pieces.sensed(v) for v in np.split(volts, 5)]))
    for hz in (50.0, 825.0):
        turning = np.exp(-2j * np.pi * hz * t_s[25_000:])
        gain = np.sum(seen[25_000:] * turning) / np.sum(volts[25_000:] * turning)
        assert gain == pytest.approx(sensing.response(hz), abs=1e-3)
    assert sensing.Sensing("direct").sensed(volts) is volts
