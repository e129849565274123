"""What a person asks about the inverter: its status, and a fault in words. Loaded on demand."""

from micropython import const

from lib.ondemand import Module

_LONGEST_S = const(5)  # that timeout_s may be
_LATE_MS = const(60000)  # an answer that came late, or twice, is worth a word for that long


def status(inverter):
    """Numbers and words for page and console."""
    with Module("lib.rtuwords") as rtuwords:
        values = rtuwords.statistics(inverter.client)
    battery, profile = inverter.battery, inverter.profile
    seen = getattr(battery, "witnesses", None)
    values["profile"] = profile[0] if profile else inverter.settings.now.profile
    values["problem"] = inverter.problem
    values["question"] = inverter.asks_direction
    values["way_by"] = ""
    if seen and seen.way:
        with Module("firmware.inverter.witness_words") as witness_words:
            values["way_by"] = witness_words.name(seen.way_by)
    values["refused_readings"] = inverter.refused_readings
    values["temp_c"] = inverter.temp_c
    values["note"] = note(inverter)
    values["doubt"] = profile[4] if profile else ""
    return values


def note(inverter):
    """What is worth a word though readings are believed, "" where nothing is."""
    notes = [getattr(inverter.battery, "note", ""), getattr(inverter.neighbours, "note", "")]
    if inverter.plausible:
        with Module("firmware.inverter.plausible") as plausible:
            notes.append(inverter.plausible[plausible.NOTE])
            twice = None if inverter.neighbours else inverter.plausible[plausible.SUSPECTS]
        if twice and 0 <= inverter.clock.since_ms(twice.twice_ms) < _LATE_MS:
            notes.append(twice.note)
    if not inverter.problem:
        notes.append(late(inverter))
    return "; ".join([words for words in notes if words])


def rows(parts, age_s):
    """What is worth a word, as a link of `why`: [(link, words, age in seconds or None)] or []."""
    words = note(parts.inverter)
    return [("Note", words, age_s)] if words else []


def answer_direction(inverter, charging):
    """Take what a person says of the direction; what it changed, in words."""
    battery = inverter.battery
    if not hasattr(battery, "answer"):
        return "This inverter says the direction itself: swap it with the setting invert."
    seen = battery.witnesses
    before, votes = seen.way, list(seen.votes)
    battery.answer(charging)
    inverter.health.event("direction", charging=charging, before=before, votes=votes)
    with Module("firmware.inverter.witness_words") as witness_words:
        return witness_words.answered(charging, before, votes)


def take_news(inverter, stored):
    """Log what the battery found out, and keep what it learnt of the direction; `stored` then."""
    battery = inverter.battery
    news = getattr(battery, "news", None)
    if news:
        inverter.health.event(news[0], **news[1])
        battery.news = None
    found = getattr(battery, "direction", "")
    if found and found != stored:
        inverter.settings.change(direction=found)
        inverter.health.event("direction", found=found)
    return found or stored


def problem(inverter, silent_s, objection, noise, reported):
    """(words for what is wrong, its kind): a standing fault is shown, a new one logged."""
    words = kind = objection
    now = inverter.settings.now
    if now.listen and silent_s < now.stale_s:
        silent_s = 0  # the other master sets the pace
    if silent_s:
        kind = noise or "no answer"
        words = silence(inverter, noise) + " %d s" % silent_s
    if kind != reported and not inverter.paused:
        reported = kind
        if kind:
            inverter.health.fault("inverter", words)
        else:
            inverter.health.clear("inverter")
        inverter.health.event("inverter", problem=words)
    return words, reported


def late(inverter):
    """What helps against answers that come late, "" where none did lately."""
    client = inverter.client
    at_ms = getattr(client, "late_at_ms", None)
    if at_ms is None or not 0 <= inverter.clock.since_ms(at_ms) < _LATE_MS:
        return ""
    enough_s = min(_LONGEST_S, (client.late_took_ms + 900) // 500 / 2)
    if enough_s <= inverter.settings.now.timeout_s:
        return "answers take longer than timeout_s, which is as long as it helps"
    return "answers come too late: raise timeout_s to %.1f" % enough_s


def silence(inverter, noise):
    """Words for a line that gives no answers; the seconds are put behind them."""
    if noise == "line":
        return "the line is never silent, or the port fails, for"
    if noise in ("garbage", "bad crc", "truncated"):
        return "something talks, but not like this: speed, parity, A and B swapped? For"
    if noise == "wrong unit":
        return "another unit answers: check the address. For"
    words = late(inverter)
    if words:
        return words + ", or scan. For"
    if hasattr(inverter.battery, "complaint"):
        return inverter.battery.complaint()
    usual, now = inverter.profile and inverter.profile[1], inverter.settings.now
    if not usual or (usual[0], usual[1], usual[3]) == (now.baud, now.parity, now.unit_address):
        return "no answer for"
    return "no answer (usual: %d 8%s%d, address %d) for" % (usual[0], usual[1], usual[2], usual[3])
