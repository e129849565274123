"""Each file of the firmware damaged in turn: the product runs, or safe mode tells; never a brick.

The lives of such a board are played in virtual time, reset after reset, as flashed: in source and
compiled.
"""

import json
import os
import random
import re
import resource
import shutil
import signal
import struct
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from lib.ondemand import ENTRY, HEAD, PACK, UNIT
from tools.bench.heap import make_flash
from tools.board import pack, pty
from tools.micropython import DEVICE, ROOT
from tools.play import world

RUNS = b"Type help for what"
SAFE = b"Battery CT safe mode: "
LAST = b"does not start, not even in safe mode"
WORDS = b" on the flash is damaged: flash it again"
LIVES = 5
HANG_S = 10  # of the processor, however busy it is; a life takes a second
LONG = bool(os.environ.get("BATTERY_CT_LONG"))  # every file, not one in six
SEEDS = 40 if LONG else 2  # bits of each file
# Needed before anything can be said to a person: MicroPython itself is what is left then.
BARE = {"boot.py": b"", "main.py": b"", "firmware/board.py": LAST}


def life(flash, path, config):
    """(what one life prints, exit status, None for a hang)."""
    process = subprocess.Popen(
        [world.command()[0], "-X", "heapsize=3m", str(pty.START)],
        cwd=flash,
        env={**os.environ, "MICROPYPATH": path, "BATTERY_CT_WORLD": str(config)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    resource.prlimit(process.pid, resource.RLIMIT_CPU, (HANG_S, HANG_S + 1))
    printed, _ = process.communicate(timeout=600)
    hung = process.returncode in (-signal.SIGXCPU, -signal.SIGKILL)
    return printed, None if hung else process.returncode


def lives(flash, life_s=1.0):
    """What the board prints in up to five lives, until one of them lasts."""
    folder = flash.parent
    printed = b""
    for _ in range(LIVES):
        config = {
            "duration_us": round(life_s * world.US),
            "rtc_file": str(folder / "rtc.bin"),
            "reset_file": str(folder / "reset_cause"),
            "ports": {"80": world.free_port("tcp"), "53": world.free_port("udp")},
        }
        (folder / "world.json").write_text(json.dumps(config))
        path = ":".join([*map(str, pty.STAND_INS), "", ".frozen", str(flash / "lib")])
        output, status = life(flash, path, folder / "world.json")
        printed += output
        if status == 0:
            return printed
        if status != -signal.SIGUSR1:  # the interpreter fell (a panic) or hung (the watchdog)
            (folder / "reset_cause").write_text("2" if status else "3")
    return printed


def ending(printed):
    """How the last life went on."""
    found = [(printed.rfind(words), words) for words in (RUNS, SAFE, LAST) if words in printed]
    return max(found)[1] if found else b""


def with_damage(original, folder, name, damage):
    """How a board with that file damaged ends."""
    flash = folder / name.replace("/", "_") / "flash"
    shutil.copytree(original, flash)
    path = flash / name
    path.write_bytes(damage(path.read_bytes()))
    return name, lives(flash)


def fates(original, folder, damage, every):
    """What becomes of the board, by the name of the damaged file."""
    names = sorted(
        str(path.relative_to(original))
        for pattern in ("*.py", "*.mpy", "*.pack")
        for path in original.rglob(pattern)
    )
    assert names
    if not LONG:
        names = sorted({*names[::every], *(n for n in names if n.startswith("firmware/app."))})
    with ThreadPoolExecutor(2) as two:
        done = two.map(lambda name: with_damage(original, folder, name, damage), names)
        return {name.replace(".mpy", ".py"): printed for name, printed in done}


@pytest.fixture(scope="module")
def in_source(tmp_path_factory):
    flash = tmp_path_factory.mktemp("source") / "flash"
    flash.mkdir()
    for name in ("boot.py", "main.py"):
        shutil.copy(ROOT / name, flash / name)
    shutil.copytree(ROOT / "firmware", flash / "firmware")
    shutil.copytree(ROOT / "lib", flash / "lib")
    for package in ("umodbus", "chumicro_mqtt"):
        shutil.copytree(DEVICE / package, flash / "lib" / package)
    return flash


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("compiled")
    make_flash(folder / "flash", folder / "built")
    return folder / "flash"


def console_is_away(printed):
    """Whether the console alone failed, in its keeper, and the product lived on to the end."""
    through = (
        rb'File "(firmware/views/)?keep(\.py)?"',
        rb'File "(firmware/views/)?console(\.py)?"',
    )
    return printed.count(b"Traceback") == 1 and all(re.search(place, printed) for place in through)


def judged(found):
    """Names of files whose damage leads anywhere else than it should."""
    wrong = {}
    for name, printed in found.items():
        fate = ending(printed)
        allowed = {BARE[name]} if name in BARE else {RUNS, SAFE}
        if PACK in found:  # it has the same module, and a start compares check sums
            allowed = allowed - {RUNS, LAST} | {SAFE}
        if fate == b"" and console_is_away(printed):
            continue
        if fate not in allowed:
            wrong[name] = printed[-600:]
    return wrong


def test_an_undamaged_board_runs(in_source, compiled):
    assert ending(lives(in_source)) == RUNS
    assert ending(lives(compiled)) == RUNS


def test_a_syntax_error_in_any_file(in_source, tmp_path):
    found = fates(in_source, tmp_path, lambda text: text + b"\n)(\n", 4)
    assert judged(found) == {}
    assert SAFE in found["firmware/app.py"]
    assert b"SyntaxError" in found["firmware/app.py"]


def test_half_of_any_compiled_file(compiled, tmp_path):
    found = fates(compiled, tmp_path, lambda data: data[: len(data) // 2], 1)
    assert len(found) == 6
    assert judged(found) == {}
    assert SAFE in found["lib/modules.pack"]


def test_any_module_of_the_pack_damaged(compiled, tmp_path):
    pack = (compiled / PACK).read_bytes()
    count = int.from_bytes(pack[2:4], "little")
    places = [UNIT * struct.unpack_from(ENTRY, pack, 4 + 4 * k)[1] for k in range(count)]
    heads = [(at, struct.unpack_from(HEAD, pack, at)[1]) for at in places]
    modules = [(at + struct.calcsize(HEAD), size) for at, size in heads if size]
    assert len(modules) > 80
    chosen = modules if LONG else modules[::16]

    def spoilt(place):
        start, size = place
        middle = start + size // 2
        return pack[:middle] + bytes(start + size - middle) + pack[start + size :]

    with ThreadPoolExecutor(2) as two:
        work = two.map(
            lambda n: with_damage(compiled, tmp_path / str(n), PACK, lambda _: spoilt(chosen[n])),
            range(len(chosen)),
        )
        found = {str(chosen[n]): printed for n, (_, printed) in enumerate(work)}
    assert {ending(printed) for printed in found.values()} == {SAFE}


def flipped(data, dice):
    """The bytes with one bit turned, wherever it is."""
    at = dice.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << dice.randrange(8)]) + data[at + 1 :]


def summed(flash):
    """Names of the files that a start compares with their check sums, and of the list of them."""
    return [pack.SUMS, *(line.split()[1] for line in (flash / pack.SUMS).open())]


def test_one_bit_of_any_flashed_file_is_noticed_before_the_product_runs(compiled, tmp_path):
    """Safe mode names the file; where main.py itself no longer runs, boot.py has named it.

    Of boot.py, which looks at itself, MicroPython says where it ends, if it does.
    """
    dice = random.Random(12)
    names = summed(compiled)
    assert {"boot.py", "main.py", PACK, pack.SUMS, "lib/ondemand.mpy"} <= set(names)
    assert "firmware/inverter/profiles.jsonl" in names
    work = [(n, name) for name in names for n in range(SEEDS)]
    bits = {one: flipped((compiled / one[1]).read_bytes(), dice) for one in work}

    def life_with(one):
        return with_damage(compiled, tmp_path / str(one[0]), one[1], lambda _: bits[one])[1]

    with ThreadPoolExecutor(2) as two:
        for (_, name), printed in zip(work, two.map(life_with, work), strict=True):
            if name == "boot.py" and re.search(rb"\n\w+Error: ", printed):
                continue
            assert WORDS in printed, (name, printed[-600:])
            assert RUNS not in printed, name
            if name != "main.py":
                assert SAFE in printed, (name, printed[-600:])
            if name != pack.SUMS:
                assert name.encode() + WORDS in printed, (name, printed[-600:])


def test_a_boot_that_has_forgotten_to_compare_is_noticed_by_main(compiled, tmp_path):
    whole = (compiled / "boot.py").read_bytes()
    forgetful = re.sub(rb"\n +safe_mode = \w+\(\)\n", b"\n", whole)
    assert len(forgetful) < len(whole), "the test has to follow the source"
    _, printed = with_damage(compiled, tmp_path, "boot.py", lambda _: forgetful)
    assert SAFE + b"boot.py" + WORDS in printed, printed[-600:]
    assert RUNS not in printed


def test_a_list_of_check_sums_that_was_cut_is_damage(compiled, tmp_path):
    lines = (compiled / pack.SUMS).read_bytes().splitlines(keepends=True)
    for number, left in enumerate((0, 1, len(lines) - 1)):
        cut = b"".join(lines[:left])
        _, printed = with_damage(compiled, tmp_path / str(number), pack.SUMS, lambda _, d=cut: d)
        assert SAFE + pack.SUMS.encode() + WORDS in printed, printed[-600:]


def test_a_pack_that_is_none_leads_to_safe_mode(compiled, tmp_path):
    for number, data in enumerate((b"", b"CT", b"CT\xff\xff", bytes(4096))):
        _, printed = with_damage(compiled, tmp_path / str(number), PACK, lambda _, d=data: d)
        assert ending(printed) == SAFE, printed[-600:]
