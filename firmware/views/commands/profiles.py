"""`profiles`: which inverters there are."""

from firmware.views.words import CommandError

HELP = "profiles [WORD|accept]", "which inverters there are; accept the one that fits better"
NEEDS = ("firmware.inverter.catalogue",)


def saves(words):
    """Whether another one is chosen."""
    return words == ["accept"]


def obey(parts, words, catalogue):
    """Those whose line contains the words; or the one that the device code proposes is chosen."""
    better = proposed(parts.inverter.battery)
    if words == ["accept"]:
        if not better:
            raise CommandError("No other profile is proposed.")
        yield "profile %s" % parts.settings.change(profile=better).profile
        return
    wanted = " ".join(words).lower()
    for profile_id, name, experimental, _ in catalogue.catalogue():
        line = "%-24s %s%s" % (profile_id, name, " (untried)" if experimental else "")
        if wanted in line.lower():
            yield line
    yield "settings profile NAME chooses one."
    if better:
        yield "%s fits better than the one in use: profiles accept" % better


def proposed(battery):
    """The profile that the battery's note names as the better one, or ""."""
    words = getattr(battery, "note", "").split()
    return words[-3] if words[-2:] == ["fits", "better"] else ""
