"""What a module gives a name stands where the name stood, if it is short: the name costs a board.

A global is an entry of its module's table, eight bytes, and one in the list of names that its code
says. Modules that are joined give their numbers and short texts away; who took one has a copy.
"""

import ast
import operator
from collections.abc import Collection, Iterable, Iterator

from tools.board.renamed import Renamed
from tools.board.scopes import constants, imports, module_of

Literal = int | float | str | tuple
INTERNED = 10  # bytes of a text that is a name anyway: MICROPY_ALLOC_PARSE_INTERN_STRING_LEN
SMALL = 1 << 30  # from here on a number is an object of its own, for each place that says it
_DOES = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.LShift: operator.lshift,
}


def inline(trees: dict[str, ast.Module], order: Iterable[str]) -> dict[str, dict[str, Literal]]:
    """Put the literals of the modules in `order` in, in all trees; {path: {name: literal}}.

    order: each module after those that it imports.
    """
    found: dict[str, dict[str, Literal]] = {}
    asked = {thing for tree in trees.values() for thing in _asked_for(tree)}
    for path in order:
        known, _ = _seen(trees[path], found)
        elsewhere = {name for module, name in asked if module == module_of(path)}
        found[path] = literals(trees[path], known, elsewhere)
    for path, tree in trees.items():
        own, rooms = _seen(tree, found)
        own |= found.get(path, {})
        if own or rooms:
            _put_in(tree, own, rooms, found)
    return found


def _seen(tree: ast.Module, found: dict[str, dict[str, Literal]]) -> tuple[dict, dict]:
    """({local name: literal}, {local name of a module: its literals}) of what a module imports."""
    rooms = {module_of(path): path for path in found}
    own, of_rooms = {}, {}
    for _, module, name, local in imports(tree):
        if name in found.get(rooms.get(module, ""), {}):
            own[local] = found[rooms[module]][name]
        elif f"{module}.{name}" in rooms:
            of_rooms[local] = found[rooms[f"{module}.{name}"]]
    return own, of_rooms


def _asked_for(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """(module, name) of all that a module takes, or may take, of others."""
    rooms = {}
    for _, module, name, local in imports(tree):
        yield module, name or ""
        rooms[local] = f"{module}.{name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield rooms.get(node.value.id, ""), node.attr


def literals(tree: ast.Module, known: dict[str, Literal], asked: set[str]) -> dict[str, Literal]:
    """What a module names once and for all: small whole numbers, texts that are names anyway,
    and all else that stands in one place only; asked: what others ask for by name."""
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    names = [node.id for node in nodes if not _is_load(node)]
    said = [node.id for node in nodes if _is_load(node)]
    names += [name for n in ast.walk(tree) if isinstance(n, ast.Global) for name in n.names]
    of_compiler = constants(tree)
    every: dict[str, Literal] = {}
    for statement in tree.body:
        for name, value in _named(statement, known | every):
            if names.count(name) == 1:
                every[name] = value
    return {
        name: value
        for name, value in every.items()
        if not (name in of_compiler and name.startswith("_"))
        and (_is_cheap(value) or said.count(name) == 1 and name not in asked)
    }


def _named(statement: ast.stmt, known: dict[str, Literal]) -> Iterator[tuple[str, Literal]]:
    """(name, value) of each name to which an assignment gives a number or a text."""
    if not isinstance(statement, ast.Assign) or len(statement.targets) > 1:
        return
    target = statement.targets[0]
    if isinstance(target, ast.Name):
        value = _value(statement.value, known)
        if value is not None:
            yield target.id, value
    elif isinstance(target, ast.Tuple) and isinstance(statement.value, ast.Call):
        call = statement.value
        bounds = [_value(one, known) for one in call.args]
        if isinstance(call.func, ast.Name) and call.func.id == "range" and None not in bounds:
            numbers = range(*bounds)  # type: ignore[misc]
            yield from zip([ast.unparse(one) for one in target.elts], numbers, strict=True)


def _is_load(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Load)


def _is_cheap(value: Literal) -> bool:
    """Whether each place may say it: others are objects of their own for each of them."""
    if isinstance(value, str):
        return len(value.encode()) <= INTERNED
    return isinstance(value, int) and abs(value) < SMALL


def _value(node: ast.expr, known: dict[str, Literal]) -> Literal | None:
    """Of an expression of whole numbers, or a literal that nobody can change; None for others."""
    if isinstance(node, ast.Constant):
        return node.value if type(node.value) in (int, float, str) else None
    if isinstance(node, ast.Tuple):
        parts = [_value(one, known) for one in node.elts]
        return None if None in parts else tuple(parts)
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "const":
        return _value(node.args[0], known)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = _value(node.operand, known)
        return -value if isinstance(value, int) else None
    if isinstance(node, ast.BinOp) and type(node.op) in _DOES:
        left, right = _value(node.left, known), _value(node.right, known)
        if isinstance(left, int) and isinstance(right, int):
            return _DOES[type(node.op)](left, right)
    return None


def _put_in(tree: ast.Module, own: dict[str, Literal], rooms: dict, found: dict) -> None:
    """Put them in where their names stand; who imported or defined them does no more."""
    modules = {module_of(path): own for path, own in found.items()}
    tree.body = [one for one in tree.body if not _defines(one, own)]
    inlined = _Inlined(own, rooms, lambda module, name: name in modules.get(module, {}))
    inlined.later = {local for one, _, _, local in imports(tree) if one not in tree.body}
    inlined.visit(tree)
    ast.fix_missing_locations(tree)


def _defines(statement: ast.stmt, own: dict[str, Literal]) -> bool:
    if not isinstance(statement, ast.Assign):
        return False
    target = statement.targets[0]
    names = target.elts if isinstance(target, ast.Tuple) else [target]
    return all(isinstance(one, ast.Name) and one.id in own for one in names)


class _Inlined(Renamed):
    """A module in which some names are literals; later: what its functions import."""

    later: Collection[str] = ()

    def visit_Name(self, node: ast.Name) -> ast.expr:  # noqa: N802 - ast calls it so
        if node.id in self._globals and not self._is_own(node.id):
            return ast.Constant(self._globals[node.id])
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:  # noqa: N802
        room = node.value
        if isinstance(room, ast.Name) and (not self._is_own(room.id) or room.id in self.later):
            value = self._rooms.get(room.id, {}).get(node.attr)
            if value is not None:
                return ast.Constant(value)
        return self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> ast.AST:  # noqa: N802
        return self.generic_visit(node)

    def _import(self, node, target):  # type: ignore[no-untyped-def]
        gone = [alias for alias in node.names if self._is_gone(*target(alias))]
        node.names = [alias for alias in node.names if alias not in gone]
        made = [node] if node.names else []
        for name in (alias.asname or alias.name for alias in gone if self._scopes):
            target_ = ast.Name(name, ast.Store())
            made.append(ast.Assign([target_], ast.Constant(self._globals[name])))
        return made
