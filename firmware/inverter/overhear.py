"""Who else asks on this line, heard before a search asks anything. In memory only meanwhile."""

from micropython import const

from lib.rtuwords import frames

_LISTEN_MS = const(2500)
_LISTEN_ONLY_MS = const(60000)  # where nothing may be asked: loggers ask once a minute
_LOOK_MS = const(100)
_ENOUGH = const(8)  # questions


async def is_asked_by_another(scan, client, now):
    """True where a search must not ask; the words in `scan` tell why, and what was heard."""
    if now.listen:
        await _listen_only(scan, client, now)
        return True
    scan.words = "listening"
    asked = await _hear(scan, client, _LISTEN_MS)
    if not asked:
        return False
    scan.state = "nothing"
    scan.words = (
        "another master asks unit %d here: choose the profile and switch listen on; "
        "scan more asks all the same" % asked[0][0]
    )
    return True


async def _hear(scan, client, longest_ms):
    """The questions that somebody else asks; until a few were heard, or that long."""
    heard, asked, waited_ms = b"", [], 0
    while waited_ms < longest_ms and len(asked) < _ENOUGH and not scan.cancelled:
        await client.clock.sleep_ms(_LOOK_MS)
        waited_ms += _LOOK_MS
        waiting = client.uart.any()
        if waiting:
            heard = (heard + (client.uart.read(waiting) or b""))[-600:]
            asked = [frame for frame in frames(heard, len(heard)) if len(frame) == 8]
    return asked


async def _listen_only(scan, client, now):
    """The owner said to be quiet: tell what the other master asks for."""
    scan.words = "listening for a minute, as listen is on"
    reads = []
    for frame in await _hear(scan, client, _LISTEN_ONLY_MS):
        words = "unit %d: %d words at %d (function %d)"
        words %= (frame[0], frame[5], frame[2] << 8 | frame[3], frame[1])
        if words not in reads:
            reads.append(words)
    if scan.cancelled:
        return
    scan.state = "nothing"
    line = "%d 8%s%d" % (now.baud, now.parity, now.stop_bits)
    scan.words = "listen is on, so nothing was asked, and nobody else asks at " + line
    if reads:
        scan.words = "listen is on, so nothing was asked; heard at %s: %s" % (
            line,
            "; ".join(reads),
        )
