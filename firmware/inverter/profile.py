"""Which profile can be used; what one says is in profiles.py, loaded while one is chosen."""

from lib.ondemand import Module


class ProfileError(Exception):
    """A profile cannot be used; the words name the field and the reason."""


def objection(profile_id):
    """Why no inverter can be read by the profile of that name, in words; "" where one can."""
    try:
        with Module("firmware.inverter.fields"), Module("firmware.inverter.profiles") as profiles:
            profiles.load(profile_id)
    except (ProfileError, OSError) as why:
        return str(why)
    return ""
