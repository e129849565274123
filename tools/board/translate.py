"""Give a board's traceback the names of the source again.

    python -m tools.board.translate < crash.txt

The files must be of the version that the board runs.
"""

import re
import sys
import tempfile
from pathlib import Path

from tools.board import flash, shorten

_PLACE = re.compile(r'(File ")([\w/]+)(", line \d+, in )(\w+)')


def translated(text: str, short: dict[str, str], words: dict[str, set[str]]) -> str:
    """The traceback with each function's long name; words: those that stand in a module."""

    def name(found: re.Match) -> str:
        before, module, between, cheap = found.groups()
        longs = {
            long
            for long, new in short.items()
            for file, stand in words.items()
            if new == cheap and long in stand and flash.called(file) == module
        }
        return before + module + between + (" or ".join(sorted(longs)) or cheap)

    return _PLACE.sub(name, text)


def main() -> None:
    """Filter standard input."""
    with tempfile.TemporaryDirectory() as folder:
        files = flash.sources()
        shorten.shorten(files, Path(folder))
        lines = (Path(folder) / "names.txt").read_text().splitlines()
    short = {long: new for new, long in (line.split() for line in lines)}
    words = {
        name: set(re.findall(r"\w+", path.read_text()))
        for name, path in files.items()
        if name.endswith(".py")
    }
    print(translated(sys.stdin.read(), short, words), end="")


if __name__ == "__main__":
    main()
