"""Which profiles of inverters there are; in memory while somebody looks for one."""

import json

from lib.ondemand import folder

OWN_ID = "own"  # the one of a person's own, in a file of its own
SHIPPED = folder("firmware.inverter") + "/profiles.jsonl"


def catalogue():
    """Yield (id, name, experimental, doubt) of every shipped profile, one in RAM at a time."""
    with open(SHIPPED) as lines:
        for line in lines:
            raw = json.loads(line)
            yield raw["id"], raw["name"], raw.get("experimental", False), raw.get("doubt", "")
