"""Make the device's profiles and their documentation from what is known about inverters.

    python -m tools.profiles.make_profiles            # writes profiles.jsonl and docs/inverters.md
    python -m tools.profiles.make_profiles --check    # are they up to date? writes nothing

tools/profiles/inverters.json is the one place to add or correct an inverter: registers, sign,
sources, confidence.
"""

import argparse
import json
import sys
from functools import cache
from pathlib import Path

from tools.profiles import inverter_docs

ROOT = Path(__file__).resolve().parents[2]
FACTS = ROOT / "tools" / "profiles" / "inverters.json"
PROFILES = ROOT / "firmware" / "inverter" / "profiles.jsonl"
DOCS = ROOT / "docs" / "inverters.md"

# More than the battery of the family's largest model can give or take (about 1.5 times its
# nominal power), so that a larger reading is a fault and not a battery.
LIMIT_W = {
    "sungrow_sh_k": 10000,
    "sungrow_sh_rs_rt_t": 40000,
    "sungrow_ihm": 100000,
    "goodwe_et_eh_bh_bt": 45000,
    "viessmann_vitocharge": 15000,
    "growatt_sph_spa": 15000,
    "growatt_tlxh_mod_xh": 45000,
    "growatt_vpp": 150000,
    "growatt_spf": 10000,
    "solis_hybrid": 75000,
    "solax_g2_g3_g4": 25000,
    "solax_g5_g6": 45000,
    "solax_lv": 10000,
    "deye_sunsynk_1p": 14000,
    "deye_sunsynk_3p_lv": 18000,
    "deye_sunsynk_3p_hv": 75000,
    "huawei_sun2000_luna": 40000,
    "fronius_gen24_sunspec": 50000,
    "solaredge_storedge": 20000,
    "luxpower_eg4": 20000,
    "givenergy_1p": 12000,
    "givenergy_3p": 18000,
    "foxess_h1": 16000,
    "foxess_h3": 23000,
    "foxess_h3_smart_pro": 45000,
    "foxess_avocado": 4000,
    "sofar_hyd_es_me": 9000,
    "sofar_hyd_g3": 30000,
    "alphaess_smile": 15000,
    "saj_h1": 9000,
    "saj_h2": 15000,
    "solinteg_gen3": 40000,
    "sunways_gen2": 18000,
    "afore_hybrid": 45000,
    "senergy_hybrid": 15000,
    "sermatec_smt": 15000,
    "ibc_homeone": 15000,
    "kstar_hybrid": 15000,
    "megarevo_r3h": 18000,
    "felicity_trex": 15000,
    "felicity_trex_two": 30000,
    "felicity_trex_25k": 40000,
    "felicity_trex_50k": 75000,
    "smg2_anenji": 16500,
    "srne_asf_hesp": 18000,
    "swatten_sih": 20000,
    "hinen_h5000": 8000,
    "sigenergy": 50000,
    "chint_ech": 15000,
    "solplanet_asw_h": 40000,
    "must_pv1800": 9500,
    "powmr_hvm": 15000,
    "chisage_ess": 12000,
    "chisage_mars": 21000,
    "enertech": 15000,
    "livoltek_gen2": 90000,
}

# Why a known inverter has no profile.
LEFT_OUT = {
    "goodwe_es_em_sbp": "speaks AA55, the Modbus address of its current is unknown",
    "sma_sbs_stp_se": "Modbus TCP only",
}

DOUBTS = {
    "address_and_type": "the registers come from a single source",
    "sign": "the direction of the battery power is unverified",
    "serial": "the line settings are a guess",
}
EXTRA_FIELDS = {
    "battery_voltage_v": "volts",
    "battery_current_a": "amps",
    "battery_temp_c": "temp",
}


@cache
def ids():
    """The names of all inverters that are known, a frozen set."""
    return frozenset(entry["id"] for entry in json.loads(FACTS.read_text()))


def usable(entry):
    """True if the entry can be read over RS485 at known addresses."""
    return entry["id"] not in LEFT_OUT


def experimental(entry):
    """True if only a person who accepts the doubt should use it."""
    confidence = entry["confidence"]
    weak = "low" in (confidence["overall"], confidence["sign"])
    return weak or not entry["ship_recommended"]


def doubt(entry):
    """What is uncertain about the entry, in words; empty where nothing is."""
    words = [DOUBTS[part] for part in DOUBTS if entry["confidence"][part] == "low"]
    if "doubt" in entry:
        words.insert(0, entry["doubt"])
    elif experimental(entry) and "low" not in (
        entry["confidence"]["sign"],
        entry["confidence"]["address_and_type"],
    ):
        words.insert(0, "never tried on RS485 by any source")
    return "; ".join(words)


def register(term, **extras):
    """A register as the profile format writes it: [function, address, type, scale, extras]."""
    kind = term.get("parse_as", term["type"])
    if term.get("word_order") == "lo_hi":
        kind += "_lo"
    if term.get("swapped_bytes"):
        kind += "_sw"
    if "mask" in term:
        extras["mask"] = term["mask"]
    if "offset" in term:
        extras["offset"] = term["offset"]
    if "scale_reg" in term:
        extras["sf"] = term["scale_reg"]["addr"]
    field = [term["fc"], term["addr"], kind, term["k"]]
    return [*field, extras] if extras else field


def profile(entry):
    """One entry of the facts as a profile (see firmware/inverter/profiles.py)."""
    serial = entry["serial"]
    line = [serial["baud"], serial["parity"], serial["stop_bits"], serial["slave_id"]]
    name = f"{entry['brand']} {', '.join(entry['models'])}"
    # First what the catalogue reads, so that a board has no need to understand the rest of a line.
    made = {"id": entry["id"], "name": name}
    if experimental(entry):
        made["experimental"] = True
    if doubt(entry):
        made["doubt"] = doubt(entry)
    made.update(line=line, limit_w=LIMIT_W[entry["id"]])
    power = entry["battery_power"]
    if entry["id"].startswith("sungrow_sh_"):
        made.update(_sungrow(entry))
    else:
        made.update(_method(power))
    sungrow = made["how"] == "sungrow"
    if entry["soc"] and not sungrow:
        made["soc"] = register(entry["soc"])
    for theirs, ours in EXTRA_FIELDS.items():
        if theirs in entry["extra_registers"] and ours not in made and not sungrow:
            made[ours] = register(entry["extra_registers"][theirs])
    second = entry["second_battery"] or {}
    if "power" in second:
        made["more"] = [register(term) for term in (second["power"], *second.get("further", ()))]
    if entry["identify"]:
        codes = sorted(entry["identify"]["values"].values())
        made["identify"] = {"at": register({**entry["identify"], "k": 1}), "codes": codes}
    if "160:" in str(power["terms"]):
        made["sunspec"] = [[160, 40253], [124, 40343]]
        made["gap"] = 60  # the models lie side by side: one read spans them
    return made


def _method(power):
    terms = power["terms"]
    if power["method"] == "signed":
        return {"how": "signed", "power": register(terms["power"])}
    if power["method"] == "magnitude_dir":
        at = power["direction"]
        return {
            "how": "magnitude",
            "power": register(terms["power"]),
            "direction": {
                "at": register({**at, "k": 1}),
                "charging": [at["charge"]],
                "discharging": [at["discharge"]],
            },
        }
    if power["method"] == "dis_minus_chg":
        # SunSpec's "not implemented" is a module that is not there: it carries no power
        absent = {"na": 0} if "scale_reg" in terms["charge"] else {}
        return {
            "how": "difference",
            "discharge": register(terms["discharge"], **absent),
            "charge": register(terms["charge"], **absent),
        }
    if power["method"] == "v_times_net_i":
        return {
            "how": "net_product",
            "volts": register(terms["voltage"]),
            "discharge": register(terms["discharge"]),
            "charge": register(terms["charge"]),
        }
    return {
        "how": "product",
        "volts": register(terms["voltage"]),
        "amps": register(terms["current"]),
    }


def _sungrow(entry):
    made = {"how": "sungrow"}  # whose registers are firmware/inverter/sungrow.py's
    if entry["id"] == "sungrow_sh_rs_rt_t":
        made["signed"] = register(entry["battery_power"]["terms"]["power"])
    return made


def build(facts):
    """The two generated files as texts: profiles (one JSON object per line) and documentation."""
    entries = [entry for entry in facts if usable(entry)]
    lines = [
        json.dumps(profile(entry), separators=(",", ":"), ensure_ascii=True) for entry in entries
    ]
    made = [(entry, profile(entry)) for entry in entries]
    left_out = [(entry, LEFT_OUT[entry["id"]]) for entry in facts if not usable(entry)]
    return "\n".join(lines) + "\n", inverter_docs.page(made, left_out)


def main(arguments=None):
    """Write both files, or with --check say whether they are up to date."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only compare, write nothing")
    options = parser.parse_args(arguments)
    texts = build(json.loads(FACTS.read_text()))
    stale = [
        path
        for path, text in zip((PROFILES, DOCS), texts, strict=True)
        if not path.exists() or path.read_text() != text
    ]
    if options.check:
        for path in stale:
            print(f"{path.relative_to(ROOT)}: not what inverters.json says; run make_profiles")
        return 1 if stale else 0
    for path, text in zip((PROFILES, DOCS), texts, strict=True):
        path.write_text(text)
        print(f"{path.relative_to(ROOT)}: {len(text)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
