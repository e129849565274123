"""docs/inverters.md as text: what the device can read, who says so, and how sure it is."""

from pathlib import Path

INTRODUCTION = Path(__file__).with_name("inverters_head.md").read_text()


def page(made, left_out):
    """The whole page from (facts, profile) pairs and (facts, reason) pairs of those left out."""
    rows = [_row(entry, profile) for entry, profile in made]
    details = [_details(entry, profile) for entry, profile in made]
    tail = "".join(f"- `{e['id']}` ({e['brand']}): {why}\n" for e, why in left_out)
    return (
        INTRODUCTION
        + "".join(rows)
        + "\n## One by one\n\n"
        + "\n".join(details)
        + "\n## Known, but without a profile\n\n"
        + tail
    )


def _row(entry, profile):
    mark = "experimental" if profile.get("experimental") else ""
    name = f"{entry['brand']} {', '.join(entry['models'][:3])}"
    return (
        f"| `{profile['id']}` | {name} | {_line(profile)} | {_power(profile)} "
        f"| {_confidence(entry)} | {mark} |\n"
    )


def _line(profile):
    baud, parity, stop_bits, unit = profile["line"]
    return f"{baud} 8{parity}{stop_bits}, unit {unit}"


def _register(field):
    """A register in words: address, type, scale."""
    text = f"{field[1]} {field[2].replace('_lo', ' low word first')}"
    text = text.replace("_sw", " low byte first")
    if field[3] != 1:
        text += f" × {field[3]:g}"
    extras = field[4] if len(field) > 4 else {}
    if "mask" in extras:
        text += f" & 0x{extras['mask']:X}"
    if "offset" in extras:
        text += f" {extras['offset']:+d}"
    if "sf" in extras:
        text += f" × 10^({extras['sf']})"
    return text


def _power(profile):
    how = profile["how"]
    if how == "sungrow":
        signed = f"{_register(profile['signed'])}, else " if "signed" in profile else ""
        return f"FC4 {signed}13021 u16 by the bits of 13000"
    if how == "difference":
        discharge, charge = profile["discharge"], profile["charge"]
        return f"FC{discharge[0]} {_register(discharge)} + {_register(charge)}"
    if how == "net_product":
        volts, discharge, charge = profile["volts"], profile["discharge"], profile["charge"]
        return (
            f"FC{volts[0]} {_register(volts)} times ({_register(discharge)} + {_register(charge)})"
        )
    if how == "product":
        volts, amps = profile["volts"], profile["amps"]
        return f"FC{volts[0]} {_register(volts)} times {_register(amps)}"
    text = f"FC{profile['power'][0]} {_register(profile['power'])}"
    if how == "magnitude":
        text += f", direction {profile['direction']['at'][1]}"
    if "more" in profile:
        text += ", further batteries " + ", ".join(map(_register, profile["more"]))
    return text


def _confidence(entry):
    confidence = entry["confidence"]
    parts = ("overall", "address_and_type", "sign", "serial")
    return " / ".join(confidence[part] for part in parts)


def _details(entry, profile):
    lines = [f"### {profile['id']}\n", f"{entry['brand']}: {', '.join(entry['models'])}.\n"]
    serial = entry["serial"]
    other = f"; also seen: {', '.join(serial['alternatives'])}" if serial["alternatives"] else ""
    lines.append(f"- Line: {_line(profile)} (basis: {serial['basis']}{other})")
    lines.append(f"- Battery power: {_power(profile)}")
    for name, unit in (("soc", "%"), ("volts", "V"), ("amps", "A"), ("temp", "°C")):
        if name in profile:
            lines.append(f"- {name}: {_register(profile[name])} ({unit})")
    lines.append(f"- Beyond {profile['limit_w']} W a reading is taken for a fault")
    lines.append(f"- Confidence: {_confidence(entry)}")
    if profile.get("doubt"):
        lines.append(f"- **Doubt**: {profile['doubt']}")
    lines += [f"- Quirk: {words}" for words in entry["quirks"]]
    lines += [f"- Sources disagree: {words}" for words in entry["disagreements"]]
    for source in entry["sources"]:
        note = f": {source['note']}" if source.get("note") else ""
        lines.append(f"- Source: {source['repo']}, {source['path']}{note}")
    return "\n".join(lines) + "\n"
