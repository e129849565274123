"""`watch`: one line, renewed every second; the console itself does that, for a key ends it."""

from firmware.views.words import age, quantity

HELP = "watch", "one line, renewed every second, until a key is pressed"
NEEDS = "lib.jsontext", "firmware.views.status"  # one a turn


def obey(parts, words, _jsontext, views_status):
    """The device in less than 80 characters."""
    now = views_status.status(parts)
    inverter, mains, ct = now["inverter"], now["mains"], now["ct"]
    line = "%s%s > %s  %s %s %s  %s  %s" % (
        quantity(inverter["battery_w"], "W"),
        " %+d W" % now["offset_w"] if now.get("offset_w") else "",
        quantity(ct.get("commanded_w"), "W"),
        quantity(mains.get("volts"), "V"),
        quantity(mains.get("hz"), "Hz"),
        "locked" if mains.get("locked") else mains.get("state"),
        age(inverter["age_ms"]),
        now["because"],
    )
    yield line[:79]
