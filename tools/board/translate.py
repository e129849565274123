"""Give a board's traceback the names of the source again.

    python -m tools.board.translate < crash.txt

The files must be of the version that the board runs.
"""

import ast
import re
import sys
import tempfile
from pathlib import Path

from tools.board import bundle, flash, shorten

_PLACE = re.compile(r'(File ")([\w/.]+)(", line \d+, in )(\w+)')


def translated(
    text: str,
    short: dict[str, str],
    words: dict[str, set[str]],
    whole: dict[str, dict[str, str]],
    first: dict[str, str],
) -> str:
    """The traceback with each function's long name.

    words: those that stand in a file. whole: for each file that is part of app, its globals' names
    there. first: the same for what boot.py and main.py define.
    """
    of_first = {cheap: long for long, cheap in first.items()}

    def name(found: re.Match) -> str:
        before, module, between, cheap = found.groups()
        if module in shorten.FIRST:
            return before + module + between + of_first.get(cheap, cheap)
        longs = set()
        for file, stand in words.items():
            if flash.called(bundle.WHOLE if file in whole else file) == module:
                new = whole.get(file, {})
                cheap_names = {long: short.get(long, long) for long in stand}
                longs |= {long for long, c in cheap_names.items() if new.get(c, c) == cheap}
        return before + module + between + (" or ".join(sorted(longs)) or cheap)

    return _PLACE.sub(name, text)


def main() -> None:
    """Filter standard input."""
    files = flash.sources()
    with tempfile.TemporaryDirectory() as folder:
        texts = bundle.ours(shorten.shorten(files, Path(folder)))
        lines = (Path(folder) / "names.txt").read_text().splitlines()
    short = {long: new for new, long in (line.split() for line in lines)}
    trees = {name: ast.parse(text) for name, text in texts.items()}
    whole = bundle.Plan(trees, bundle.cheap_names()).names
    words = {name: set(re.findall(r"\w+", files[name].read_text())) for name in texts}
    first = shorten.names_of_first({name: files[name].read_text() for name in shorten.FIRST})
    print(translated(sys.stdin.read(), short, words, whole, first), end="")


if __name__ == "__main__":
    main()
