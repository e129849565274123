"""Which profile fits the inverter that answers: by its device code, else by what makes sense."""

from collections import namedtuple

from micropython import const

from firmware.inverter import profiles
from firmware.inverter.choose import make_battery
from firmware.inverter.fields import width
from lib import rtu

SH_K_CODES = (0x0D03, 0x0D0C)  # first and last device code of the SH-K family
# points: higher is better; why: what speaks for it, in words; unit: who answers so
Proposal = namedtuple("Proposal", ("points", "profile", "name", "why", "experimental", "unit"))

_MOST_PROPOSALS = const(5)
_ENOUGH_POINTS = const(4)
_CLOSE_POINTS = const(3)  # what is this close to the best is worth showing
_SUNGROW_CODES = const((0x0D00, 0x0FFF))  # all hybrids so far are 0x0D.. and 0x0E..
_CODE_POINTS = const(20)  # a device code beats any plausibility
SHY_QUESTIONS = 50  # about one per profile, for the progress shown


def shy_questions():
    """(line, unit, function, address, count) of every profile's power register, on its line."""
    asked = []
    for profile in profiles.each():
        where = 4, 13000, 1
        if profile.how != "sungrow":
            field = profile.power or profile.discharge or profile.volts
            where = field.function, field.address, width(field)
        question = (profile.line[:3], profile.line[3]) + where
        if question not in asked:
            asked.append(question)
            yield question


async def proposals(client, found, going_on, ask_ms, spoilt):
    """The best Proposals for the inverter at found = (baud, parity, stop_bits, unit).

    spoilt(found, why) is told of every answer that could not be had.
    """
    client.set_line(*found[:3])

    async def asked(function, address, count, timeout_ms, settle):
        try:
            return await client.read(found[3], function, address, count, timeout_ms, settle)
        except rtu.FrameError as why:
            spoilt(found, why)
            raise

    async def quickly(function, address, count):
        return await asked(function, address, count, ask_ms, False)

    async def surely(function, address, count):
        return await asked(function, address, count, max(1000, ask_ms), True)

    codes = {}  # (function, address) -> word, each asked once
    best = await _best(profiles.each(), quickly, codes, found, going_on)
    # a late answer may have been credited to the wrong profile: look again, and patiently
    best = await _best((profiles.load(p.profile) for p in best), surely, codes, found, going_on)
    return [p for p in best if p.points >= best[0].points - _CLOSE_POINTS]


async def _best(candidates, ask, codes, found, going_on):
    best = []
    for profile in candidates:
        if not going_on():
            return []
        try:
            proposal = await _judged(profile, ask, codes, found)
        except rtu.FrameError:
            continue
        if proposal and proposal.points >= _ENOUGH_POINTS:
            best.append(proposal)
            best.sort(key=lambda p: -p.points)
            best = best[:_MOST_PROPOSALS]
    return best


async def _judged(profile, ask, codes, found):
    """A Proposal with its points, or None where the code says that it is another family."""
    points, why = 0, []
    if profile.identify:
        code = await _code(profile.identify.at, ask, codes)
        if code not in profile.identify.codes and not _kin(profile, code):
            return None
        points += _CODE_POINTS
        why.append("device code 0x%04X" % code)
    sample = await (await make_battery(profile, ask)).sample()
    more = _sense(sample, profile)
    if not more:
        return None
    if (profile.line[0], profile.line[3]) == (found[0], found[3]):
        more.append((1, "its usual line"))
    points += sum(p for p, _ in more)
    why += [words for _, words in more]
    if profile.experimental:
        points -= 1
    return Proposal(
        points, profile.id, profile.name, ", ".join(why), profile.experimental, found[3]
    )


def _kin(profile, code):
    """True for a Sungrow newer than the list of codes: 0x0D03..0x0D0C are SH-K, others not."""
    if profile.how != "sungrow" or code is None:
        return False
    if not _SUNGROW_CODES[0] <= code <= _SUNGROW_CODES[1]:
        return False
    sh_k = SH_K_CODES[0] <= code <= SH_K_CODES[1]
    return sh_k == (profile.signed is None)


async def _code(at, ask, codes):
    key = (at.function, at.address)
    if key not in codes:
        try:
            codes[key] = (await ask(at.function, at.address, 1))[0]
        except rtu.Refused:
            codes[key] = None
    return codes[key]


def _sense(sample, profile):
    """[(points, words), …] for what makes sense in a sample; empty if the power does not."""
    if sample.battery_w is None and not sample.why.startswith("direction"):
        return []
    if sample.battery_w is not None and abs(sample.battery_w) > profile.limit_w:
        return []
    sense = [(2, "battery %s W" % sample.battery_w)]
    if sample.soc_pct is not None:
        if not 0 <= sample.soc_pct <= 100:
            return []
        if sample.soc_pct > 0:
            sense.append((2, "charge %d %%" % sample.soc_pct))
    if sample.battery_v is not None and 30 < sample.battery_v < 1000:
        sense.append((1, "%d V" % sample.battery_v))
    if sample.temp_c is not None and sample.temp_c != 0 and -30 < sample.temp_c < 80:
        sense.append((1, "%d °C" % sample.temp_c))
    witness_w = sample.witness_w if sample.battery_w else None
    if witness_w is not None and abs(witness_w - abs(sample.battery_w)) < 0.2 * witness_w + 20:
        sense.append((2, "volts times amps agree"))
    return sense
