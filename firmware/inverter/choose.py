"""Make what reads the battery, as the settings choose; loaded when they change."""

from micropython import const

from lib.ondemand import Module

_ROOM = const("firmware.inverter.")


async def make_battery(profile, ask, direction=""):
    """The reader for a profile: Sungrow's rule has a memory, all others are plain data.

    direction: what was found out about it earlier; it counts only for the profile named in it.
    """
    if profile.how == "sungrow":
        known = direction if profile.id in direction else ""
        async with Module(_ROOM + "witness"), Module(_ROOM + "sungrow") as sungrow:
            return sungrow.Sungrow(profile, ask, known)
    async with Module(_ROOM + "fields"), Module(_ROOM + "battery") as battery:
        return battery.Battery(profile, ask)


async def make(inverter, now):
    """Give the inverter its battery; why it can have none, in words, "" where it can."""
    async with Module(_ROOM + "fields") as fields, Module(_ROOM + "profiles") as profiles:
        try:
            p = profiles.load(now.profile)
        except fields.ProfileError as why:
            inverter.profile = None
            return str(why)
        limit_w = p.limit_w * (2 if now.unit_address_2 else 1)
        inverter.profile = (p.id, p.line, limit_w, p.experimental, p.doubt)
        async with Module(_ROOM + "plausible") as plausible:
            inverter.plausible = plausible.fresh(inverter.clock)
        if now.listen:
            async with Module(_ROOM + "listen") as listen:
                inverter.battery = await listen.make(inverter, p)
        elif now.unit_address_2:
            async with Module(_ROOM + "sums") as sums:
                inverter.battery = await sums.make(inverter, p)
        else:
            inverter.battery = await make_battery(p, inverter.ask, now.direction)
    return ""


async def follow(inverter, now, made_for):
    """Take over a changed line or profile.

    Returns what the battery is made for now, and why there is none, in words; None where the
    reason is still the old one.
    """
    inverter.client.set_line(now.baud, now.parity, now.stop_bits)
    wanted = (now.profile, now.direction, now.listen, now.unit_address_2)
    objection = None
    if wanted != made_for:
        inverter.latest = inverter.battery = None
        objection = await make(inverter, now)
    profile = inverter.profile
    if inverter.battery and profile[3] and not now.experimental:
        inverter.latest = None
        objection = "profile %s is experimental: %s" % (now.profile, profile[4])
    return wanted, objection
