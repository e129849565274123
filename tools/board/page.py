"""Pack the device's page for the board: gzip files, the same bytes from the same source."""

import gzip
from pathlib import Path

from tools.micropython import ROOT

FOLDER = ROOT / "firmware" / "views" / "page"


def build(folder: Path = FOLDER) -> list[Path]:
    """Write each packed file beside its source where it changed; returns where they are."""
    packed = []
    for source in sorted([*folder.glob("*.html"), *folder.glob("*.js")]):
        packed.append(source.with_name(source.name + ".gz"))
        content = gzip.compress(source.read_bytes(), compresslevel=9, mtime=0)
        if not packed[-1].exists() or packed[-1].read_bytes() != content:
            packed[-1].write_bytes(content)
            print(
                f"page: {source.stat().st_size} bytes become {len(content)} in {packed[-1].name}"
            )
    return packed


if __name__ == "__main__":
    build()
