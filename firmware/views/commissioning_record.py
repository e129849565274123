"""The record of commissioning: what the Zappi showed in the end, and what to go back to.

commissioning.py keeps it, page and console show it; in memory only meanwhile. Clock domain:
*second*.
"""

import json

from lib.ondemand import Module

with Module("lib.atomicfile") as atomicfile:  # it goes when this module goes
    pass

FILE = "commissioning.json"
OURS = ("gain_trim_pct", "lag_deg", "invert")  # settings that a calibration changes
BEFORE = OURS + ("sense_trim_pct", "sense_trim_deg")
STAGE = OURS + ("stage", "full_scale_ma", "mains_scale")


def record():
    """What was kept; {} where there is nothing that can be read."""
    value, _ = atomicfile.load(FILE, _parse, atomicfile.Disk())
    return value or {}


def keep(value):
    """All or nothing; OSError where the flash refuses."""
    atomicfile.save(FILE, json.dumps(value).encode(), atomicfile.Disk())


def shown(parts):
    """The record as the page shows it; `changed`: settings are not those of that day any more."""
    kept = record()
    stage = kept.get("stage")
    now = parts.settings.now
    return {
        "compared": bool(stage),
        "changed": bool(stage) and not _same(stage, [getattr(now, name) for name in STAGE]),
        "date": kept.get("date"),
        "volts": kept.get("volts"),
        "held_w": kept.get("held_w"),
        "watts": kept.get("watts"),
        "pf": kept.get("pf"),
        "sense": kept.get("sense") or "",
        "undo": "before" in kept,
    }


def _same(kept, now):
    """Whether values are what the file keeps of them: its text loses a float's last digit."""
    for k in range(len(now)):
        if isinstance(now[k], float) and isinstance(kept[k], (int, float)):
            if abs(kept[k] - now[k]) > 1e-5 * max(1.0, abs(now[k])):
                return False
        elif kept[k] != now[k]:
            return False
    return True


def _parse(data):
    value = json.loads(data.decode())
    _check(value)
    if value.get("was"):
        _check(value["was"])
    return value


def _check(value):
    """ValueError unless it is a record as this firmware or the one before kept it."""
    if not isinstance(value, dict):
        raise ValueError("no record")
    stage, before = value.get("stage"), value.get("before")
    if stage and (not isinstance(stage, list) or len(stage) != len(STAGE)):
        raise ValueError("no stage")
    if before and (not isinstance(before, dict) or set(before) not in (set(OURS), set(BEFORE))):
        raise ValueError("nothing to go back to")
    plain = [value[name] for name in value if name not in ("stage", "before", "was")]
    for part in plain + list(stage or ()) + list((before or {}).values()):
        if isinstance(part, (list, dict)):
            raise ValueError("no plain values")
