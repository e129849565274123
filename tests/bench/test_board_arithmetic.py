"""Right on the board, not only on the PC: 32-bit words never overflow, floats never carry a time.

The product's own arithmetic runs on the numbers of tests/boardnumbers.py: as on the ESP32, with
every intermediate checked, and as on the 64-bit interpreter of the simulator. Integers must agree
bit for bit. Floats are in the first frequency alone: the phase that single floats track is that of
doubles within 0.02 degrees, but for some updates in which a last bit turned the loop agile later.
"""

import array
import ast
import itertools
import math
import random
import types

import pytest

from tests.boardnumbers import TICKS, Board, Overflow, Single, Ticks
from tools.micropython import ROOT

FRAMES = 256
TURN = 1 << 30
WORD = 1 << 31


def boards(**values):
    """The ESP32's integers and the PC's, floats the same."""
    return Board(32, float, **values), Board(64, float, **values)


# --- integers -----------------------------------------------------------------------------------


def filled(board, phase, end_phase, hz, amplitudes, errors, bias):
    """(words, state) of two blocks from the state given to the state aimed at."""
    waveform = board.load("lib.waveform")
    wave, block = waveform.Waveform(FRAMES), array.array("I", [0] * FRAMES)
    s = wave.state
    s[waveform.PHASE], s[waveform.BIAS] = phase, bias
    s[waveform.AMPLITUDE] = amplitudes[0]
    s[waveform.ERROR_1], s[waveform.ERROR_2] = errors
    played = []
    for _ in range(2):
        wave.steer(end_phase, round(TURN / 25000 * hz), amplitudes[1])
        wave.fill(block)
        played += block
    return played, list(s)


def extremes_of_fill():
    """Both signs of full amplitude, both ends of the grid, phases and errors at their limits."""
    full, error = 31541166, 0x10000
    draw = random.Random(1)
    for amplitudes, hz in itertools.product(
        ((full, full), (-full, full), (full, -full), (0, -full)), (45, 65)
    ):
        for errors in ((error, -error), (-error, error)):
            phase, end_phase = draw.choice((0, 1, TURN // 2, TURN - 1)), draw.randrange(TURN)
            yield phase, end_phase, hz, amplitudes, errors, draw.choice((0, 1 << 20))
    yield TURN - 1, 0, 65, (full, full), (error, -error), 1 << 20
    yield 0, TURN - 1, 45, (-full, -full), (-error, error), 1 << 20


def test_no_product_of_the_waveform_overflows_and_both_words_play_the_same():
    esp32, pc = boards()
    for case in extremes_of_fill():
        assert filled(esp32, *case) == filled(pc, *case)
    assert esp32.kind.largest < WORD
    assert esp32.kind.largest > WORD // 4, "the worst cases are not the worst"


def summed(board, ages_us, counts, hz, window_us, expected=(0, 0, 0), limit=1 << 20):
    """The work array after a fit of samples of those ages."""
    phasor = board.load("lib.phasor")
    newest, samples = 7, phasor.Samples()
    for n, (age_us, count) in enumerate(zip(ages_us, counts, strict=True)):
        samples.at_us[(newest - n) & 127] = (5000 - age_us) % TICKS
        samples.counts[(newest - n) & 127] = count
    fitter = phasor.Fitter()
    work = fitter.work
    turn, peak, offset = expected
    frequency = (round(hz * 34359.738368), round(hz * 17179.869184))
    asked = (newest, window_us, *frequency, turn, peak, offset, limit)
    for place, value in enumerate(asked):
        work[place] = value
    fitter.fit(samples, limit)
    fitter.forget()
    return list(work)


def extremes_of_sums():
    """A whole window on the crest of sine or cosine, at full scale; long windows; wild guesses."""
    for hz, count in itertools.product((40.0, 45.0, 50.0, 65.0, 70.0), (0, 4095)):
        quarter_us = round(250_000 / hz)
        for age_us in (1, quarter_us, 2 * quarter_us, 3 * quarter_us):
            yield [0] + [age_us] * 127, [count] * 128, hz, 100_000
            yield [0] * 64 + [age_us] * 64, [count] * 128, hz, 100_000
    ages = [n * 1143 for n in range(128)]
    square = [4095 if math.sin(2 * math.pi * 50e-6 * age) < 0 else 0 for age in ages]
    yield ages, square, 50.0, 99_000
    most = 1 << 16
    for turn, offset in itertools.product(
        (0, TURN // 32, TURN // 16 - 1), (-most // 2, most // 2)
    ):
        yield ages, square, 50.0, 99_000, (turn, most, offset), 400
        yield ages, square, 50.0, 99_000, (turn, most, offset)


def test_no_sum_of_a_window_overflows_and_both_words_find_the_same():
    esp32, pc = boards()
    for case in extremes_of_sums():
        assert summed(esp32, *case) == summed(pc, *case)
    assert WORD // 2 < esp32.kind.largest < WORD


def taken_away(board, counts, amplitude, limit, hz=50.0):
    """View and model after one pass over 128 samples of `counts`, harmonics at `amplitude`."""
    phasor, harmonics = board.load("lib.phasor"), board.load("lib.harmonics")
    samples = phasor.Samples()
    for n in range(128):
        samples.at_us[(7 - n) & 127] = (200_000 - n * 1000) % TICKS
        samples.counts[n] = counts
    view = harmonics.Harmonics(samples)
    orders = len(harmonics.ORDERS)
    for k in range(2 + orders, 2 + 3 * orders):
        view._model[k] = amplitude
    work = phasor.Fitter().work
    frequency = (round(hz * 34359.738368), round(hz * 17179.869184))
    for place, value in enumerate((7, 40_000, *frequency, TURN // 16 - 1, 2047 * 16, 32768)):
        work[place] = value
    for count in (22, 128):
        view.take_away(work, count, limit)
    return list(view.counts), list(view._model)


def test_no_harmonic_overflows_and_both_words_take_away_the_same():
    esp32, pc = boards()
    most = 200 * 64
    for case in itertools.product((0, 2048, 4095), (-most, most), (400, 1 << 20)):
        assert taken_away(esp32, *case) == taken_away(pc, *case)
    assert WORD // 4 < esp32.kind.largest < WORD


def test_no_prediction_overflows_and_both_words_predict_the_same():
    """40 to 70 Hz, up to the fastest drift, as far ahead as anyone may ask."""
    esp32, pc = boards()
    draw = random.Random(2)
    for hz, drift in itertools.product((40.0, 45.0, 50.0, 65.0, 70.0), (-25.0, 0.0, 25.0)):
        for ahead_us in (
            -80_000,
            -1,
            0,
            1,
            511,
            512,
            92_160,
            399_999,
            400_000,
            400_001,
            TICKS // 2 - 1,
        ):
            at_us = draw.randrange(TICKS)
            turn = draw.choice((0.0, 0.5, 1 - 2**-26))
            predictions = []
            for board in (esp32, pc):
                t = board.load("lib.tracker").Tracker(hz)
                t._at_us, t._drift = at_us, int(drift * 18014.4)
                t._p[1] = int(turn * (1 << 26))
                t._publish()
                predictions.append((t.phase30((at_us + ahead_us) % TICKS), t.step30))
            assert predictions[0] == predictions[1]
            assert 0 <= predictions[0][0] < TURN
            if abs(ahead_us) <= 92_160:
                s = ahead_us * 1e-6
                truth = turn + hz * s + drift * s * s / 2
                off = (predictions[0][0] / TURN - truth + 0.5) % 1 - 0.5
                assert abs(off * 360) < 0.02 + 0.026 * abs(drift)
    assert WORD // 2 < esp32.kind.largest < WORD


FAULTS = {
    "a product of 26 and 16 bits": ("(y * (amplitude >> 10)", "(y * amplitude"),
    "no end to predictions": ("if dt > 400000:", "if dt > 4000000:"),
    "sums of 14-bit sines": (">> 15)) >> 3", ">> 15)) >> 2"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_checker_finds(fault):
    esp32 = Board(32, float, replace=[FAULTS[fault]])
    for name in ("lib.waveform", "lib.phasor", "lib.tracker"):
        esp32.load(name)
    assert esp32.replaced
    with pytest.raises(Overflow):
        for case in extremes_of_fill():
            filled(esp32, *case)
        for case in extremes_of_sums():
            summed(esp32, *case)
        t = esp32.load("lib.tracker").Tracker(70.0)
        t._at_us = 0
        t._publish()
        t.phase30(1_000_000)


# --- floats -------------------------------------------------------------------------------------

GRIDS = {  # (Hz at first, Hz/s from 1.2 s on, ticks at the start)
    "50 Hz": (50.0, 0.0, 123_456_789),
    "a ramp up, over the wrap": (49.0, 1.0, TICKS - 1_700_000),
    "a ramp down": (60.0, -1.0, 900_000_000),
    "45 Hz": (45.0, 0.0, TICKS // 2 - 1_500_000),
    "65 Hz": (65.0, 0.0, 5),
}


class Converter:
    """A 12-bit converter on 230 V with a fifth harmonic and noise; the same for every board."""

    def __init__(self, hz, ramp):
        self._hz, self._ramp = hz, ramp
        self._noise = random.Random(3)
        self.t_s = 0.0

    def read_u16(self):
        late = max(0.0, self.t_s - 1.2)
        turn = 2 * math.pi * (self._hz * self.t_s + self._ramp * late * late / 2)
        x = math.sin(turn) + 0.05 * math.sin(5 * turn + 1)
        return int(2061 + 1117 * x + self._noise.gauss(0, 5)) << 4


class Stamps(array.array):
    """Memory of time stamps, which are no numbers when they are read again."""

    def __getitem__(self, place):
        return Ticks(super().__getitem__(place))


def tracked(board, hz, ramp, start_us, seconds=2.2):
    """Phases (turn) predicted 0, 40 and 92 ms ahead at each step while the mains is locked."""
    mains = board.load("firmware.signal.mains")
    settings = types.SimpleNamespace(now=types.SimpleNamespace(mains_scale=361.4, mains_v=0.0))
    health = types.SimpleNamespace(event=lambda *_, **__: None)
    rate = [875]
    converter = Converter(hz, ramp)
    m = mains.Mains(converter, lambda _, hz: rate.append(hz), settings, health, None)
    m._samples.at_us = m._flat.at_us = Stamps("i", m._samples.at_us)
    m._tune()
    due_us, found = 0, []
    for step_us in range(20_000, round(seconds * 1e6), 20_000):
        while due_us < step_us:
            at_us = due_us + due_us * 7919 % 151
            converter.t_s, board.now_us = at_us * 1e-6, start_us + at_us
            m._sample(None)
            due_us += 1_000_000 // rate[-1]
        board.now_us = start_us + step_us
        m.step()
        if m.lock:
            for ahead_us in (0, 40_000, 92_160):
                at_us = Ticks((board.now_us + ahead_us) % TICKS)
                found.append(m.tracker.phase30(at_us) / TURN)
    return found, m


@pytest.mark.parametrize("grid", GRIDS)
def test_single_floats_track_the_phase_as_doubles_do(grid):
    """The whole of the mains, from the converter's counts to the phase of the next block."""
    esp32, pc = Board(32, Single), Board(64, float)
    ours, on_board = tracked(esp32, *GRIDS[grid])
    theirs, _ = tracked(pc, *GRIDS[grid])
    assert len(ours) == len(theirs) > 100
    off = [((a - b + 0.5) % 1 - 0.5) * 360 for a, b in zip(ours, theirs, strict=True)]
    assert max(map(abs, off)) < 0.12
    assert sum(abs(one) > 0.02 for one in off) < 0.1 * len(off)
    assert abs(off[-1]) < 0.02
    assert esp32.kind.largest < WORD
    assert isinstance(on_board.tracker._at_us, Ticks) and isinstance(on_board.volts, Single)


@pytest.mark.parametrize(
    "old, new",
    [
        ("dt_us = ticks_diff(at_us, self._at_us)", "dt_us = at_us - self._at_us"),
        ("ticks_add(newest_us, -w[_AGE_US])", "newest_us - w[_AGE_US]"),
        ("ticks_add(newest_us, -half_us)", "newest_us - half_us"),
        ("ticks_diff(now_us, newest_us) > GONE_MS", "now_us - newest_us > GONE_MS"),
    ],
)
def test_a_time_stamp_used_as_a_number_is_found(old, new):
    esp32 = Board(32, Single, replace=[(old, new)])
    esp32.load("firmware.signal.mains")
    assert esp32.replaced
    with pytest.raises(TypeError, match="time stamp"):
        tracked(esp32, *GRIDS["50 Hz"], seconds=0.3)


def test_the_single_float_rounds_as_the_board_does():
    assert Single(16_777_217) == 16_777_216
    assert Single(0.1) + 0.2 == Single(0.3) != 0.3
    assert 1 / Single(3) == 0.3333333432674408
    with pytest.raises(TypeError):
        Single(Ticks(5))


# --- source -------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted((ROOT / "lib").glob("*.py")), ids=lambda path: path.stem)
def test_integers_written_in_fast_code_fit_a_small_integer(path):
    """2**30 and more is a big integer on the board: viper refuses it, other code allocates."""
    tree = ast.parse(path.read_text())
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    written = [
        (node.lineno, node.value)
        for function in functions
        for node in ast.walk(function)
        if isinstance(node, ast.Constant) and type(node.value) is int
    ]
    assert [(line, value) for line, value in written if value >= 1 << 30] == []
