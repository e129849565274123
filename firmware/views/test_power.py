"""A test power for page and console: it begins when it can act, else the reason is said.

In memory while it is begun. Clock domain: *second*.
"""

from firmware import policy

_MINUTES = 5

_HELP = {
    "muted by user": "The output is muted. Unmute it first",
    "no mains lock": "The device sees no mains yet, so no current can flow. Check the transformer",
    "no reading yet": "The inverter has not answered yet. Find it first",
    "settings lost: check and accept them": "Settings were lost. Check and accept them first",
}


def range_w(parts):
    """The largest test power now, either way; None while nothing but zero can be shown."""
    now, lock = parts.settings.now, parts.mains.lock
    if policy.obstacle(parts.inverter.latest, lock, now):
        return None
    return min(now.limit_w, policy.capacity_w(lock, now))


def begin(parts, numbers, watts, minutes, by, lead_deg=0):
    """(watts, minutes) held from now on; ValueError with words, the field as its second argument.

    numbers: the module lib.numbers. watts, minutes: numbers, or words as typed; None: 5 minutes.
    """
    now = parts.settings.now
    try:
        watts = numbers.parse(watts, -now.limit_w, now.limit_w, "W")
    except ValueError as why:
        raise ValueError("watts: %s" % why, "watts") from None
    try:
        minutes = numbers.parse(_MINUTES if minutes is None else minutes, 0.1, 15, "minutes")
    except ValueError as why:
        raise ValueError("minutes: %s" % why, "minutes") from None
    obstacle = policy.obstacle(parts.inverter.latest, parts.mains.lock, now)
    if obstacle:
        raise ValueError(_HELP.get(obstacle, obstacle), None)
    most_w = policy.capacity_w(parts.mains.lock, now)
    if abs(watts) > most_w:
        words = "watts: the output stage can show %d W at this mains voltage, not more" % most_w
        raise ValueError(words, "watts")
    parts.hold.start(watts, minutes, parts.clock.ms(), lead_deg)
    parts.health.event("hold", watts=watts, minutes=minutes, by=by)
    return watts, minutes
