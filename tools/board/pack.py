"""Packs the compiled modules into one file, as lib/ondemand.py reads it on the board."""

import struct
from binascii import crc32
from pathlib import Path

from lib.ondemand import ENTRY, HEAD, PACK, UNIT

SUMS = "lib/modules.sums"  # boot.py's name of it
COMMANDS = "firmware/views/commands/"
# Files of their own beside it: safe mode must start whatever became of the pack.
ALONE = ("lib/ondemand.mpy", "firmware/board.mpy", "firmware/safe_mode.mpy")


def packed(files: dict[str, Path]) -> bytes:
    """The pack of these files, by their paths on the board."""
    folders = {str(parent) for name in files for parent in Path(name).parents} - {"."}
    # A package of another maker is found in lib/, by its own name.
    names = sorted(folders) + sorted(files)
    start = -(-(4 + struct.calcsize(ENTRY) * len(names)) // UNIT)
    index, body, seen = b"", b"", set()
    for name in names:
        data = files[name].read_bytes() if name in files else b""
        key = crc32(f"/{name}".encode())
        assert key not in seen, f"{name} has the check sum of another path"
        seen.add(key)
        index += struct.pack(ENTRY, key & 0xFFFF, start + len(body) // UNIT)
        body += struct.pack(HEAD, key, len(data)) + data
        body += bytes(-len(body) % UNIT)
    head = b"CT" + struct.pack("<H", len(names)) + index
    return head + bytes(start * UNIT - len(head)) + body


def with_command_names(files: dict[str, Path], folder: Path) -> dict[str, Path]:
    """The files and a module that names the console's commands: no folder lists them there."""
    names = sorted(Path(name).stem for name in files if name.startswith(COMMANDS))
    if not names:
        return files
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "names.py"
    path.write_text(f'"""The commands: no folder can be listed."""\n\nNAMES = {tuple(names)!r}\n')
    return {COMMANDS + "names.py": path} | files  # main.py stays the last


def pack(built: dict[str, Path], folder: Path) -> dict[str, Path]:
    """The files of a board, those of its modules that need no file of their own in the pack."""
    modules = {name: path for name, path in built.items() if name.endswith(".mpy")}
    path = folder / Path(PACK).name
    path.write_bytes(packed(modules))
    kept = {PACK: path} | {n: p for n, p in built.items() if n not in modules or n in ALONE}
    sums = folder / Path(SUMS).name
    names = sorted(filter(is_summed, kept), key="boot.py".__eq__)  # the last: main.py looks there
    sums.write_text("".join(summed(name, kept[name]) for name in names))
    return {SUMS: sums} | kept  # main.py stays the last


def is_summed(name: str) -> bool:
    """Whether a bit of it may be a number that matters: the page has check sums of its own."""
    return not name.endswith(".gz")


def summed(name: str, path: Path) -> str:
    """A file's line in the list that boot.py reads before it lets any of them run."""
    return f"{crc32(path.read_bytes()):08x} {name}\n"
