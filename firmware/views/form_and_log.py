"""The long answers of the JSON interface, made in pieces: the loop turns between two of them.

Each is a generator of text for one client. Clock domain: *second*.
"""

from lib import jsontext
from lib.ondemand import Module


def form(now):
    """The settings as JSON, one field at a time: the loop turns between two of them."""
    mark = '{"settings":['
    with Module("firmware.device.settings_table") as table:
        rows, secret, hidden = table.TABLE, table.SECRET, table.KEPT_BY_DEVICE
    for name, default, low, high, unit, words in rows:
        if name in hidden:
            continue
        field = {"name": name, "default": default, "unit": unit, "help": words}
        if name in secret:
            field["secret"] = True
            field["set"] = bool(getattr(now, name))
        else:
            field["value"] = getattr(now, name)
        if isinstance(low, tuple):
            field["choices"] = low
        elif low is not None:
            field["low"] = low
            field["high"] = high
        field["type"] = type(default).__name__
        text = jsontext.dumps(field)
        if name == "profile":
            yield mark + text[:-1]
            yield from _profile_choices()
        else:
            yield mark + text
        mark = ","
    yield "]}"


def _profile_choices():
    """The end of the profile's field: pairs of value and name, one profile in RAM at a time."""
    with Module("firmware.inverter.profiles") as profiles:
        own_id, catalogue = profiles.OWN_ID, profiles.catalogue()
    del profiles
    yield ',"choices":[["%s","a profile of your own"]' % own_id
    for profile_id, name, experimental, _ in catalogue:
        yield "," + jsontext.dumps((profile_id, name + (" (untried)" if experimental else "")))
    yield "]}"


def log_json(health, number):
    """The events from `number` on."""
    yield '{"written":%d,"dropped":%d,"events":[' % (health.events_written, health.events_dropped)
    mark = ""
    for n, event in health.log(number):
        event["n"] = n
        yield mark + jsontext.dumps(event)
        mark = ","
    yield "]}"


def log_csv(health):
    """All events still known, for a spreadsheet."""
    yield "number,t_s,event,details\r\n"
    for n, event in health.log():
        t_s = jsontext.number(event.pop("t_s"))
        name = event.pop("event")
        details = "; ".join(["%s=%s" % (key, event[key]) for key in sorted(event)])
        yield '%d,%s,"%s","%s"\r\n' % (n, t_s, name, details.replace('"', '""'))
