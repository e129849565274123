"""Gives arguments of functions one-letter names: MicroPython keeps each argument's name in RAM.

Only arguments that nobody names in a call, anywhere; each function counts anew from `a`, so that
all share a few letters. Other local names cost a board nothing and stay.
"""

import ast
import string
from collections.abc import Iterator

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def named_in_calls(trees: list[ast.AST]) -> set[str]:
    """Names that some call gives to an argument: f(name=…)."""
    nodes = (node for tree in trees for node in ast.walk(tree))
    return {node.arg for node in nodes if isinstance(node, ast.keyword) and node.arg}


def renamed(text: str, kept: set[str]) -> str:
    """The module's source with short arguments; every line stays where it is."""
    tree = ast.parse(text)
    taken = identifiers(tree)
    lines = [line.encode() for line in text.splitlines(keepends=True)]
    spots: dict[tuple[int, int], tuple[str, str]] = {}
    for function in outermost(tree):
        visit(function, kept, taken, spots)
    for (row, column), (old, new) in sorted(spots.items(), reverse=True):
        line = lines[row - 1]
        lines[row - 1] = line[:column] + new.encode() + line[column + len(old.encode()) :]
    return b"".join(lines).decode()


def outermost(node: ast.AST) -> Iterator[ast.AST]:
    """The functions in a node that stand in no other function of it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, FUNCTIONS):
            yield child
        else:
            yield from outermost(child)


def visit(function, kept, taken, spots) -> None:
    """Note the spots of a function; those inside it take other letters than its own."""
    found = spots_of(function, kept, taken)
    spots.update(found)
    for inner in outermost(function):
        visit(inner, kept, taken | {new for _, new in found.values()}, spots)


def identifiers(tree: ast.AST) -> set[str]:
    """Every name that stands in a module as a variable: none of them may be taken."""
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def spots_of(function, kept, taken) -> dict[tuple[int, int], tuple[str, str]]:
    """{(line, column): (old, new)} for one function's arguments and where its body uses them."""
    declared = arguments(function)
    staying = kept | rebound(function) | {"self"}
    wanted = [arg for arg in declared if arg.arg not in staying and len(arg.arg) > 1]
    letters = free_letters(taken | {arg.arg for arg in declared})
    new = {arg.arg: next(letters) for arg in wanted}
    found = {(arg.lineno, arg.col_offset): (arg.arg, new[arg.arg]) for arg in wanted}
    body = function.body if isinstance(function.body, list) else [function.body]
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and node.id in new:
                found[node.lineno, node.col_offset] = node.id, new[node.id]
    return found


def arguments(function) -> list[ast.arg]:
    """All that it declares, except for *args and **kwargs."""
    parameters = function.args
    return [*parameters.posonlyargs, *parameters.args, *parameters.kwonlyargs]


def rebound(function) -> set[str]:
    """Names that mean something else in a function inside, or that one there changes."""
    found: set[str] = set()
    for node in ast.walk(function):
        if node is not function and isinstance(node, FUNCTIONS):
            found |= {arg.arg for arg in arguments(node)}
        elif isinstance(node, ast.Nonlocal | ast.Global):
            found |= set(node.names)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            found.add(node.name)
    return found


def free_letters(taken: set[str]) -> Iterator[str]:
    """One letter after the other that is no name yet, then two."""
    for first in string.ascii_lowercase:
        if first not in taken:
            yield first
    for first in string.ascii_lowercase:
        for second in string.ascii_lowercase:
            if first + second not in taken:
                yield first + second
