"""Joins the modules that are in memory for good into one: each module of its own costs heap.

A module has a table of its own, an entry for each name that it takes from another, and its own
list of the names that its code says; in one module all that is there once, and what another room
defines is a global instead of an attribute. The modules keep their order of import. A name that
two of them give to different things, or that is also somebody's local variable, becomes another.
The files that were joined remain as stubs that take their names from the whole, for whoever
imports them by name: a test, a bench, a person in the REPL.
"""

import ast
import builtins
import collections
import keyword
import string
from collections.abc import Iterable
from pathlib import Path

from tools.board import literals
from tools.board.by_name import by_name
from tools.board.free_names import FREE
from tools.board.renamed import Renamed
from tools.board.scopes import (
    COMPREHENSIONS,
    FUNCTIONS,
    bound,
    constants,
    imports,
    locals_of,
    module_of,
    own_globals,
    said_in,
)
from tools.board.stubs import offered, stub
from tools.board.texts import Texts, names_of, texts_of
from tools.micropython import DEVICE

WHOLE = "firmware/app.py"
# Read before the whole is, or in its place; what they import cannot be part of it.
ALONE = ("boot.py", "main.py", "firmware/board.py", "firmware/safe_mode.py", "lib/ondemand.py")
# The compiler looks for these by their names.
_LITERAL = frozenset(("const", "micropython"))
_FREQUENT = 127  # names that byte code says in one byte


def resident(trees: dict[str, ast.Module]) -> list[str]:
    """The files that the whole is joined from, each after those that it imports itself."""
    paths = {module_of(path): path for path in trees}
    order: list[str] = []
    seen = set(ALONE)

    def visit(path: str) -> None:
        if path in seen:
            return
        seen.add(path)
        for statement, module, name, _ in imports(trees[path]):
            if statement in trees[path].body:
                for wanted in (module, f"{module}.{name}"):
                    if wanted in paths:
                        visit(paths[wanted])
        order.append(path)

    visit(WHOLE)
    return order


class Plan:
    """Which name each global of each joined module has in the whole."""

    def __init__(self, trees: dict[str, ast.Module], free: Iterable[str]):
        self.order = resident(trees)
        self.modules = {module_of(path): path for path in self.order}
        self.names: dict[str, dict[str, str]] = {}  # path -> old -> new
        self._trees = trees
        nodes = [node for path in self.order for node in ast.walk(trees[path])]
        self._said = {node.id for node in nodes if isinstance(node, ast.Name)}
        self._said |= set(dir(builtins)) | _LITERAL
        # A global may have the name of some attribute, which is there already.
        attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
        self._free = [n for n in sorted(attributes) if not n.startswith("_")] + list(free)
        self._used: dict[str, tuple[str, str]] = {}  # name in the whole -> what it stands for
        self._targets: dict[tuple[str, str], str] = {}  # thing -> its name in the whole
        # The compiler puts a constant's value wherever its name stands, a local's included.
        self._constants = {(p, n) for p in self.order for n in constants(trees[p])}
        self._replaced = {node.arg for node in nodes if isinstance(node, ast.keyword)}
        self._replaced |= set().union(
            *(locals_of(node) for node in nodes if isinstance(node, FUNCTIONS + COMPREHENSIONS))
        )
        self._meanings = {path: self._meaning(path) for path in self.order}
        self._shadows: dict[tuple, set[str]] = {}  # thing -> locals of functions that say it
        for path in self.order:
            for name, scopes in said_in(trees[path]):
                if thing := self._thing(path, name):
                    self._shadows.setdefault(thing, set()).update(*scopes)
        for path in [WHOLE, *self.order]:
            for thing in sorted(set(self._meanings[path].values())):
                if thing[0] == path or thing[0] not in self._trees:
                    self._new(thing)
        for path in self.order:
            self.names[path] = {
                n: self._targets[self._origin(t)] for n, t in self._meanings[path].items()
            }

    def _meaning(self, path: str) -> dict[str, tuple[str, str]]:
        """Global -> (file that defines it, name there), or (module of others, name)."""
        own, taken = own_globals(self._trees[path], set(self.modules))
        meaning = {name: (path, name) for name in own}
        meaning |= {local: (m, n or "") for local, (m, n) in taken.items()}
        for _, module, name, local in imports(self._trees[path]):
            if module in self.modules and name:
                source = self.modules[module]
                meaning[local] = (source, name)
        return meaning

    def _thing(self, path: str, name: tuple[str, ...]) -> tuple[str, str] | None:
        """What a name, or a name and an attribute of it, stands for, if it is a global."""
        for _, module, taken, local in imports(self._trees[path]):
            room = f"{module}.{taken}"
            if local == name[0] and room in self.modules and len(name) > 1:
                return self._origin((self.modules[room], name[1]))
        thing = self._meanings[path].get(name[0])
        return thing and self._origin(thing)

    def _origin(self, thing: tuple[str, str]) -> tuple[str, str]:
        """A thing where it is defined, not where it is handed on."""
        while (
            thing[0] in self._meanings and self._meanings[thing[0]].get(thing[1], thing) != thing
        ):
            thing = self._meanings[thing[0]][thing[1]]
        return thing

    def _new(self, thing: tuple[str, str]) -> None:
        """Find a name for a global of the whole."""
        if thing in self._targets:
            return
        name = thing[1] or thing[0]
        shadows = self._shadows.get(thing, set())
        if thing in self._constants:
            shadows = shadows | self._replaced
        if name not in _LITERAL and (name in self._used or name in shadows):
            mark = "_" if name.startswith("_") else ""
            unfit = self._used.keys() | shadows
            names = (mark + n for n in self._free if n not in self._said)
            name = next(n for n in names if n not in unfit)
        self._targets[thing] = name
        self._used[name] = thing

    def is_inside(self, module: str | None, name: str | None) -> bool:
        """Whether an import takes a joined module, or something of one."""
        return module in self.modules or f"{module}.{name}" in self.modules

    def view(self, path: str) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
        """Old global -> new, and local name of a joined module -> its names, for one file."""
        globals_ = dict(self.names.get(path, {}))
        rooms = {}
        for _, module, name, local in imports(self._trees[path]):
            if f"{module}.{name}" in self.modules:
                rooms[local] = self.names[self.modules[f"{module}.{name}"]]
            elif module in self.modules and name:
                globals_[local] = self.names[self.modules[module]][name]
        return globals_, rooms


def _words(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Attribute):
        return [node.attr]
    if isinstance(node, ast.keyword) and node.arg:
        return [node.arg]
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    return []


def joined(texts: dict[str, str], free: Iterable[str]) -> dict[str, str]:
    """All texts anew: the whole, stubs for what is in it, the others, looking into it."""
    trees = {path: ast.parse(text) for path, text in texts.items()}
    given = literals.inline(trees, resident(trees))
    changed = by_name(trees, set(resident(trees)), ALONE)
    plan = Plan(trees, free)
    there = {text for path in plan.order for text in texts_of(trees[path])}
    there |= {name for tree in trees.values() for name in names_of(tree)}
    made = {}
    body: list[ast.stmt] = []
    for path, tree in trees.items():
        if path not in plan.order:
            loose = path not in ALONE and Texts(tree, there).replace()
            if _looking_in(tree, plan, path) or loose or path in changed:
                made[path] = ast.unparse(tree)
            else:
                made[path] = texts[path]
    seen: set[tuple] = set()
    for path in plan.order:
        globals_, rooms = plan.view(path)
        tree = Renamed(globals_, rooms, plan.is_inside).visit(trees[path])
        body += [one for one in tree.body if not _is_document(one) and not _is_again(one, seen)]
        if path != WHOLE:
            own = offered(texts[path], set(plan.modules))
            made[path] = stub(plan.names[path], own, given[path], module_of(WHOLE))
    whole = ast.Module(body, [])
    made[WHOLE] = ast.unparse(ast.fix_missing_locations(_frequent_first(whole)))
    return made


def _looking_in(tree: ast.Module, plan: Plan, path: str) -> bool:
    """Let a module that is not joined take what it imports of joined ones from the whole.

    Whether it imports any.
    """
    if not any(plan.is_inside(module, name) for _, module, name, _ in imports(tree)):
        return False
    package, whole = module_of(WHOLE).rsplit(".", 1)
    rooms = {}
    for statement in [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]:
        module = statement.module or ""
        inside = [a for a in statement.names if plan.is_inside(module, a.name)]
        if inside and len(inside) < len(statement.names):
            raise SyntaxError(f"{path}: from {module} import: some is joined, some is not")
        for alias in inside:
            if module in plan.modules:
                new = plan.names[plan.modules[module]][alias.name]
                local = alias.asname or alias.name
                alias.name, alias.asname = new, None if new == local else local
            else:
                local = alias.asname or alias.name
                rooms[local] = plan.names[plan.modules[f"{module}.{alias.name}"]]
                alias.name, alias.asname = whole, None if local == whole else local
        if inside:
            statement.module = module_of(WHOLE) if module in plan.modules else package
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            names = rooms.get(node.value.id)
            if names:
                node.attr = names.get(node.attr, node.attr)
    return True


def _is_document(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _is_again(statement: ast.stmt, seen: set[tuple]) -> bool:
    """Whether a statement imports only what was imported before; drops what was."""
    if not isinstance(statement, ast.Import | ast.ImportFrom):
        return False
    module = statement.module if isinstance(statement, ast.ImportFrom) else None
    fresh = [a for a in statement.names if (module, a.name, a.asname) not in seen]
    seen |= {(module, a.name, a.asname) for a in fresh}
    statement.names = fresh
    return not fresh


def _frequent_first(whole: ast.Module) -> ast.Module:
    """With a function at the top that says the most frequent names, and is forgotten at once.

    The compiler numbers names as they come, and byte code says the first 128 in one byte.
    """
    said = collections.Counter(word for node in ast.walk(whole) for word in _words(node))
    globals_ = bound(whole.body)
    names = (n.id for n in ast.walk(whole) if isinstance(n, ast.Name))
    said.update(name for name in names if name in globals_ and not _vanishes(name))
    frequent = [name for name, _ in said.most_common(_FREQUENT) if name not in _LITERAL]
    whole.body[:0] = ast.parse(f"def _():\n    {'; '.join(frequent)}\ndel _\n").body
    return whole


def cheap_names() -> list[str]:
    """Names for globals: the image's own first."""
    pairs = (a + b for a in string.ascii_lowercase for b in string.ascii_lowercase)
    return [*FREE, *(pair for pair in pairs if not keyword.iskeyword(pair))]


def _vanishes(name: str) -> bool:
    """Whether it is a constant of the compiler's."""
    return name.startswith("_")


def ours(files: dict[str, Path]) -> dict[str, str]:
    """The texts of the product's own modules."""
    return {
        name: path.read_text()
        for name, path in files.items()
        if name.endswith(".py")
        and name.startswith(("firmware/", "lib/"))
        and DEVICE not in path.parents
    }


def bundle(files: dict[str, Path], folder: Path) -> dict[str, Path]:
    """The files of a board, those of the product's that stay in memory joined into one."""
    texts = ours(files)
    made = dict(files)
    if WHOLE not in texts:
        return made
    for name, text in joined(texts, cheap_names()).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        made[name] = path
    return made
