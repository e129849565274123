"""The same scenario into the same folder gives the same bytes, whatever an earlier run left."""

import json

from tools.plant import scenario
from tools.play import sim


def test_an_earlier_run_in_the_folder_changes_nothing(tmp_path):
    plan = scenario.from_dict({"duration_s": 4.0, "inverter": {"battery_w": 700.0}})
    seen = []
    for _ in range(2):
        sim.run(plan, tmp_path, keep_mains=False)
        seen.append([(tmp_path / name).read_bytes() for name in ("events.jsonl", "stream.bin")])
        (tmp_path / "flash" / "settings.json").write_text(
            json.dumps({"version": 1, "settings": {"invert": True}})
        )
    assert seen[0] == seen[1]
