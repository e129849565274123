"""Which profiles of inverters there are; in memory while somebody looks for one."""

import json

from lib.ondemand import folder

_REST = ',"line":'
OWN_ID = "own"  # the one of a person's own, in a file of its own
SHIPPED = folder("firmware.inverter") + "/profiles.jsonl"


def catalogue():
    """Yield (id, name, experimental, doubt) of every shipped profile, one in RAM at a time.

    Of each only the begin of its line is read as JSON: all of it is up to 2 kB of objects.
    """
    with open(SHIPPED) as lines:
        for line in lines:
            raw = json.loads(line[: line.index(_REST)] + "}")
            yield raw["id"], raw["name"], raw.get("experimental", False), raw.get("doubt", "")
