"""Which room of the house imports which, read from the source: the floors, and what breaks them.

A room is a folder of firmware/ or tools/; lib/ is one. A file may import its own room and those
on lower floors, nothing above or beside it: what it needs from there is handed in, by
firmware/app.py. Modules that are loaded on demand are named by a string and count like imports.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

# The product from the roof to the ground.
FLOORS = (
    ("start",),
    ("app",),
    ("views",),
    ("device", "signal", "inverter"),
    ("policy",),
    ("lib",),
)
# The files beside the rooms of firmware/ that stand lower than app.py and board.py.
LOW = {"policy.py": "policy", "version.py": "policy"}
PRODUCT = "product"
# The only file of tests/ that tools use: the independent meter.
METER = Path("tests/meter.py")

Room = str
Arrow = tuple[Room, Room]


def product_room(path: Path) -> Room | None:
    """The room of a file of the product, by its path from the root; None: not of the product."""
    top, *inside = path.parts
    if not inside:
        return "start" if path.name in ("boot.py", "main.py") else None
    if top == "lib":
        return "lib"
    if top != "firmware":
        return None
    return inside[0] if len(inside) > 1 else LOW.get(inside[0], "app")


def tools_room(path: Path) -> Room | None:
    """The room of a file as the tools see it: the product is one; None: whatever all may use."""
    if product_room(path):
        return PRODUCT
    if path == METER:
        return "meter"
    return path.parts[1] if path.parts[0] == "tools" and len(path.parts) > 2 else None


def files(root: Path) -> list[Path]:
    """The house's source, as paths from its root, in order."""
    found = [path for name in ("firmware", "lib", "tools") for path in (root / name).rglob("*.py")]
    found += [root / name for name in ("boot.py", "main.py", METER)]
    return sorted(path.relative_to(root) for path in found if path.exists())


def named(source: str) -> Iterator[str]:
    """Full names of what may be modules in a source: imports, and strings for on demand."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@cache
def all_named(source: str) -> tuple[str, ...]:
    """The same, each once, in order; a source is parsed once, however often it is looked at."""
    return tuple(sorted(set(named(source))))


def imports(root: Path) -> Iterator[tuple[Path, Path]]:
    """Pairs of files, each importing the other one's module."""
    paths = files(root)
    modules = {str(path)[: -len(".py")].replace("/", "."): path for path in paths}
    for path in paths:
        for name in all_named((root / path).read_text()):
            target = modules.get(name)
            # The names of boot.py and main.py are everyday words.
            if target and len(target.parts) > 1:
                yield path, target


def arrows(root: Path, room=product_room) -> set[Arrow]:
    """The arrows between rooms."""
    pairs = ((room(path), room(target)) for path, target in imports(root))
    return {(a, b) for a, b in pairs if a and b and a != b}


def floor_of(room: Room) -> int:
    """How high a room of the product is; 0 is the ground."""
    return next(k for k, floor in enumerate(reversed(FLOORS)) if room in floor)


def against_the_floors(root: Path) -> list[str]:
    """What the product imports from above or beside, or from where no product is; in words."""
    found = []
    for path, target in imports(root):
        a, b = product_room(path), product_room(target)
        if not a or a == b:
            continue
        if not b:
            found.append(f"{path} imports {target}, which no board has")
        elif floor_of(b) >= floor_of(a):
            found.append(f"{path} imports {target}: from {a} to {b} is not down, hand it in")
    return found


def computed_floors(pairs: set[Arrow], rooms: set[Room]) -> list[list[Room]]:
    """Rooms so that each stands above all it imports, from roof to ground; no circles."""
    heights: dict[Room, int] = {}

    def height(room: Room, way: tuple[Room, ...] = ()) -> int:
        if room in way:
            raise ValueError("in a circle: " + " → ".join((*way[way.index(room) :], room)))
        if room not in heights:
            below = [height(b, (*way, room)) for a, b in sorted(pairs) if a == room]
            heights[room] = 1 + max(below, default=-1)
        return heights[room]

    for room in sorted(rooms):
        height(room)
    top = max(heights.values())
    return [[room for room in sorted(rooms) if heights[room] == k] for k in range(top, -1, -1)]
