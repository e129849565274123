"""Whatever the line does, no wrong number is accepted: more than 100,000 spoilt frames.

The judge is the slave's own CRC, written apart from the firmware's. A number may come out only if
the bytes that arrived contain a whole frame of the right shape with a good CRC; a damaged frame
gets there only where the CRC itself collides, which is counted and bounded.
"""

import asyncio
import random
import struct
import sys
import types
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lib import rtuframe
from tools.fake_inverter.slave import crc, sealed
from tools.profiles.make_profiles import ROOT

EXAMPLES, FRAMES_EACH = 420, 250  # 105,000 frames
QUESTIONS_EACH = 60
tally = {"frames": 0, "accepted": 0, "collisions": 0, "refused": 0, "in time": 0}


def examples(number):
    """Hypothesis settings: that many examples, the same ones every time, however long it takes."""
    checks = list(HealthCheck)
    return settings(
        max_examples=number,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=checks,
    )


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
    search = rtuframe.Search(request, count)
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
        why = search.complaint()
        assert isinstance(why, rtuframe.FrameError) and str(why)
        return
    tally["accepted"] += 1
    assert accepted in set(valid_payloads(stream[:at], unit, function, count))
    if accepted != honest:
        tally["collisions"] += 1


@examples(EXAMPLES)
@given(st.integers(0, 2**64))
def spoil_frames(seed):
    dice = random.Random(seed)
    for _ in range(FRAMES_EACH):
        exchange(dice)


def test_no_spoilt_frame_becomes_a_number():
    spoil_frames()
    assert tally["frames"] >= 100_000
    assert tally["accepted"] > 20_000  # the honest frame at the end of the noise is found
    # of about 40,000 frames damaged in more than three bits, 1 in 65,536 has a good CRC by chance
    assert tally["collisions"] <= 10, tally


@examples(300)
@given(
    st.lists(st.integers(0, 65535), min_size=1, max_size=125),
    st.integers(1, 255),
    st.sampled_from((3, 4)),
    st.lists(st.integers(1, 60), min_size=1, max_size=9),
    st.binary(max_size=700),
)
def test_a_good_frame_is_found_behind_any_noise_in_any_pieces(words, unit, function, cuts, noise):
    request = sealed(struct.pack(">BBHH", unit, function, 0, len(words)))
    stream = noise + honest_reply(unit, function, words)
    search, found, at, turn = rtuframe.Search(request, len(words)), None, 0, 0
    try:
        while found is None and at < len(stream):
            size = cuts[turn % len(cuts)]
            found = search.feed(stream[at : at + size])
            at, turn = at + size, turn + 1
    except rtuframe.Refused as why:
        assert sealed(bytes([unit, function | 0x80, why.code])) in noise
        return
    assert found in set(valid_payloads(stream, unit, function, len(words)))


def client_rig():
    """The device's master on CPython, with the device tests' clock and wire."""
    for path in (ROOT / "build" / "device", ROOT / "tests" / "device" / "helpers"):
        if str(path) not in sys.path:
            sys.path.append(str(path))
    micropython = types.ModuleType("micropython")
    micropython.const = lambda value: value
    sys.modules.setdefault("micropython", micropython)
    import rs485

    from lib import rtu

    assert Path(rs485.__file__).parent == ROOT / "tests" / "device" / "helpers"
    return rs485, rtu


@examples(60)
@given(st.integers(0, 2**64))
def ask_over_a_late_line(seed):
    """Every answer carries the number of its question; the line delays, loses and damages."""
    rs485, rtu = client_rig()
    dice = random.Random(seed)
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
    ask_over_a_late_line()
    assert tally["in time"] > 60 * QUESTIONS_EACH // 4, tally
