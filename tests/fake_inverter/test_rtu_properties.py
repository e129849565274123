"""Whatever the line does, no wrong number is accepted: more than 100,000 spoilt frames.

Every run draws another seed and prints it; HOSTILE_SEED=… repeats one, HOSTILE=20 (`make hostile`)
multiplies the examples. No two tests share their dice, so their order changes nothing.

The judge is the slave's own CRC, written apart from the firmware's. A number may come out only if
the bytes that arrived contain a whole frame of the right shape with a good CRC; a damaged frame
gets there only where the CRC itself collides, which is counted and bounded.
"""

import asyncio
import builtins
import importlib
import os
import random
import struct
import sys
import types
from pathlib import Path

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

micropython = types.ModuleType("micropython")
micropython.const = micropython.viper = lambda value: value
sys.modules.setdefault("micropython", micropython)
builtins.ptr8 = lambda data: data

from lib import rtuframe, rtusearch  # noqa: E402
from tools.fake_inverter.slave import crc, sealed  # noqa: E402
from tools.profiles.make_profiles import ROOT  # noqa: E402

EXAMPLES, FRAMES_EACH = 420, 250  # 105,000 frames
LINES, QUESTIONS_EACH = 100, 60
tally = {"frames": 0, "accepted": 0, "collisions": 0, "refused": 0, "in time": 0}
tally["through the master"] = 0


SEED = int(os.environ.get("HOSTILE_SEED", "0")) or random.SystemRandom().randrange(1, 2**32)
TIMES = int(os.environ.get("HOSTILE", "1"))


def examples(number):
    """Hypothesis settings: that many examples, or more in the long run, however long it takes."""
    return settings(
        max_examples=number * TIMES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


def hostile(test):
    """Run a property with this run's seed, and say which."""
    print(f"HOSTILE_SEED={SEED} HOSTILE={TIMES}")
    seed(SEED)(test)()


def honest_reply(unit, function, words):
    return sealed(bytes([unit, function, 2 * len(words)]) + struct.pack(f">{len(words)}H", *words))


def flipped(dice, frame):
    """Some bits turned round."""
    frame = bytearray(frame)
    for _ in range(dice.choice((1, 1, 2, 3, 8))):
        frame[dice.randrange(len(frame))] ^= 1 << dice.randrange(8)
    return bytes(frame)


def overwritten(dice, frame):
    """A run of bytes replaced by noise, the header often spared."""
    at = dice.randrange(3, len(frame)) if dice.random() < 0.8 else dice.randrange(len(frame))
    run = dice.randrange(1, 9)
    return frame[:at] + dice.randbytes(min(run, len(frame) - at)) + frame[at + run :]


def truncated(dice, frame):
    return frame[: dice.randrange(len(frame))]


def doubled_byte(dice, frame):
    at = dice.randrange(len(frame))
    return frame[: at + 1] + frame[at:]


def missing_bytes(dice, frame):
    at = dice.randrange(len(frame))
    return frame[:at] + frame[at + dice.randrange(1, 4) :]


DAMAGE = (flipped, flipped, overwritten, overwritten, truncated, doubled_byte, missing_bytes)


def stranger(dice, unit, function, count):
    """A good frame that answers another question."""
    words = [dice.randrange(65536) for _ in range(dice.choice((1, 2, count + 1)))]
    if len(words) == count:
        words.append(7)
    kind = dice.randrange(4)
    if kind == 0:
        return honest_reply(unit % 247 + 1, function, [1] * count)
    if kind == 1:
        return honest_reply(unit, 7 - function, [1] * count)
    if kind == 2:
        return sealed(bytes([unit, (7 - function) | 0x80, 2]))
    return honest_reply(unit, function, words)


def valid_payloads(stream, unit, function, count):
    """All register bytes in the stream that a whole good frame of this shape carries."""
    length = 2 * count + 5
    head = bytes([unit, function, 2 * count])
    at = stream.find(head)
    while at >= 0:
        frame = stream[at : at + length]
        if len(frame) == length and crc(frame) == 0:
            yield frame[3:-2]
        at = stream.find(head, at + 1)


def exchange(dice):
    """One question, a spoilt line, and the verdict on what the search made of it."""
    unit, function = dice.randrange(1, 248), dice.choice((3, 4))
    count = dice.choice((1, 1, 2, 2, 4, 9, 26, 40))
    request = sealed(struct.pack(">BBHH", unit, function, dice.randrange(65536 - count), count))
    words = [dice.randrange(65536) for _ in range(count)]
    honest = honest_reply(unit, function, words)
    pieces = [dice.choice(DAMAGE)(dice, honest)]
    for _ in range(dice.choice((0, 0, 1, 2))):
        extra = dice.randrange(5)
        pieces.append(
            (dice.randbytes(dice.randrange(1, 20)), request, truncated(dice, request))[extra]
            if extra < 3
            else stranger(dice, unit, function, count)
        )
    dice.shuffle(pieces)
    if dice.random() < 0.3:
        pieces.append(honest)
    return judge(dice, request, count, b"".join(pieces), honest[3:-2])


def judge(dice, request, count, stream, honest):
    unit, function = request[0], request[1]
    search = rtusearch.Search(request, count)
    accepted = None
    at = 0
    try:
        while at < len(stream) and accepted is None:
            size = dice.choice((1, 3, 20, 400))
            accepted = search.feed(stream[at : at + size])
            at += size
    except rtuframe.Refused as why:
        refusal = sealed(bytes([unit, function | 0x80, why.code]))
        assert refusal in stream
        tally["refused"] += 1
        return
    tally["frames"] += 1
    if accepted is None:
        why = rtusearch.complaint(search)
        assert isinstance(why, rtuframe.FrameError) and str(why)
        return
    tally["accepted"] += 1
    accepted = bytes(accepted)
    assert accepted in set(valid_payloads(stream[:at], unit, function, count))
    if accepted != honest:
        tally["collisions"] += 1


@examples(EXAMPLES)
@given(st.integers(0, 2**64))
def spoil_frames(number):
    dice = random.Random(number)
    for _ in range(FRAMES_EACH):
        exchange(dice)


def test_no_spoilt_frame_becomes_a_number():
    hostile(spoil_frames)
    print(tally)
    assert tally["frames"] >= 100_000 * TIMES * 0.97
    # the honest frame at the end of the noise is found
    assert tally["accepted"] > 20_000 * TIMES
    # of about 40,000 frames damaged in more than three bits, 1 in 65,536 has a good CRC by chance
    assert tally["collisions"] <= 10 * TIMES, tally


@examples(300)
@given(
    st.lists(st.integers(0, 65535), min_size=1, max_size=125),
    st.integers(1, 255),
    st.sampled_from((3, 4)),
    st.lists(st.integers(1, 60), min_size=1, max_size=9),
    st.binary(max_size=700),
)
def find_behind_noise(words, unit, function, cuts, noise):
    request = sealed(struct.pack(">BBHH", unit, function, 0, len(words)))
    stream = noise + honest_reply(unit, function, words)
    search, found, at, turn = rtusearch.Search(request, len(words)), None, 0, 0
    try:
        while found is None and at < len(stream):
            size = cuts[turn % len(cuts)]
            found = search.feed(stream[at : at + size])
            at, turn = at + size, turn + 1
    except rtuframe.Refused as why:
        assert sealed(bytes([unit, function | 0x80, why.code])) in noise
        return
    assert bytes(found) in set(valid_payloads(stream, unit, function, len(words)))


def test_a_good_frame_is_found_behind_any_noise_in_any_pieces():
    hostile(find_behind_noise)


class Imported:
    """lib.ondemand.Module for a host, which has nothing to drop."""

    def __init__(self, name):
        self._name = name

    def __enter__(self):
        return importlib.import_module(self._name)

    def __exit__(self, *_why):
        pass

    async def __aenter__(self):
        return importlib.import_module(self._name)

    async def __aexit__(self, *_why):
        pass


class AllImported:
    """lib.ondemand.Modules, likewise."""

    def __init__(self, *names):
        self._names = names

    async def __aenter__(self):
        return [importlib.import_module(name) for name in self._names]

    async def __aexit__(self, *_why):
        pass


def client_rig():
    """The device's master on CPython, with the device tests' clock and wire."""
    for path in (ROOT / "build" / "device", ROOT / "tests" / "device" / "helpers"):
        if str(path) not in sys.path:
            sys.path.append(str(path))
    import rs485

    from lib import rtu, rtumake

    rtu.Module = rtumake.Module = Imported
    rtu.Modules = AllImported
    assert Path(rs485.__file__).parent == ROOT / "tests" / "device" / "helpers"
    return rs485, rtu


@examples(LINES)
@given(st.integers(0, 2**64))
def ask_over_a_spoilt_line(number):
    """The same damage through the whole master: its undisturbed way and the hunt for the rest."""
    rs485, rtu = client_rig()
    dice = random.Random(number)
    clock = rs485.TestClock()
    wire = rs485.Wire(clock, lambda frame: None)
    client = rtu.Client(wire, clock)

    async def talk():
        for _ in range(QUESTIONS_EACH):
            unit, function = dice.randrange(1, 248), dice.choice((3, 4))
            count = dice.choice((1, 2, 4, 26, 36))
            words = [dice.randrange(65536) for _ in range(count)]
            honest = honest_reply(unit, function, words)
            pieces = [honest if dice.random() < 0.3 else dice.choice(DAMAGE)(dice, honest)]
            for _ in range(dice.choice((0, 0, 1, 2))):
                extra = dice.choice((dice.randbytes(dice.randrange(1, 20)), "echo", "stranger"))
                if extra == "stranger":
                    extra = stranger(dice, unit, function, count)
                pieces.append(extra)
            dice.shuffle(pieces)

            came = []

            def come(_reply, wire, pieces=pieces, came=came):
                asked = wire.questions[-1][1]
                came += [asked if piece == "echo" else piece for piece in pieces]
                at_ms = sorted(dice.randrange(5, 300) for _ in pieces)
                return list(zip(at_ms, came, strict=True))

            wire.plan = [come]
            try:
                got = await client.read(unit, function, dice.randrange(65000), count, 500, False)
            except rtu.FrameError as why:
                assert str(why)
                continue
            finally:
                clock.now_ms += 1000
                client.ledger.clear()
                wire.any()
                wire.read(10000)
            payload = struct.pack(f">{count}H", *got)
            assert payload in set(valid_payloads(b"".join(came), unit, function, count))
            tally["collisions"] += payload != honest[3:-2]
            tally["through the master"] += 1

    asyncio.run(talk())


def test_no_spoilt_line_becomes_a_number_through_the_master():
    before = tally["collisions"]
    hostile(ask_over_a_spoilt_line)
    print(tally)
    assert tally["through the master"] > LINES * TIMES * QUESTIONS_EACH // 5
    assert tally["collisions"] - before <= TIMES, tally


@examples(LINES)
@given(st.integers(0, 2**64))
def ask_over_a_late_line(number):
    """Every answer carries the number of its question; the line delays, loses and damages."""
    rs485, rtu = client_rig()
    dice = random.Random(number)
    clock = rs485.TestClock()
    asked = []

    def answer(frame):
        asked.append(frame)
        return honest_reply(frame[0], frame[1], [len(asked)] * (frame[4] << 8 | frame[5]))

    def fate(reply, wire):
        kind = dice.random()
        if kind < 0.55:
            return [(dice.randrange(5, 400), reply)]
        if kind < 0.7:
            return []
        if kind < 0.9:
            return [(dice.randrange(900, 9000), reply)]
        return [(dice.randrange(5, 1500), dice.choice(DAMAGE)(dice, reply))]

    wire = rs485.Wire(clock, answer)
    client = rtu.Client(wire, clock)

    async def talk():
        for _ in range(QUESTIONS_EACH):
            wire.plan = [fate] * 4
            count = dice.choice((1, 2, 26))
            try:
                words = await client.read(1, 4, 100, count, 1000)
            except rtu.FrameError:
                continue
            assert words == (len(asked),) * count
            tally["in time"] += 1

    asyncio.run(talk())


def test_late_answers_are_never_taken_for_the_current_one():
    hostile(ask_over_a_late_line)
    print(tally)
    assert tally["in time"] > LINES * TIMES * QUESTIONS_EACH // 5, tally
