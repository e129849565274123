"""make micropython32: an interpreter with an ESP32's words of 32 bits and single floats.

    python -m tools.micropython32         quick when nothing changed

Built from Debian's source package, which this machine's own apt fetches: its Debian mirror is
taken from apt's configuration, in a list of its own, and nothing of the system is changed. Device
tests and heap budgets run on it beside the 64-bit interpreter of set-up, whose words and floats
are twice as large as a board's.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools.micropython import MICROPYTHON32, ROOT
from tools.setup import digest, is_stamped, stamp

SUITE, VERSION = "trixie", "1.25.0+ds-1"  # bookworm's 1.19 is older than the product needs
TARBALL = "micropython_1.25.0+ds.orig.tar.xz"
TARBALL_SHA256 = "7b25be99a502f070b2de81dafc08da7051d992325d6e67daa9045a918fffdbea"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
FOLDER = MICROPYTHON32.parent
WORK = FOLDER / "work"
# Without what needs libraries of 32 bits; floats single as on the chip; asyncio frozen in.
OPTIONS = (
    *("VARIANT=standard", "MICROPY_FORCE_32BIT=1", "MICROPY_PY_FFI=0", "MICROPY_PY_BTREE=0"),
    *("MICROPY_PY_SSL=0", "MICROPY_SSL_MBEDTLS=0", "BUILD=build-32"),
    "CFLAGS_EXTRA=-DMICROPY_FLOAT_IMPL=1 -DMICROPY_PY_SSL=0 -Wno-error",
)
MANIFEST = 'include("$(MPY_DIR)/extmod/asyncio")\n'


class BuildError(Exception):
    """It can't be built here; the text says why and what helps."""


def run(command: list[str], hint: str, folder: Path = ROOT) -> str:
    """What a command printed; its last lines and the hint where it fails."""
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except FileNotFoundError:
        raise BuildError(f"{command[0]} is missing; {hint}") from None
    if done.returncode:
        last = "\n".join((done.stdout + done.stderr).splitlines()[-12:])
        raise BuildError(f"{hint}\n  failed: {' '.join(command)}\n{last}")
    return done.stdout


def check_compiler() -> None:
    """A C compiler that makes programs of 32 bits, with their library."""
    program, made = WORK / "a.c", WORK / "a.out"
    program.write_text("#include <stdio.h>\nint main(void) { return sizeof(void *) - 4; }\n")
    hint = "gcc makes no programs of 32 bits here; on Debian or Ubuntu: apt install gcc-multilib"
    run(["gcc", "-m32", str(program), "-o", str(made), "-lm"], hint)
    run([str(made)], "this kernel runs no programs of 32 bits")


def debian_mirror() -> str:
    """Where this machine's apt finds Debian."""
    no_debian = "this needs Debian's apt-get, for MicroPython's source package"
    wanted = ["--format", "$(ORIGIN)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)", "Created-By: Packages"]
    for line in run(["apt-get", "indextargets", *wanted], no_debian).splitlines():
        origin, uri, release, component = line.split("|")
        # Before the first `apt-get update` no list says whose it is.
        is_debian = origin == "Debian" or ("$" in origin and uri.rstrip("/").endswith("/debian"))
        if is_debian and component == "main" and not release.endswith("-security"):
            return uri
    raise BuildError("apt knows no mirror of Debian here, so no source package can be had")


def fetch() -> Path:
    """Debian's source package, unpacked; its tarball is the pinned one."""
    lists = WORK / "lists"
    (lists / "partial").mkdir(parents=True)
    signed = f"[signed-by={KEYRING}] " if KEYRING.exists() else ""
    (WORK / "source.list").write_text(f"deb-src {signed}{debian_mirror()} {SUITE} main\n")
    private = {
        "Dir::Etc::SourceList": WORK / "source.list",
        "Dir::Etc::SourceParts": "-",
        "Dir::State::Lists": lists,
        "Dir::Cache": WORK / "cache",
        "APT::Sandbox::User": "root",
        "Acquire::Languages": "none",
    }
    (WORK / "cache" / "archives" / "partial").mkdir(parents=True)
    apt = ["apt-get", "-q"]
    for name, value in private.items():
        apt += ["-o", f"{name}={value}"]
    run([*apt, "update"], f"no list of {SUITE}'s source packages could be fetched")
    source = [*apt, "source", "--download-only", f"micropython={VERSION}"]
    run(source, f"{SUITE} has no source package of MicroPython {VERSION} any more", WORK)
    found = hashlib.sha256((WORK / TARBALL).read_bytes()).hexdigest()
    if found != TARBALL_SHA256:
        raise BuildError(f"{TARBALL} is not the one that was tried: sha256 {found}")
    unpack = ["dpkg-source", "--no-check", "-x", f"micropython_{VERSION}.dsc", "source"]
    run(unpack, "the source package was not unpacked; on Debian: apt install dpkg-dev", WORK)
    return WORK / "source"


def build(source: Path) -> None:
    """Compile the compiler of frozen modules, then the interpreter, into the folder."""
    (WORK / "manifest.py").write_text(MANIFEST)
    (WORK / "library").mkdir()
    (WORK / "library" / "README.md").write_text("No modules are taken from here.\n")
    jobs = f"-j{os.cpu_count() or 1}"
    hint = "the interpreter was not built"
    run(["make", jobs, "-C", str(source / "mpy-cross")], hint)
    files = (f"FROZEN_MANIFEST={WORK / 'manifest.py'}", f"MPY_LIB_DIR={WORK / 'library'}")
    run(["make", jobs, "-C", str(source / "ports" / "unix"), *OPTIONS, *files], hint)
    shutil.copy(source / "ports" / "unix" / "build-32" / "micropython", MICROPYTHON32)
    facts = "import sys, asyncio; print(sys.maxsize < 1 << 32, 0.1 + 0.2 == 0.3)"
    answer = run([str(MICROPYTHON32), "-c", facts], "the interpreter that was built does not run")
    if answer.split() != ["True", "True"]:
        raise BuildError("what was built has not the words and floats of a board")


def main() -> None:
    """Build it unless it is there."""
    key = digest(str(Path(__file__)))
    if is_stamped(str(FOLDER), key):
        return
    print("micropython32: built from Debian's source package, two minutes …", flush=True)
    shutil.rmtree(FOLDER, ignore_errors=True)
    WORK.mkdir(parents=True)
    try:
        check_compiler()
        build(fetch())
    except BuildError as why:
        sys.exit(f"micropython32: {why}")
    shutil.rmtree(WORK)
    stamp(str(FOLDER), key)
    print(f"micropython32: {MICROPYTHON32.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
