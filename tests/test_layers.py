"""Who may import whom: the floors of the house; hardware in board.py; importing does nothing."""

import ast
import os
import subprocess

import pytest

from tools.board.fetch import board_files
from tools.micropython import DEVICE, ROOT, interpreter, search_path
from tools.rooms import arrows
from tools.rooms.__main__ import PICTURES

HARDWARE = {"machine", "network", "esp32", "esp", "bluetooth"}
TOP = [path for name in ("boot.py", "main.py") if (path := ROOT / name).exists()]
FIRMWARE = sorted((ROOT / "firmware").rglob("*.py"))
LIB = sorted((ROOT / "lib").rglob("*.py"))
# Words that would show that the product knows of the things that imitate its world.
IMITATIONS = ("simulat", "tools.", "virtual board", "stand-in", "pytest", "unittest")
# Third-party packages, and what of MicroPython itself the product may use.
PACKAGES = {"umodbus", "chumicro_mqtt"}
BUILT_IN = {
    *(
        "_thread",
        "array",
        "asyncio",
        "binascii",
        "collections",
        "cryptolib",
        "deflate",
        "errno",
        "gc",
    ),
    *("hashlib", "heapq", "io", "json", "math", "micropython", "os", "platform", "random", "re"),
    *("select", "socket", "ssl", "struct", "sys", "time", "uctypes", "vfs"),
}

# Imports each module afresh where no hardware exists: silently, leaving no file, path or task.
IMPORT_EACH = """
import asyncio, os, sys
before = os.listdir("."), list(sys.path), os.getcwd()
known = set(sys.modules)
for name in MODULES:
    try:
        __import__(name)
        assert (os.listdir("."), list(sys.path), os.getcwd()) == before, "left files or paths"
        assert asyncio.core._task_queue.peek() is None, "started a task"
    except Exception as why:
        print(name, repr(why))
    for module in [module for module in sys.modules if module not in known]:
        del sys.modules[module]
print("all imported")
"""


A_SMALL_HOUSE = (
    *("firmware/app.py", "firmware/policy.py", "firmware/device/store.py", "lib/rtu.py"),
    *("firmware/inverter/poll.py", "firmware/signal/ct.py", "firmware/views/web.py"),
    "tools/play/sim.py",
)


def relative(path):
    """A path as people say it."""
    return str(path.relative_to(ROOT))


def module_name(path):
    """The name that a module is imported by."""
    return relative(path)[:-3].replace("/", ".")


def imports(path):
    """Top-level names of all that a file imports, in functions too, and full dotted names."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{relative(path)}:{node.lineno}: say where from, in full"
            yield node.module


def roots(path):
    """The first parts of all imported names."""
    return {name.split(".")[0] for name in imports(path)}


@pytest.mark.parametrize("path", LIB, ids=relative)
def test_lib_knows_neither_product_nor_hardware(path):
    assert roots(path) <= BUILT_IN | PACKAGES | {"lib"}


@pytest.mark.parametrize("path", FIRMWARE, ids=relative)
def test_only_board_imports_hardware(path):
    allowed = BUILT_IN | PACKAGES | {"lib", "firmware"}
    if relative(path) == "firmware/board.py":
        allowed = allowed | HARDWARE
    assert roots(path) <= allowed


@pytest.mark.parametrize("path", TOP, ids=relative)
def test_the_start_needs_little_hardware_and_boot_nothing_of_ours(path):
    """Watchdog, reset and RTC memory must be there when any file of the firmware is damaged.

    The pack of modules is opened before main.py runs, in a try that goes on without it.
    """
    allowed = BUILT_IN | {"machine"}
    assert roots(path) <= allowed | {"firmware" if path.name == "main.py" else "lib"}
    if path.name == "boot.py":
        tree = ast.parse(path.read_text())
        (guarded,) = [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
        assert any(guarded in node.body for node in ast.walk(tree) if isinstance(node, ast.Try))


def test_safe_mode_needs_nothing_of_ours():
    assert roots(ROOT / "firmware" / "safe_mode.py") <= BUILT_IN


@pytest.mark.parametrize("path", TOP + FIRMWARE + LIB, ids=relative)
def test_the_product_does_not_know_that_it_is_being_imitated(path):
    text = path.read_text().lower()
    assert [word for word in IMITATIONS if word in text] == []


def test_no_arrow_runs_up_or_sideways():
    assert arrows.against_the_floors(ROOT) == []


@pytest.mark.parametrize(
    ("path", "source", "words"),
    [
        ("firmware/device/store.py", "from firmware.views import web", "from device to views"),
        ("firmware/device/store.py", "import firmware.inverter.poll", "from device to inverter"),
        ("firmware/inverter/poll.py", "from firmware.signal.ct import CT", "inverter to signal"),
        ("firmware/views/web.py", "Module('firmware.app')", "from views to app"),
        ("firmware/policy.py", "from firmware.signal import ct", "from policy to signal"),
        ("lib/rtu.py", "def later():\n    import firmware.policy", "from lib to policy"),
        ("firmware/app.py", "from tools.play import sim", "which no board has"),
    ],
)
def test_a_planted_arrow_up_is_found(path, source, words, tmp_path):
    for name in A_SMALL_HOUSE:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    assert arrows.against_the_floors(tmp_path) == []
    (tmp_path / path).write_text(source)
    (found,) = arrows.against_the_floors(tmp_path)
    assert found.startswith(f"{path} imports ")
    assert words in found


def test_no_two_rooms_of_the_tools_need_each_other():
    pairs = arrows.arrows(ROOT, arrows.tools_room)
    assert arrows.computed_floors(pairs, {room for pair in pairs for room in pair})
    with pytest.raises(ValueError, match="plant → play → plant"):
        arrows.computed_floors({("play", "plant"), ("plant", "play")}, {"play", "plant"})


@pytest.mark.parametrize("name", PICTURES)
def test_the_picture_of_the_rooms_is_fresh(name):
    fresh = PICTURES[name]()
    assert (ROOT / name).read_text() == fresh, "make rooms draws it anew"


@pytest.fixture
def import_each(tmp_path):
    """Import modules on MicroPython, in an empty folder; returns what was printed."""
    hardware, empty = tmp_path / "no-hardware", tmp_path / "empty"
    hardware.mkdir()
    empty.mkdir()
    for name in HARDWARE:
        (hardware / f"{name}.py").write_text(f'raise ImportError("no {name} here")\n')

    def run(names, *folders):
        done = subprocess.run(
            [
                interpreter(),
                "-X",
                "heapsize=8m",
                "-c",
                IMPORT_EACH.replace("MODULES", repr(names)),
            ],
            cwd=empty,
            env={**os.environ, "MICROPYPATH": search_path(hardware, *folders, ROOT, DEVICE)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=300,
            check=False,
        )
        return done.stdout.decode()

    return run


def test_importing_has_no_side_effect_and_needs_no_hardware(import_each):
    names = [module_name(path) for path in FIRMWARE + LIB if path.name != "board.py"]
    assert import_each(names) == "all imported\n"


def test_a_module_with_a_side_effect_is_named(import_each, tmp_path):
    for name, text in (
        ("talks", "print('hello')"),
        ("leaves", "open('file', 'w').close()"),
        ("starts", "import asyncio\nasync def f(): pass\nasyncio.create_task(f())"),
        ("needs", "import machine"),
    ):
        (tmp_path / f"{name}.py").write_text(text)
    for name in ("talks", "leaves", "starts", "needs"):
        said = import_each([name, "lib.rtu"], tmp_path)
        assert said != "all imported\n"
        assert "hello" in said if name == "talks" else said.startswith(f"{name} ")


def test_no_module_of_lib_takes_the_name_of_a_built_in():
    """A board looks in its lib folder by itself, before it takes what is built in."""
    assert {path.stem for path in LIB} & (BUILT_IN | HARDWARE | PACKAGES) == set()


def test_no_test_package_goes_to_the_board():
    files = board_files()
    assert not [file for file in files if "unittest" in file]
    assert "umodbus/functions.py" in files


def test_there_is_something_to_judge():
    assert FIRMWARE
    assert LIB
