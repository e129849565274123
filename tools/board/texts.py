# ruff: noqa: D102, N802 - methods that `ast` calls by the names of its nodes
"""Short texts of a module on demand as a tuple's: as such they go when the module goes.

The compiler makes a name of every text of up to ten bytes, and names stay for good. In a tuple of
constants they are objects of the module. Words that are names of something are left alone.
"""

import ast
from collections.abc import Collection

from tools.board.free_names import FREE
from tools.board.literals import INTERNED


def texts_of(tree: ast.AST) -> set[str]:
    """All texts that stand in it."""
    constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {value for value in constants if isinstance(value, str)}


def names_of(tree: ast.AST) -> set[str]:
    """All that is a name of something in it."""
    found = set()
    for node in ast.walk(tree):
        found |= {getattr(node, kind, None) for kind in ("id", "attr", "arg", "name", "asname")}
    return {part for name in found if isinstance(name, str) for part in name.split(".")}


class Texts(ast.NodeTransformer):
    """A module whose short texts are taken from a tuple at its top."""

    def __init__(self, tree: ast.Module, there: Collection[str]):
        said = {getattr(node, k, "") for node in ast.walk(tree) for k in ("id", "arg", "name")}
        self._name = next(name for name in FREE if name not in said)
        self._tree = tree
        self._there = there  # texts that are names for good anyway
        self._found: list[str] = []

    def replace(self) -> bool:
        """Do so in the tree itself; whether there were any."""
        for statement in self._tree.body:
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                self.visit(statement)
        if self._found:
            texts = ast.Tuple([ast.Constant(text) for text in self._found], ast.Load())
            first = 1 if ast.get_docstring(self._tree) else 0
            named = ast.Name(self._name, ast.Store())
            self._tree.body.insert(first, ast.Assign([named], texts))
            ast.fix_missing_locations(self._tree)
        return bool(self._found)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.JoinedStr:
        return node  # its texts are no expressions

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        return node if isinstance(node.value, ast.Constant) else self.generic_visit(node)

    def visit_arguments(self, node: ast.arguments) -> ast.arguments:
        return node  # evaluated once

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        text = node.value
        if not isinstance(text, str) or not 1 < len(text.encode()) <= INTERNED:
            return node
        if text in self._there:
            return node
        if text not in self._found:
            self._found.append(text)
        place = ast.Constant(self._found.index(text))
        return ast.Subscript(ast.Name(self._name, ast.Load()), place, ast.Load())
