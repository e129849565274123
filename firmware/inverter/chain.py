"""From the inverter's registers to the watts: which words came, and who told the direction.

What a person asks who wants to know why; in memory meanwhile. Clock domain: *second*.
"""

from lib.ondemand import Module

_SUNGROW = ((13000, 1), (13019, 20), (13020, 21), (13021, 22), (13022, 23))  # wire address, place
_FIELDS = ("power", "discharge", "charge", "volts", "amps", "soc")


def rows(parts, age_s):
    """(link, words, age in seconds or None) of each."""
    inverter = parts.inverter
    battery = inverter.battery
    words = _registers(battery) if battery else []
    yield "Registers", ", ".join(["%d: %s" % pair for pair in words]) or "none read yet", age_s
    yield "Direction", _direction(inverter, battery), age_s


def _direction(inverter, battery):
    seen = getattr(battery, "witnesses", None)
    if not seen:
        return "by the profile %s" % inverter.settings.now.profile
    with Module("firmware.inverter.witness_words") as say:
        explanation = say.votes(seen.votes)
        if seen.way:
            told_by = say.name(seen.way_by)
            explanation = "%s, told by %s; %s" % (say.WAYS[seen.way], told_by, explanation)
    return explanation


def _registers(battery):
    """(wire address, word as it came) of what the power comes from."""
    words = getattr(battery, "words", None)
    if words:
        found = [(address, words[place]) for address, place in _SUNGROW]
        for address, value in ((5213, battery.signed_w), (5016, battery.pv_w)):
            if value is not None:
                found.append((address, value))
        return found
    profile = getattr(battery, "_profile", None)
    found = []
    if profile:
        fields = [getattr(profile, name) for name in _FIELDS]
        fields += [profile.direction.at] if profile.direction else []
        for field in fields:
            raw = field and battery._words.raw(field)
            if raw is not None:
                found.append((field.address, raw))
    return found
