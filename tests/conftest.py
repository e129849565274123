"""Lets pytest collect tests/device/**/test_*.py, which run on MicroPython.

The tests in a file are found by reading its source. The file runs, in a fresh interpreter, when
its first test is due, and each test then reports its own part. A file may set TIMEOUT_S itself,
and SLOW where `make check` is to leave it to `make test`.
Where `make micropython32` has built it, every file runs on that interpreter, too: its words and
floats are as long as a board's. MICROPYTHON=/path runs another interpreter alone.

On several cores (pytest -n) a file stays whole, and what lives in real time stays on one of them.
"""

import ast
import os
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest
from xdist.scheduler import LoadFileScheduling

from tests.boards import board, terminal  # noqa: F401  fixtures for all tests
from tools.micropython import DEVICE, MICROPYTHON32, ROOT, interpreter, search_path

DEVICE_TESTS = Path(__file__).parent / "device"
HELPERS = DEVICE_TESTS / "helpers"
RUNNER = HELPERS / "runner.py"
TIMEOUT_S = 300  # ends what hangs; a busy computer is slow
HEAP = "3m"  # of both; source is compiled there, which scatters what stays
MARK = "\x1e"
# Boards, browsers and serial lines that live in real time, and build folders that they share: one
# after the other, while the rest is calculated beside them.
ALIVE = (
    *("tests/board/", "tests/views/", "tests/fake_inverter/", "tests/brick/test_radio.py"),
    *("tests/brick/test_damaged_files.py", "tests/play/test_commissioning.py"),
    *("tests/play/test_desk.py", "tests/play/test_home.py", "tests/play/test_run.py"),
    *("tests/play/test_run_refusals.py", "tests/play/test_view.py", "tests/play/test_way.py"),
)


class Cores(LoadFileScheduling):
    """Which tests stay together on one core: a file's, and all that are alive."""

    def _split_scope(self, nodeid):
        return "alive" if nodeid.startswith(ALIVE) else super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config, log):
    """Hand out the tests that way, whatever --dist says."""
    return Cores(config, log)


def pytest_collection_modifyitems(config, items):
    """On several cores the longest row begins first: what is alive."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: not item.nodeid.startswith(ALIVE))


def pytest_report_header():
    """Name the interpreters that device tests run on."""
    return f"micropython: {', '.join(interpreters().values())}"


def interpreters():
    """The interpreters of device tests by what a test's name ends in."""
    found = {"": interpreter()}
    if not os.environ.get("MICROPYTHON") and MICROPYTHON32.exists():
        found["-32bit"] = str(MICROPYTHON32)
    return found


def pytest_pycollect_makemodule(module_path, parent):
    """Take the files of tests/device out of CPython's hands."""
    if DEVICE_TESTS in module_path.parents:
        return DeviceFile.from_parent(parent, path=module_path)
    return None


class DeviceTestFailed(Exception):
    """A test failed on MicroPython; the text is what it printed there."""


class DeviceFile(pytest.File):
    """One file of tests, run at most once by each interpreter."""

    results = {}  # of an interpreter: name -> (outcome, text): "ok", "skip", "fail"

    def collect(self):
        """Yield an item for each test in the source."""
        tree = ast.parse(self.path.read_text(), str(self.path))
        self.timeout_s = constant_in(tree, "TIMEOUT_S", TIMEOUT_S)
        slow = constant_in(tree, "SLOW", False)
        self.results = {}
        for ending, micropython in interpreters().items():
            for name, line in test_names(tree):
                item = DeviceTest.from_parent(self, name=name + ending)
                item.test, item.line, item.micropython = name, line, micropython
                if slow:
                    item.add_marker("slow")
                yield item

    def result(self, test, micropython):
        """How the test went: (outcome, text)."""
        if micropython not in self.results:
            items = [item for item in self.session.items if item.parent is self]
            wanted = [item.test for item in items if item.micropython == micropython]
            self.results[micropython] = run_file(self.path, wanted, self.timeout_s, micropython)
        missing = ("fail", "MicroPython does not see a test of this name")
        return self.results[micropython].get(test, missing)


class DeviceTest(pytest.Item):
    """One test method."""

    test = micropython = ""
    line = 0

    def runtest(self):
        """Report this test's part of its file's run."""
        outcome, text = self.parent.result(self.test, self.micropython)
        if outcome == "skip":
            raise pytest.skip.Exception(text, _use_item_location=True)
        if outcome == "fail":
            raise DeviceTestFailed(text)
        if text:
            self.add_report_section("call", "stdout", text)

    def repr_failure(self, excinfo):
        """Show MicroPython's own words for a failure on MicroPython."""
        if isinstance(excinfo.value, DeviceTestFailed):
            return str(excinfo.value)
        return super().repr_failure(excinfo)

    def reportinfo(self):
        """Where the test is: path, line, name."""
        return self.path, self.line - 1, self.name


def constant_in(tree, name, usual):
    """What the file itself says, or the usual."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == name:
            return ast.literal_eval(node.value)
    return usual


def test_names(tree):
    """Pairs of "Class.method" and line for the tests in a module, inherited ones included."""
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}

    def methods(node):
        found = {}
        for base in node.bases:
            if isinstance(base, ast.Name) and base.id in classes:
                found.update(methods(classes[base.id]))
        for part in node.body:
            if isinstance(part, ast.FunctionDef) and part.name.startswith("test"):
                found[part.name] = part.lineno
            elif isinstance(part, ast.AsyncFunctionDef) and part.name.startswith("test"):
                raise SyntaxError(f"line {part.lineno}: unittest awaits no {part.name} there")
        return found

    for node in classes.values():
        for name, line in methods(node).items():
            yield f"{node.name}.{name}", line


test_names.__test__ = False  # not a test itself, whatever its name


def run_file(path, wanted, timeout_s, micropython=None, before=(), runner=RUNNER):
    """Run tests of one file in a fresh interpreter and an empty folder.

    before: folders where modules are looked for first, after the runner's own.
    """
    device_path = search_path(*before, ROOT, DEVICE, HELPERS, path.parent)
    with tempfile.TemporaryDirectory() as empty:
        process = subprocess.Popen(
            [
                micropython or interpreter(),
                "-X",
                f"heapsize={HEAP}",
                str(runner),
                path.stem,
                *wanted,
            ],
            cwd=empty,
            env={**os.environ, "MICROPYPATH": device_path},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            output, _ = process.communicate(timeout=timeout_s)
            ending = f"MicroPython ended with status {process.returncode}"
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output, _ = process.communicate()
            ending = f"no end after {timeout_s} s (TIMEOUT_S in the file allows more)"
    return results_from(output.decode(errors="replace"), wanted, ending)


def results_from(output, wanted, ending):
    """Results by name from what the runner printed; an unfinished test fails with the ending."""
    results, lines, complete = {}, [], False
    for line in output.split("\n"):
        before, mark, message = line.rstrip("\r").partition(MARK)
        if before or not mark:
            lines.append(before)
        if not mark:
            continue
        word, _, rest = message.partition(" ")
        if word in ("ok", "fail"):
            results[rest] = (word, "\n".join(lines))
        elif word == "skip":
            name, _, reason = rest.partition(" ")
            results[name] = ("skip", reason)
        complete = word == "end"
        lines = []
    if not complete:
        why = "\n".join([*lines, ending])
        for name in wanted:
            results.setdefault(name, ("fail", why))
    return results
