"""The firmware's modules do the same as they are flashed: names made cheap, compiled with -O3.

What only looks like a name, a method called by its name in a string, breaks there alone. So the
tests of the rooms run once more, their own words given the same cheap names.
"""

import ast
import re
import shutil

import pytest

from tests.conftest import DEVICE_TESTS, HELPERS, run_file, test_names
from tools.bench import heap
from tools.board import shorten
from tools.micropython import ROOT

# Not here: what is flashed as it is, finds its data beside itself, names arguments, sets a global
# of a module that is part of another on the board, or imports
# a module whose name is an attribute elsewhere.
ELSEWHERE = (
    "test_app",
    "test_policy",
    "test_rtu",
    "test_boot",
    "test_dmaring",
    "test_keep",
    "test_ondemand",
    "test_recorded_frames",
    "test_sungrow_table",
)
FILES = sorted(
    path
    for path in DEVICE_TESTS.glob("**/test_*.py")
    if path.parent != HELPERS and path.stem not in ELSEWHERE
)


@pytest.fixture(scope="module")
def flashed(tmp_path_factory):
    """(folder with the modules of a freshly flashed board, long name -> cheap name)."""
    folder = tmp_path_factory.mktemp("flashed")
    heap.make_flash(folder / "flash", folder / "built")
    for path in (folder / "flash").rglob("*"):  # and beside it, what is in the pack
        if path.is_file() and path.suffix != ".mpy":
            place = folder / "built" / path.relative_to(folder / "flash")
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, place)
    (folder / "built/firmware/views/commands/names.mpy").unlink()  # where the folder can be listed
    lines = (folder / "built/short/names.txt").read_text().splitlines()
    return folder / "built", {long: new for new, long in (line.split() for line in lines)}


def words_of(path):
    """Names that stand in a file."""
    return set(re.findall(r"\w+", path.read_text()))


def in_cheap_names(folder, sources, short):
    """Copies of modules of tests and tools, saying what the flashed modules say."""
    for source in sources:
        (folder / source.name).write_text(shorten.shortened(source.read_text(), short))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_tests_of_a_room_hold_as_flashed(flashed, path, tmp_path):
    board, short = flashed
    cheap = [short[word] for word in words_of(path) if word in short]
    if len(cheap) > len(set(cheap)):
        pytest.skip("it brings names together that never meet on the board")
    in_cheap_names(tmp_path, (*HELPERS.glob("*.py"), *path.parent.glob("*.py")), short)
    tools = tmp_path / "tools"
    tools.mkdir()
    for folder in (ROOT / "tools").iterdir():
        if folder.is_dir() and folder.name != "fake_inverter":
            (tools / folder.name).symlink_to(folder)
    (tools / "fake_inverter").mkdir()
    in_cheap_names(tools / "fake_inverter", (ROOT / "tools/fake_inverter").glob("*.py"), short)
    text = path.read_text()
    wanted = [name for name, _ in test_names(ast.parse(text))]
    limit = re.search(r"^TIMEOUT_S = (\d+)", text, re.M)
    timeout_s = 5 * int(limit[1]) if limit else 300
    before = (tmp_path, board, board / "lib")
    results = run_file(path, wanted, timeout_s, before=before, runner=tmp_path / "runner.py")
    bad = {name: text for name, (outcome, text) in results.items() if outcome == "fail"}
    assert not bad, "\n".join(f"{name}\n{text}" for name, text in bad.items())
