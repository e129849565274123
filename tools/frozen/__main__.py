"""Lays out the product to be frozen into an image of MicroPython: docs/build-image.md.

    python -m tools.frozen

build/frozen/modules is what tools/frozen/manifest.py freezes, build/frozen/data what goes to the
flash beside it: a frozen package holds modules and nothing else.
"""

import shutil
from pathlib import Path

from tools.board.flash import sources
from tools.board.pack import with_command_names
from tools.micropython import ROOT

FOLDER = ROOT / "build" / "frozen"


def lay_out(folder: Path = FOLDER) -> Path:
    """Sort the files of a flashed board into modules and data; returns the folder."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, path in with_command_names(sources(), folder).items():
        # What pip leaves beside modules is never read on a board.
        package = name.split("/")[1:2] in (["umodbus"], ["chumicro_mqtt"])
        inside = name.removeprefix("lib/") if package else name
        kind = "modules" if path.suffix == ".py" else "data"
        place = folder / kind / inside
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, place)
    return folder


if __name__ == "__main__":
    made = lay_out()
    print(made / "modules", made / "data", sep="\n")
