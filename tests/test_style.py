"""The few rules of the house that ruff has no word for."""

import ast

import pytest

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


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_a_module_is_one_idea(path):
    limit = TEST_MODULE_LINES if relative(path).startswith("tests/") else MODULE_LINES
    assert path.read_text().count("\n") < limit


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_a_function_fits_on_a_screen(path):
    tree = ast.parse(path.read_text())
    functions = [
        n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    long = {f.name: f.end_lineno - f.lineno + 1 for f in functions}
    assert {name: lines for name, lines in long.items() if lines > FUNCTION_LINES} == {}


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_every_module_says_what_it_is(path):
    assert ast.get_docstring(ast.parse(path.read_text()))


@pytest.mark.parametrize("path", DEVICE_FILES, ids=relative)
def test_nothing_is_swallowed_on_the_board(path):
    """Only the outermost catches everything: it silences the output, logs and resets."""
    tree = ast.parse(path.read_text())
    handlers = [node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler)]
    handlers = [h for h in handlers if ast.dump(h.body[-1]) != ast.dump(ast.Raise())]  # passed on
    if path.name not in ("boot.py", "main.py", "app.py", "keep.py"):
        everything = (None, "Exception", "BaseException")
        assert [h.lineno for h in handlers if getattr(h.type, "id", h.type) in everything] == []
    lines = path.read_text().splitlines()
    passed_over = [h.body[0].lineno for h in handlers if isinstance(h.body[0], ast.Pass)]
    without_reason = [n for n in passed_over if "#" not in lines[n - 1] + lines[n - 2]]
    assert without_reason == []
