"""The settings: what there is for a form, and what comes back from it. Clock domain: *second*."""

from firmware.device import settings
from lib import jsontext
from lib.ondemand import Module

# Loaded before, each for what needs it: a WROOM-32 has no room for all of it beside two views.
NEEDS = ("firmware.device.settings_table",)
GET_NEEDS = ("firmware.device.settings_help", "firmware.inverter.catalogue")


def saves(_name, _body):
    """Each of them."""
    return True


def post_settings(parts, body):
    """Change those that are given; all or none."""
    entered = str(body.pop("old_password", ""))
    if "password" in body:
        _old_password(parts.settings.now.password, entered)
    settings.check(body)  # also for names that no call could have, as "self"
    before = parts.settings.now
    accepted = parts.settings.change(**body)
    values = {}
    with Module("firmware.device.settings_table") as table:
        names = table.NAMES
    for name in names:  # a stage brings others with it
        value = getattr(accepted, name)
        if name not in settings.SECRET and (name in body or value != getattr(before, name)):
            values[name] = value
    return {"accepted": values, "saved": "settings file" not in parts.health.faults}


def _old_password(old, entered):
    """A new password wants the old one; compared in the same time wherever they differ."""
    differs = len(entered) != len(old)
    for i in range(len(old)):
        differs |= old[i] != entered[i % len(entered)] if entered else True
    if old and differs:
        raise settings.SettingError("old_password", "give the password in force for a new one")


def post_settings_accept(parts, _body):
    """What is in force after a loss is right."""
    parts.settings.accept()
    return {}


def get_settings(parts, _request):
    """The settings as JSON, one field at a time: the loop turns between two of them."""
    now = parts.settings.now
    mark = '{"settings":['
    with Module("firmware.device.settings_table") as table:
        rows, secret, hidden = table.TABLE, table.SECRET, table.KEPT_BY_DEVICE
    with Module(GET_NEEDS[0]) as means:
        meanings = means.meanings()
    for name, default, low, high, unit in rows:
        words = next(meanings)
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
    with Module("firmware.inverter.catalogue") as catalogue:
        own_id, entries = catalogue.OWN_ID, catalogue.catalogue()
    yield ',"choices":[["%s","a profile of your own"]' % own_id
    for profile_id, name, experimental, _ in entries:
        yield "," + jsontext.dumps((profile_id, name + (" (untried)" if experimental else "")))
    yield "]}"
