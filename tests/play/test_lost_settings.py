"""A damaged settings file in a whole device: zero in each life until a person accepts."""

import json

from tools.plant import scenario
from tools.play import sim

WHOLE = {"invert": True, "password": "the owner's own", "limit_w": 9000}


def life(folder, *console):
    """15 s of a battery that discharges at 534 W; what the device said each second."""
    plan = {
        "duration_s": 15.0,
        "analog": {"stage": "reference"},
        "inverter": {"battery_w": 534.0},
        "console": [{"at_s": t_s, "line": line} for t_s, line in console],
    }
    plan = scenario.from_dict(plan)
    found = sim.run(plan, folder, keep_mains=False, flash=folder / "flash")
    statuses = [json.loads(line) for line in (folder / "status.jsonl").open()]
    return found, statuses


def test_nothing_flows_in_any_life_before_a_person_has_accepted(tmp_path):
    flash = tmp_path / "flash"
    flash.mkdir()
    whole = json.dumps({"version": 1, "settings": WHOLE})
    (flash / "settings.json").write_text(whole[:60])
    for _ in range(2):
        found, statuses = life(tmp_path)
        assert abs(found["zappi_w"]) < 1
        assert statuses[-1]["because"] == "settings lost: check and accept them"
        assert "settings" in statuses[-1]["faults"]
        assert (flash / "settings.json.bad").read_text() == whole[:60]
    found, statuses = life(tmp_path, (6.0, "settings invert on"), (7.0, "settings accept"))
    assert statuses[-1]["because"] == "following" and statuses[-1]["faults"] == {}
    assert abs(found["zappi_w"] + 534) < 10
