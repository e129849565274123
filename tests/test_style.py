"""The few rules of the house that ruff has no word for."""

import ast
import re
from functools import cache
from pathlib import Path

from tests.conftest import ALIVE
from tools.micropython import ROOT

MODULE_LINES = 320
TEST_MODULE_LINES = 420  # a list of cases reads on where a module would need a second idea
FUNCTION_LINES = 65  # a viper function cannot be cut without paying for calls and globals
DEVICE_FILES = sorted(
    path
    for pattern in ("boot.py", "main.py", "firmware/**/*.py", "lib/**/*.py")
    for path in ROOT.glob(pattern)
)
FILES = DEVICE_FILES + sorted([*ROOT.glob("tools/**/*.py"), *ROOT.glob("tests/**/*.py")])


def relative(path):
    """A path as people say it."""
    return str(path.relative_to(ROOT))


@cache
def text(path):
    """What a file says."""
    return path.read_text()


@cache
def tree(path):
    """A file, parsed."""
    return ast.parse(text(path))


def objections(judge, paths):
    """{path: what the judge has against it}, of those that it has something against."""
    found = {relative(path): judge(path) for path in paths}
    return {path: words for path, words in found.items() if words}


def test_a_module_is_one_idea():
    def too_long(path):
        tests = relative(path).startswith("tests/")
        lines = text(path).count("\n")
        return lines if lines >= (TEST_MODULE_LINES if tests else MODULE_LINES) else None

    assert objections(too_long, FILES) == {}


def test_a_function_fits_on_a_screen():
    def long(path):
        functions = [
            n
            for n in ast.walk(tree(path))
            if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
        ]
        lines = {f.name: f.end_lineno - f.lineno + 1 for f in functions}
        return {name: count for name, count in lines.items() if count > FUNCTION_LINES}

    assert objections(long, FILES) == {}


def test_every_module_says_what_it_is():
    assert objections(lambda path: not ast.get_docstring(tree(path)), FILES) == {}


def test_only_the_outermost_catches_everything():
    """It silences the output, logs and resets."""

    def broad(path):
        if path.name in ("boot.py", "main.py", "app.py", "keep.py"):
            return []
        everything = (None, "Exception", "BaseException")
        return [h.lineno for h in handlers(path) if getattr(h.type, "id", h.type) in everything]

    assert objections(broad, DEVICE_FILES) == {}


def test_nothing_is_swallowed_on_the_board_without_a_reason_beside_it():
    def without_reason(path):
        lines = text(path).splitlines()
        passed = [h.body[0].lineno for h in handlers(path) if isinstance(h.body[0], ast.Pass)]
        return [n for n in passed if "#" not in lines[n - 1] + lines[n - 2]]

    assert objections(without_reason, DEVICE_FILES) == {}


def handlers(path):
    """What catches exceptions in a file and does not pass them on."""
    found = [node for node in ast.walk(tree(path)) if isinstance(node, ast.ExceptHandler)]
    return [h for h in found if ast.dump(h.body[-1]) != ast.dump(ast.Raise())]


def test_what_lives_in_real_time_stays_on_one_core():
    """On several cores its boards and browsers would share folders, and starve each other."""
    signs = re.compile(r"play\.run\"|tests\.boards|webdriver|test_run import|free_port|board\.pty")
    files = [path for path in FILES if path.name.startswith("test_") and signs.search(text(path))]
    files = [relative(path) for path in files if path != Path(__file__)]
    assert [name for name in files if not name.startswith(ALIVE)] == []
    assert "tests/play/test_run.py" in files
