# ruff: noqa: D102, N802 - methods that `ast` calls by the names of its nodes
"""Import statements of a module as calls of lib.ondemand's `load`, which leave no names behind.

MicroPython's `import` interns the path of each file, its dotted name and those of its packages: a
module that was in memory for a moment costs a board 100 bytes for good.
"""

import ast
from collections.abc import Collection

from tools.board.scopes import module_of

LOADER = "lib.ondemand"
LOAD = "load"


def by_name(
    trees: dict[str, ast.Module], at_once: Collection[str], alone: Collection[str]
) -> set[str]:
    """Let lib.ondemand load what is not there from the start, in all files but those `alone`.

    The files in which there was anything to do.
    """
    later = {module_of(path) for path in trees if path not in at_once and path not in alone}
    return {
        path for path, tree in trees.items() if path not in alone and ByName(tree, later).replace()
    }


class ByName(ast.NodeTransformer):
    """A module whose imports of some modules become assignments."""

    def __init__(self, tree: ast.Module, modules: set[str]):
        self._tree = tree
        self._modules = modules
        self._used = False
        said = {getattr(node, k, "") for node in ast.walk(tree) for k in ("id", "arg", "name")}
        self._load = next(n for n in (LOAD, "pow", "hash", "filter") if n not in said)

    def replace(self) -> bool:
        """Do so in the tree itself; whether there was anything to do."""
        self.visit(self._tree)
        if self._used:
            alias = ast.alias(LOAD, None if self._load == LOAD else self._load)
            first = 1 if ast.get_docstring(self._tree) else 0
            self._tree.body.insert(first, ast.ImportFrom(LOADER, [alias], 0))
            ast.fix_missing_locations(self._tree)
        return self._used

    def visit_ImportFrom(self, node: ast.ImportFrom) -> list[ast.stmt]:
        taken = []
        made: list[ast.stmt] = []
        for alias in node.names:
            local = alias.asname or alias.name
            if f"{node.module}.{alias.name}" in self._modules:
                made.append(_assigned(local, self._loaded(f"{node.module}.{alias.name}")))
            elif node.module in self._modules:
                taken.append((local, alias.name))
            else:
                return [node]
        if taken:
            made += self._taken(taken, node.module or "")
        return made

    def _taken(self, taken: list[tuple[str, str]], module: str) -> list[ast.stmt]:
        """The module is loaded once, under the name of the first thing that is taken from it."""
        room = taken[0][0]
        parts = [_assigned(local, _part(room, name)) for local, name in taken]
        return [_assigned(room, self._loaded(module)), *parts[1:], parts[0]]

    def _loaded(self, module: str) -> ast.Call:
        self._used = True
        return ast.Call(ast.Name(self._load, ast.Load()), [ast.Constant(module)], [])


def _assigned(name: str, value: ast.expr) -> ast.stmt:
    return ast.Assign([ast.Name(name, ast.Store())], value)


def _part(room: str, name: str) -> ast.expr:
    return ast.Attribute(ast.Name(room, ast.Load()), name, ast.Load())
