# ruff: noqa: D102, N815 - methods that `ast` calls by the names of its nodes
"""A module's source with other names for its globals, as tools/board/bundle.py plans them."""

import ast

from tools.board.scopes import FUNCTIONS, bound, locals_of


def _listed(made):
    """What became of a statement: none, one or several."""
    return made if isinstance(made, list) else [made] if made else []


class Renamed(ast.NodeTransformer):
    """A module with other names for its globals; modules that are joined are not imported.

    globals_: old name -> new one. rooms: local name of a joined module -> its old names -> new.
    gone: import statements' (module, name) that the whole needs no more.
    """

    def __init__(self, globals_, rooms, is_gone):
        self._globals = globals_
        self._rooms = rooms
        self._is_gone = is_gone
        self._scopes = []

    def _is_own(self, name):
        return any(name in scope for scope in self._scopes)

    def visit_Name(self, node):
        if not self._is_own(node.id):
            if node.id in self._rooms:
                raise SyntaxError(f"{node.id}: a module that is joined is used as a value")
            node.id = self._globals.get(node.id, node.id)
        return node

    def visit_Attribute(self, node):
        value = node.value
        if isinstance(value, ast.Name) and not self._is_own(value.id) and value.id in self._rooms:
            return ast.copy_location(ast.Name(self._rooms[value.id][node.attr], node.ctx), node)
        return self.generic_visit(node)

    def visit_Assign(self, node):
        """In brackets, `a, b = c, d` would make a tuple: an allocation on the way of a sample."""
        node = self.generic_visit(node)
        if isinstance(node.targets[0], ast.Tuple) and isinstance(node.value, ast.Tuple):
            node.value = ast.Name(", ".join(ast.unparse(one) for one in node.value.elts))
        return node

    def visit_Global(self, node):
        node.names = [self._globals.get(name, name) for name in node.names]
        return node

    def visit_Import(self, node):
        return self._import(node, lambda alias: (alias.name, None))

    def visit_ImportFrom(self, node):
        return self._import(node, lambda alias: (node.module, alias.name))

    def _import(self, node, target):
        names = [alias for alias in node.names if not self._is_gone(*target(alias))]
        if self._scopes and len(names) < len(node.names):
            raise SyntaxError("a module that is joined is imported in a function")
        if not names:
            return None
        if not self._scopes:
            for alias in names:
                local = alias.asname or alias.name
                new = self._globals.get(local, local)
                alias.asname = None if new == alias.name else new
        node.names = names
        return node

    def _function(self, node, *, is_method=False):
        if not isinstance(node, ast.Lambda):
            if not is_method and not self._is_own(node.name):
                node.name = self._globals.get(node.name, node.name)
            node.decorator_list = [self.visit(one) for one in node.decorator_list]
        node.args = self.visit(node.args)  # defaults are evaluated outside
        self._scopes.append(locals_of(node))
        if isinstance(node, ast.Lambda):
            node.body = self.visit(node.body)
        else:
            visited = [self.visit(statement) for statement in node.body]
            node.body = [one for made in visited for one in _listed(made)]
        self._scopes.pop()
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = visit_Lambda = _function

    def visit_arg(self, node):
        return node  # an annotation names a viper type

    def visit_ClassDef(self, node):
        if not self._is_own(node.name):
            node.name = self._globals.get(node.name, node.name)
        node.bases = [self.visit(one) for one in node.bases]
        self._scopes.append(bound(node.body))
        methods = [one for one in node.body if isinstance(one, FUNCTIONS)]
        node.body = [one if one in methods else self.visit(one) for one in node.body]
        self._scopes.pop()
        for one in methods:  # they do not see the class's own names, their own among them
            self._function(one, is_method=True)
        return node

    def _comprehension(self, node):
        self._scopes.append(locals_of(node))
        node = self.generic_visit(node)
        self._scopes.pop()
        return node

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension
