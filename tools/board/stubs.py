"""Files in place of modules that were joined into one, for whoever imports them by name."""

import ast

from tools.board.literals import Literal
from tools.board.scopes import constants, own_globals


def offered(text: str, rooms: set[str]) -> set[str]:
    """All that a module defined, and not what vanishes in the compiler; rooms: what is joined."""
    tree = ast.parse(text)
    own, _ = own_globals(tree, rooms)
    deleted = {
        target.id
        for one in tree.body
        if isinstance(one, ast.Delete)
        for target in one.targets
        if isinstance(target, ast.Name)
    }
    gone = {name for name in constants(tree) if name.startswith("_")}
    return own - gone - deleted


def stub(names: dict[str, str], own: set[str], given: dict[str, Literal], whole: str) -> str:
    """A module that takes its names from the whole; given: those that are none there."""
    lines = [f"{name} = {given[name]!r}\n" for name in sorted(own & given.keys())]
    wanted = ", ".join(
        name if names[name] == name else f"{names[name]} as {name}"
        for name in sorted(own - given.keys())
    )
    if wanted:
        lines.append(f"from {whole} import {wanted}\n")
    return "".join(lines)
