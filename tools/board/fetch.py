"""Fetch the packages that run on the board, by name, and unpack only what the board needs.

pip cannot build them (they are made for MicroPython), so `unearth` only downloads them. Every
archive must have the pinned sha256; build/device is then made anew from the few files named here,
without the parts that the firmware never calls: on the board every function and every name of a
module takes heap, used or not. Nothing of theirs is committed.
"""

import ast
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
DOWNLOADS = ROOT / "build" / "downloads"
DEVICE = ROOT / "build" / "device"


class Package(NamedTuple):
    """One pinned package: its file on the index, and which files of it are wanted."""

    name: str
    version: str
    archive: str
    sha256: str
    inside: str  # the folder in the archive that the files are relative to, "" = its top
    files: tuple[str, ...]
    on_board: bool  # False: for tests only, never flashed


PACKAGES = (
    # Modbus requests and replies as bytes; its own transports block and stay behind. 2.3.7 has
    # them free of hardware, and exists only as a source archive.
    Package(
        "micropython-modbus",
        "2.3.7",
        "micropython-modbus-2.3.7.tar.gz",
        "b9351a66af0ff29dd585900e53827a989dedcb02ec63b1041358165089652271",
        "micropython-modbus-2.3.7",
        ("umodbus/const.py", "umodbus/functions.py"),
        True,
    ),
    # MQTT's packets as bytes, in and out: their client, which polls, stays behind.
    Package(
        "chumicro-mqtt",
        "0.30.3",
        "chumicro_mqtt-0.30.3-py3-none-any.whl",
        "9752586bb10e29389e5f5c443594ce0b5f2f1343ba9aefb3fc9909e33d234482",
        "",
        ("chumicro_mqtt/_wire.py",),
        True,
    ),
    # TestCase for the tests that run on MicroPython. 0.4 runs on 1.24 and on 1.29.
    Package(
        "micropython-unittest",
        "0.4",
        "micropython-unittest-0.4.tar.gz",
        "83b4a65c44b2f6382bc3dd8fbbe002b5679dbfc3744b99eaa59802e6fd14cf67",
        "micropython-unittest-0.4",
        ("unittest.py",),
        False,
    ),
)

# Of these files only the definitions named here are for the board …
KEPT = {
    "umodbus/const.py": {"const", "READ_HOLDING_REGISTERS", "READ_INPUT_REGISTER"},
    "chumicro_mqtt/_wire.py": {
        *("struct", "MQTTError", "UnsupportedQoSError", "PACKET_CONNECT", "PACKET_PUBLISH"),
        *("PACKET_DISCONNECT", "encode_varlen", "_ZERO2", "_append_packed_h", "_append_string"),
        *("_CONNECT_PROTOCOL_PREFIX", "_finalize_packet", "encode_connect", "encode_publish"),
    },
    "umodbus/functions.py": {
        *("struct", "Const", "read_holding_registers", "read_input_registers", "to_short"),
    },
}


class FetchError(Exception):
    """A package could not be had, or is not what was pinned; the text is for a person."""


def board_files() -> list[str]:
    """Paths below build/device that belong on a board."""
    return [file for package in PACKAGES if package.on_board for file in package.files]


def verify(archive: Path, package: Package) -> None:
    """Refuse an archive that is not, byte for byte, the one that was pinned."""
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != package.sha256:
        raise FetchError(
            f"{archive.name} is not the file that was pinned: its sha256 is {found},\n"
            f"  expected {package.sha256}. It is refused. Delete build/downloads and try again;\n"
            "  if it differs again, the package on the index was replaced: do not use it."
        )


def download(package: Package, folder: Path) -> Path:
    """The package's archive, from the index by its name unless it is here already."""
    archive = folder / package.archive
    if archive.exists():
        return archive
    folder.mkdir(parents=True, exist_ok=True)
    command = [str(Path(sys.executable).with_name("unearth"))]
    if os.environ.get("PIP_INDEX_URL"):
        command += ["--index-url", os.environ["PIP_INDEX_URL"]]
    command += ["--download", str(folder), f"{package.name}=={package.version}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0 or not archive.exists():
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise FetchError(
            f"{package.name} {package.version} could not be downloaded ({last}).\n"
            "  Is there a network? Run make setup again when it is back."
        )
    return archive


def read_files(archive: Path, package: Package) -> dict[str, bytes]:
    """The wanted files out of a wheel or a source archive."""
    prefix = f"{package.inside}/" if package.inside else ""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return {file: wheel.read(prefix + file) for file in package.files}
    contents = {}
    with tarfile.open(archive) as sources:
        for file in package.files:
            member = sources.extractfile(prefix + file)
            if member is None:
                raise FetchError(f"{archive.name} has no {prefix + file}")
            contents[file] = member.read()
    return contents


def definitions(body: list[ast.stmt], prefix: str = "") -> Iterator[tuple[set[str], ast.stmt]]:
    """Names that a module, and each of its classes ("Class.name"), defines, and where."""
    for node in body:
        if isinstance(node, ast.ClassDef) and not prefix:
            yield from definitions(node.body, node.name + ".")
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield {prefix + node.name}, node
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            yield {alias.asname or alias.name for alias in node.names}, node
        elif isinstance(node, ast.Assign):
            yield {prefix + t.id for t in node.targets if isinstance(t, ast.Name)}, node


def trimmed(file: str, content: bytes) -> bytes:
    """The file without what the board never uses; its lines keep their numbers for tracebacks."""
    kept = KEPT.get(file)
    if kept is None:
        return content
    lines, seen = content.split(b"\n"), set()
    for names, node in definitions(ast.parse(content).body):
        seen |= names
        if names and not names & kept:
            decorators = getattr(node, "decorator_list", [])
            first = min([node.lineno, *(d.lineno for d in decorators)])
            lines[first - 1 : node.end_lineno] = [b""] * (node.end_lineno - first + 1)
    missing = kept - seen
    if missing:
        raise FetchError(f"{file} has no {', '.join(sorted(missing))} any more")
    return b"\n".join(lines)


def fetch(device: Path = DEVICE, downloads: Path = DOWNLOADS) -> None:
    """Make the folder of device packages anew."""
    contents: dict[str, bytes] = {}
    for package in PACKAGES:
        print(f"fetch: {package.name} {package.version}", flush=True)
        archive = download(package, downloads)
        verify(archive, package)
        contents.update(
            {file: trimmed(file, text) for file, text in read_files(archive, package).items()}
        )
    shutil.rmtree(device, ignore_errors=True)
    for file, content in contents.items():
        path = device / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


if __name__ == "__main__":
    try:
        fetch()
    except FetchError as why:
        sys.exit(f"fetch: {why}")
