"""Pack the device's page for the board: gzip files, the same bytes from the same source.

The page's own security policy names its script and style by their hashes: nothing else runs.
"""

import base64
import gzip
import hashlib
import re
from pathlib import Path

from tools.micropython import ROOT

FOLDER = ROOT / "firmware" / "views" / "page"
POLICY = "{policy}"  # where the page's source wants it


def packed(source: Path) -> bytes:
    """One file as a board gets it."""
    text = source.read_text()
    return gzip.compress(text.replace(POLICY, policy(text)).encode(), compresslevel=9, mtime=0)


def policy(page: str) -> str:
    """What a browser may do for the page: use its own files and interface, its own words."""
    own = {
        tag: "".join(
            f" 'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
            for text in re.findall(f"<{tag}>(.*?)</{tag}>", page, re.S)
        )
        for tag in ("script", "style")
    }
    return (
        f"default-src 'none'; script-src 'self'{own['script']}; style-src{own['style']};"
        " img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'"
    )


def build(folder: Path = FOLDER) -> list[Path]:
    """Write each packed file beside its source where it changed; returns where they are."""
    written = []
    for source in sorted([*folder.glob("*.html"), *folder.glob("*.js")]):
        written.append(source.with_name(source.name + ".gz"))
        content = packed(source)
        if not written[-1].exists() or written[-1].read_bytes() != content:
            written[-1].write_bytes(content)
            size = source.stat().st_size
            print(f"page: {size} bytes become {len(content)} in {written[-1].name}")
    return written


if __name__ == "__main__":
    build()
