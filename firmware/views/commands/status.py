"""`status`: how things are now."""

from firmware.views.words import age, quantity, span

HELP = "status [json]", "how things are now"
NEEDS = "lib.jsontext", "firmware.views.status"  # one a turn


def obey(parts, words, _jsontext, views_status):
    """The whole chain in a dozen lines, or as one line of JSON."""
    if words == ["json"]:
        yield views_status.text(parts)
        return
    now = views_status.status(parts)
    inverter, mains, ct = now["inverter"], now["mains"], now["ct"]
    yield "because    %s" % now["because"]
    yield "inverter   %s  battery %s  %s  %s" % (
        quantity(inverter["battery_w"], "W"),
        quantity(inverter["soc_pct"], "%"),
        quantity(inverter["battery_v"], "V"),
        age(inverter["age_ms"]),
    )
    if inverter["problem"]:
        yield "           %s" % inverter["problem"]
    yield "commanded  %s, which is %s at the charger%s" % (
        quantity(ct.get("commanded_w"), "W"),
        quantity(ct.get("ma"), "mA"),
        ", %+d W of it added" % now["offset_w"] if now.get("offset_w") else "",
    )
    yield "mains      %s  %s  %s" % (
        quantity(mains.get("volts"), "V"),
        quantity(mains.get("hz"), "Hz"),
        "locked" if mains.get("locked") else mains.get("state"),
    )
    if now["hold"]:
        yield "hold       %s for another %d s" % (
            quantity(now["hold"]["watts"], "W"),
            now["hold"]["left_s"],
        )
    yield "output     queue %s  underruns %s  longest gap %s" % (
        quantity(ct.get("queue_ms"), "ms"),
        ct.get("underruns"),
        quantity(ct.get("max_gap_ms"), "ms"),
    )
    for name in now["faults"]:
        yield "fault      %s: %s" % (name, now["faults"][name])
    yield from _device(now)


def _device(now):
    chip = now["chip"]
    yield (
        "chip       Python %s kB in use, %s kB to spare; system %s kB free, least ever %s kB"
        % tuple(
            "-" if chip[name] is None else chip[name] // 1024
            for name in ("heap_used", "heap_free", "idf_free", "idf_least")
        )
    )
    yield "           load %s %%, longest stall %s ms" % (
        chip["load_pct"],
        chip["longest_stall_ms"],
    )
    yield "device     up %s  version %s" % (span(now["uptime_s"]), now["version"])
