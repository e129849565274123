"""Which MicroPython runs device code on this machine, and where it finds its modules."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEVICE = ROOT / "build" / "device"
MICROPYTHON32 = ROOT / "build" / "micropython32" / "micropython"


def interpreter() -> str:
    """The interpreter's path: what MICROPYTHON names, else the one that set-up installed."""
    return os.environ.get("MICROPYTHON") or str(Path(sys.executable).with_name("micropython"))


def search_path(*folders: Path | str) -> str:
    """A MICROPYPATH with the frozen modules first, then the folders in order."""
    return ":".join([".frozen", *map(str, folders)])
