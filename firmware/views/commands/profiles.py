"""`profiles`: which inverters there are."""

HELP = "profiles [WORD]", "which inverters there are"
NEEDS = ("firmware.inverter.profiles",)


def obey(parts, words, profiles):
    """Those whose line contains the words."""
    wanted = " ".join(words).lower()
    for profile_id, name, experimental, _ in profiles.catalogue():
        line = "%-24s %s%s" % (profile_id, name, " (untried)" if experimental else "")
        if wanted in line.lower():
            yield line
    yield "settings profile NAME chooses one."
