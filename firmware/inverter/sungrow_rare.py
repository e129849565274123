"""What a Sungrow reader needs now and then: who it faces, and what all witnesses said."""

from lib import rtu

_CODE = 4999


async def identify(battery):
    """Read the device code; who refuses it is treated as the strictest kind until then."""
    try:
        code = (await battery.ask(4, _CODE, 1))[0]
    except rtu.Refused as why:
        if not why.final:
            raise
        return
    battery.code = 0 if code == 0xFFFF else code
    if battery.code and not battery.is_sh_k() and not battery.modern:
        battery.modern = True
        battery.note = "device code 0x%04X: profile sungrow_sh_rs_rt_t fits better" % code
        battery.news = ("profile", {"code": code, "better": "sungrow_sh_rs_rt_t"})


def numbers(battery):
    """What every witness says, for the log and for a person."""
    words = battery.words
    return {
        "w13021": words[22],
        "a13020": words[21],
        "bits": words[1],
        "active_w": battery.active_w(),
        "pv_w": battery.pv_w,
        "w5213": battery.signed_w,
        "soc": battery.soc(),
        "votes": list(battery.witnesses.votes),
    }


def evidence(battery, what):
    """A direction as it is stored: what was found out, and the facts behind it."""
    soc, words = battery.soc(), battery.words
    watts = words[22] - 0x10000 if words[22] > 0x7FFF else words[22]
    charge = "unknown" if soc is None else "%.1f %%" % soc
    return "%s; %s at %d W, bits 0x%04X, charge %s" % (
        what, battery.id, watts, words[1], charge
    )  # fmt: skip
