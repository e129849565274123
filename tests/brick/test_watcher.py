"""The watcher of simulated runs complains about a firmware that lies, and not about the product.

Each liar is the product with one line changed; it lives on the virtual board as the product does.
"""

import shutil

import pytest

from tools.micropython import ROOT
from tools.plant import scenario
from tools.play import sim, world

AMPLITUDE = "lib/amplitude.py"
CT, POLICY, POLL = "firmware/signal/ct.py", "firmware/policy.py", "firmware/inverter/poll.py"
COUNT = '            self.health.count("inverter " + why.kind, str(why))\n'
YOUNG = """            if self.latest:
                self.latest = Reading(*list(self.latest[:4]) + [self.clock.ms(), False])
"""
SAG = {"mains": {"volts": [[0.0, 230.0], [3.0, 230.0], [3.0, 160.0], [8.0, 160.0]]}}
FIVE_TO_MINUS_FIVE = [[0.0, 5000.0], [4.0, 5000.0], [4.5, -5000.0]]
# (file, line, the lie in its place, what of the world shows it, what the watcher calls it)
LIARS = {
    "wrong sign": (CT, "if now.invert:", "if not now.invert:", {}, "sign"),
    "muted in words only": (
        POLICY,
        "        return Target(0, why)\n    left_s",
        "        return Target(2000, why)\n    left_s",
        {"console": [{"at_s": 4.0, "line": "mute"}]},
        "silent",
    ),
    "above the limit": (
        POLICY,
        "limit_w, words = settings.limit_w,",
        "limit_w, words = 2 * settings.limit_w,",
        {"settings": {"limit_w": 2000}},
        "limit",
    ),
    "less at the pin than is shown": (
        CT,
        "int(modulation * waveform.FULL_AMPLITUDE)",
        "int(0.8 * modulation * waveform.FULL_AMPLITUDE)",
        {},
        "agree",
    ),
    "a sag that is not believed for too long": (
        AMPLITUDE,
        "_SAG_UPDATES = const(50)",
        "_SAG_UPDATES = const(150)",
        {**SAG, "inverter": {"battery_w": 5000.0}},
        "agree",
    ),
    "a frozen value with a new date": (
        POLL,
        COUNT,
        COUNT + YOUNG,
        {
            "inverter": {
                "battery_w": [[0.0, 5000.0], [4.0, 5000.0], [4.5, 700.0]],
                "silent": [[3.5, 12.0]],
            },
            "duration_s": 12.0,
        },
        "age",
    ),
    "held too long": (
        POLICY,
        "if age_ms < 0 or age_ms >= stale_ms + _RAMP_MS:",
        "if age_ms < 0:",
        {
            "settings": {"stale_s": 3.0},
            "duration_s": 12.0,
            "inverter": {"battery_w": 5000.0, "silent": [[3.0, 12.0]]},
        },
        "silent",
    ),
}


def complaints(folder, monkeypatch, changed, more):
    """What the watcher says of eight seconds of a product with the files that are changed."""
    product = folder / "product"
    product.mkdir()
    for name in ("boot.py", "main.py", "tools"):
        (product / name).symlink_to(ROOT / name)
    for name in ("firmware", "lib"):
        shutil.copytree(ROOT / name, product / name)
    for name, text in changed.items():
        (product / name).write_text(text)
    monkeypatch.setattr(world, "ROOT", product)
    plan = {"duration_s": 8.0, "inverter": {"battery_w": FIVE_TO_MINUS_FIVE}, **more}
    plan["analog"] = {"stage": "reference"}
    return sim.run(scenario.from_dict(plan), folder / "life", keep_mains=False)["violations"]


@pytest.mark.parametrize("lie", LIARS)
def test_a_liar_is_found(lie, tmp_path, monkeypatch):
    name, line, instead, more, kind = LIARS[lie]
    text = (ROOT / name).read_text()
    assert text.count(line) == 1, "the liar has to follow the source"
    changed = {name: text.replace(line, instead)}
    assert kind in complaints(tmp_path, monkeypatch, changed, more)


def test_the_product_is_none_in_a_sag(tmp_path, monkeypatch):
    more = {**SAG, "inverter": {"battery_w": 5000.0}}
    assert complaints(tmp_path, monkeypatch, {}, more) == {}


def test_the_product_is_none_where_the_phase_jumps_in_a_sag(tmp_path, monkeypatch):
    """Seed 4 of chaos: what the sag took and what the jump took are two surprises."""
    volts = [[0.0, 230.0], [2.9, 230.0], [2.9, 160.0], [8.0, 160.0]]
    mains = {"volts": volts, "phase_steps": [[3.95, -47.0]]}  # 50 ms before a look
    more = {"mains": mains, "inverter": {"battery_w": 5000.0}}
    assert complaints(tmp_path, monkeypatch, {}, more) == {}


def test_the_product_is_none(tmp_path, monkeypatch):
    more = {
        "settings": {"limit_w": 2000, "stale_s": 3.0},
        "duration_s": 14.0,
        "inverter": {"battery_w": FIVE_TO_MINUS_FIVE, "silent": [[5.0, 11.0]]},
        "console": [{"at_s": 12.0, "line": "mute"}],
    }
    assert complaints(tmp_path, monkeypatch, {}, more) == {}
