"""Pack the device's page for the board: one gzip file, the same bytes from the same source."""

import gzip
from pathlib import Path

from tools.micropython import ROOT

SOURCE = ROOT / "firmware" / "views" / "page" / "index.html"


def build(source: Path = SOURCE) -> Path:
    """Write the packed page beside its source when it changed; returns where it is."""
    packed = source.with_name(source.name + ".gz")
    content = gzip.compress(source.read_bytes(), compresslevel=9, mtime=0)
    if not packed.exists() or packed.read_bytes() != content:
        packed.write_bytes(content)
        print(f"page: {source.stat().st_size} bytes become {len(content)} in {packed.name}")
    return packed


if __name__ == "__main__":
    build()
