"""The readers of inverters do the same with the modules as they are flashed: names shortened, -O3.

What only looks like a name, a method called by its name in a string, breaks there alone.
"""

import ast

import pytest

from tests.conftest import run_file, test_names
from tools.bench import heap
from tools.micropython import ROOT

FILES = sorted((ROOT / "tests/device/inverter").glob("test_*.py"))


@pytest.fixture(scope="module")
def flashed(tmp_path_factory):
    """A folder with what is on a freshly flashed board."""
    folder = tmp_path_factory.mktemp("flashed")
    heap.make_flash(folder / "flash", folder / "built")
    return folder / "flash"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_tests_of_the_room_hold_as_flashed(flashed, path):
    wanted = [name for name, _ in test_names(ast.parse(path.read_text()))]
    results = run_file(path, wanted, timeout_s=300, before=(flashed, flashed / "lib"))
    bad = {name: text for name, (outcome, text) in results.items() if outcome == "fail"}
    assert not bad, "\n".join(f"{name}\n{text}" for name, text in bad.items())
