"""Which names a module's own source means where: its globals, its locals, what it imports."""

import ast
from collections.abc import Iterable, Iterator

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def module_of(path: str) -> str:
    """The name by which a file is imported."""
    return path.removesuffix(".py").replace("/", ".")


def imports(tree: ast.AST) -> Iterator[tuple[ast.stmt, str, str | None, str]]:
    """(statement, module, name taken from it or None, local name) of every import in a tree."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name, None, alias.asname or alias.name.split(".")[0]
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield node, node.module, alias.name, alias.asname or alias.name


def bound(statements: Iterable[ast.stmt]) -> set[str]:
    """Names that statements bind where they stand, not inside what they define."""
    found: set[str] = set()
    todo: list[ast.AST] = list(statements)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
            continue
        if isinstance(node, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp):
            continue
        if isinstance(node, ast.GeneratorExp):
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            found |= {alias.asname or alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            found.add(node.name)
        todo.extend(ast.iter_child_nodes(node))
    return found


def constants(tree: ast.Module) -> set[str]:
    """Names that a module gives to the compiler's constants: ``NAME = const(…)``."""
    return {
        target.id
        for one in tree.body
        if isinstance(one, ast.Assign)
        and isinstance(one.value, ast.Call)
        and isinstance(one.value.func, ast.Name)
        and one.value.func.id == "const"
        for target in one.targets
        if isinstance(target, ast.Name)
    }


def locals_of(function: ast.AST) -> set[str]:
    """Names that are a function's (or a comprehension's) own."""
    if isinstance(function, COMPREHENSIONS):
        targets = [generator.target for generator in function.generators]
        return {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)}
    arguments = function.args  # type: ignore[attr-defined]
    own = {a.arg for a in arguments.posonlyargs + arguments.args + arguments.kwonlyargs}
    own |= {a.arg for a in (arguments.vararg, arguments.kwarg) if a}
    if not isinstance(function, ast.Lambda):
        body = function.body  # type: ignore[attr-defined]
        own |= bound(body)
        statements = (node for one in body for node in ast.walk(one))
        shared = (n.names for n in statements if isinstance(n, ast.Global | ast.Nonlocal))
        own -= {name for names in shared for name in names}
    return own


def own_globals(tree: ast.Module, rooms: set[str]) -> tuple[set[str], dict[str, tuple]]:
    """(names that a module defines, {local name: (module, name)} of what it takes from others).

    rooms: names of modules that are joined, which count for neither.
    """
    taken = {}
    inside = set()
    for statement, module, name, local in imports(tree):
        if statement not in tree.body:
            continue
        if module in rooms or f"{module}.{name}" in rooms:
            inside.add(local)
        else:
            taken[local] = (module, name)
    return bound(tree.body) - set(taken) - inside, taken


def said_in(tree: ast.Module) -> Iterator[tuple[tuple[str, ...], list[set[str]]]]:
    """(name,) or (name, attribute) of every name in a module, with the locals around it."""
    todo: list[tuple[ast.AST, list[set[str]]]] = [(tree, [])]
    while todo:
        node, scopes = todo.pop()
        named = node.value if isinstance(node, ast.Attribute) else node
        if isinstance(named, ast.Name) and not any(named.id in scope for scope in scopes):
            yield (named.id, *([node.attr] if isinstance(node, ast.Attribute) else [])), scopes
        is_scope = isinstance(node, FUNCTIONS + COMPREHENSIONS)
        inside = [*scopes, locals_of(node)] if is_scope else scopes
        todo += [(child, inside) for child in ast.iter_child_nodes(node)]
