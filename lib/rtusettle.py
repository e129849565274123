"""Settle a line on which an answer may still be on its way; loaded while there is such a debt."""

from micropython import const

from lib.rtuframe import FrameError, Refused
from lib.rtuwords import frames

_LARGEST_FENCE = const(12)  # words asked for to settle the line
_PATIENT_MS = const(4000)  # for who answers, but late: beyond the timeout
_RECENT_MS = const(30000)  # after a late answer, another one is worth waiting for
_SAME_MS = const(100)


async def settle(client, request, timeout_ms):
    """Make sure that no older answer can be taken for this request's.

    The lone late answer to the very same question is its answer: the register bytes then, else
    None. Raises FrameError where the line could not be settled.
    """
    heard = await client.silence()
    if len(client.ledger) == 1:
        data = await _late(client, request, heard)
        if data is not None:
            return data
    else:
        await client.note(heard)
    if client.owed(request):
        await _fence(client, request, timeout_ms)
    return None


async def _late(client, request, heard):
    """Wait for the answer to the only open question; its bytes where it is this one's too.

    heard: what came since the last question, when exactly is not known.
    """
    clock = client.clock
    owed, asked_ms = client.ledger[0]
    late_ms = client.late_ms
    if client.late and _is_slow(client, clock):
        late_ms = _PATIENT_MS
    left_ms = late_ms - clock.since_ms(client.listened_ms)
    client.answered_ms = client.listened_ms
    data = None
    try:
        if heard:
            data = await client.listen(owed, 0, heard, False)
        if data is None and left_ms > 0:
            data = await client.listen(owed, left_ms, heard, False)
            client.answered_ms = clock.ms()
    except Refused:
        client.ledger.clear()
        return None
    if data is None:
        await client.note(heard)
        return None
    client.ledger.clear()
    _was_late(client, owed[0], asked_ms)
    fresh = clock.since_ms(client.answered_ms) <= 2 * client.late_ms
    return data if fresh and owed == request else None


async def _fence(client, request, timeout_ms):
    """Ask for a few words, as many as nothing in the ledger has: no older answer can follow."""
    taken = [asked[5] for asked, _ in client.ledger]
    sizes = [n for n in range(1, _LARGEST_FENCE + 1) if n != request[5] and n not in taken]
    if sizes:
        address = request[2] << 8 | request[3]
        try:  # fewer words than are wanted are there for certain
            question = await client.request(request[0], request[1], address, sizes[0])
            await client.ask(question, timeout_ms)
        except Refused:
            pass  # an answer as good as any: the slave has come this far
    else:
        await client.clock.sleep_ms(timeout_ms)
    if client.owed(request):
        raise FrameError("no answer", "an older question is still unanswered")


def _is_slow(client, clock):
    """Whether the last answer was late; where one came in time since, another is only lost."""
    since_ms = clock.since_ms(client.late_at_ms)
    return 0 <= since_ms < min(_RECENT_MS, clock.since_ms(client.answered_ms) + _SAME_MS)


def _was_late(client, unit, asked_ms):
    """Remember who, when, and how long it took at most: it may have lain in the receiver."""
    client.late += 1
    client.late_unit, client.late_at_ms = unit, client.clock.ms()
    client.late_took_ms = client.clock.since_ms(asked_ms)


def strike_out(client, data):
    """Strike out what late answers in the data settle: their questions and all older ones.

    True if there were any.
    """
    ledger = client.ledger
    before = len(ledger)
    for frame in frames(data, len(data)):
        for i in range(len(ledger)):
            asked = ledger[i][0]
            if frame[:2] == asked[:2] and len(frame) != 8 and frame[2] == 2 * asked[5]:
                _was_late(client, frame[0], ledger[i][1])
                del ledger[: i + 1]
                break
    return len(ledger) < before
