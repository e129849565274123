"""`scan`: find the inverter's line, address and profile."""

from firmware.views.words import CommandError

HELP = "scan [again|more|cancel|use PROFILE]", "find the inverter: speed, address and profile"
NEEDS = ("firmware.inverter.scan",)


def saves(words):
    """Whether what was found is stored."""
    return words[:1] == ["use"]


def obey(parts, words, search):
    """Begin, tell, cancel, or store what was found."""
    scan = search.of(parts.inverter)
    if words == ["cancel"]:
        scan.cancel()
    elif len(words) == 2 and words[0] == "use":
        try:
            scan.accept(words[1])
        except ValueError as why:
            raise CommandError(str(why)) from None
        yield "Stored: %s." % words[1]
        return
    elif words in (["again"], ["more"]) or (not words and scan.state == "idle"):
        scan.start(words == ["more"])
        yield "Searching, the output is silent meanwhile. scan tells more, scan cancel ends it."
        return
    elif words:
        raise CommandError("Say scan, scan again, scan more, scan cancel, or scan use PROFILE.")
    yield "%s: %s (%d of at most %d questions)" % (scan.state, scan.words, scan.tried, scan.total)
    for proposal in scan.proposals:
        yield "  %-24s unit %d, %s" % (proposal.profile, proposal.unit, proposal.why)
    if scan.hint:
        yield scan.hint
    if scan.left_out and not scan.running:
        yield "Not tried: %s. scan more tries them." % scan.left_out
    if scan.proposals:
        yield "scan use PROFILE (or PROFILE@UNIT) stores line, address and profile."
