"""Tests on MicroPython report what happened to them there, the worst included."""

import ast
import os
import subprocess

import pytest

from tests.conftest import interpreters, run_file, test_names
from tools.micropython import MICROPYTHON32

CASES = """
import unittest

class Base(unittest.TestCase):
    def test_passes(self):
        print("seen")

class Sub(Base):
    def setUp(self):
        self.ready = True

    def tearDown(self):
        print("torn down")

    def test_fails(self):
        self.assertEqual(self.ready, "never")

    @unittest.skip("there is a reason")
    def test_skips(self):
        pass

class TheWorst(unittest.TestCase):
    def test_ends(self):
        ENDING

    def test_is_never_reached(self):
        pass
"""


@pytest.fixture
def run(tmp_path):
    """Run the cases with an ending for the worst of them; returns results by name."""

    def run(ending):
        path = tmp_path / "test_cases.py"
        path.write_text(CASES.replace("ENDING", ending))
        wanted = [name for name, _ in test_names(ast.parse(path.read_text()))]
        return run_file(path, wanted, timeout_s=15)

    return run


def test_each_test_tells_its_own_end(run):
    results = run("pass")
    assert results["Base.test_passes"] == ("ok", "seen")
    assert results["Sub.test_passes"] == ("ok", "seen\ntorn down")
    assert results["Sub.test_skips"] == ("skip", "there is a reason")
    outcome, text = results["Sub.test_fails"]
    assert outcome == "fail"
    assert ", in test_fails" in text
    assert "AssertionError: True vs (expected) 'never'" in text
    assert len(results) == 6


@pytest.mark.parametrize(
    ("ending", "words"),
    [
        ("while True: pass", "no end after 15 s"),
        ("import sys; sys.exit(5)", "ended with status 5"),
    ],
)
def test_a_file_that_does_not_finish_fails(run, ending, words):
    results = run(ending)
    assert results["Base.test_passes"][0] == "ok"
    for name in ("TheWorst.test_ends", "TheWorst.test_is_never_reached"):
        assert results[name][0] == "fail"
        assert words in results[name][1]


def test_a_file_that_cannot_be_imported_fails(tmp_path):
    path = tmp_path / "test_broken.py"
    path.write_text("import nothing_of_this_name\n")
    (outcome, text) = run_file(path, ["Some.test"], timeout_s=60)["Some.test"]
    assert outcome == "fail"
    assert "no module named 'nothing_of_this_name'" in text


def test_a_test_that_nobody_would_await_is_refused():
    source = "class Some:\n    async def test_it(self): pass\n"
    with pytest.raises(SyntaxError, match="awaits no test_it"):
        list(test_names(ast.parse(source)))


def test_device_tests_run_with_a_boards_words_too():
    if os.environ.get("MICROPYTHON"):
        pytest.skip("MICROPYTHON names the one interpreter of this run")
    if not MICROPYTHON32.exists():
        pytest.skip("make micropython32 builds the interpreter with a board's words")
    facts = "import sys; print(sys.maxsize, 1 + 5e-8)"
    answers = {
        ending: subprocess.run([path, "-c", facts], capture_output=True, text=True, check=True)
        for ending, path in interpreters().items()
    }
    assert answers["-32bit"].stdout == "2147483647 1.0\n"
    assert answers[""].stdout.startswith("9223372036854775807 1.0000000")
