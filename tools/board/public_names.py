"""Which public names of the firmware mean something on the board alone, and may so be short there.

A name stays when anybody else may say it: MicroPython or a package (a method that they call), a
string (a field of a named tuple, an attribute asked for by words, what a person reads), a keyword
of a call, boot.py and main.py, which stay as they are, and whoever looks at a board from outside.
"""

import ast
import re

# Names that MicroPython's own objects have too: a test compares them with the type stubs.
_FOREIGN = """
    FLAGS Lock Module accept buffer build cancel cancelled clear close code count difference
    dumps error exists feed file fill final get headers id ilistdir key level line listen load
    lock locked log mount name open out_buf parse password path pins poll put raw read reason
    release remove rename request reset reset_cause run scan search send signed sleep_ms span ssid
    start stat state status step stop stream task tell text total umount unique_id update value
    wait_io_event width wrapped write
"""
FOREIGN = frozenset(_FOREIGN.split())
# What a bench on a board, or beside the virtual one, wraps and asks.
_KEPT = """
    Board CT Console Inverter Mains ReadbackSwitch Tracker VERSION Watchdog build clock
    connected console_stream ct_output decide feed follow gauges health hold inverter latest
    lock mains mains_input max_gap_us next_play_us on_event policy pump rs485 rtu sample
    sense_input serve settings show start_access_point start_sampling turns updates uptime
    watch watts
"""
KEPT = frozenset(_KEPT.split())
_FAILURES = re.compile(r"(Error|Exception|Wanted|Refused)$")


def renamable(texts: dict[str, str], outside: str) -> set[str]:
    """Public names that the modules define and nobody else says; outside: text that stays."""
    trees = [ast.parse(text) for text in texts.values()]
    found = set().union(*(defined(tree) for tree in trees))
    mentioned = set().union(*(in_strings(tree) | in_keywords(tree) for tree in trees))
    stay = mentioned | FOREIGN | KEPT | set(re.findall(r"\w+", outside))
    stay |= {part for name in texts for part in re.split(r"[/.]", name)}
    return {
        name
        for name in found - stay
        if not name.startswith("_") and not _FAILURES.search(name) and len(name) > 2
    }


def defined(tree: ast.AST) -> set[str]:
    """What a module, its classes and its methods give names to, arguments and locals left out."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef):
            for statement in node.body:
                found |= bound(statement)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            found.add(node.attr)
    return found


def bound(statement: ast.stmt) -> set[str]:
    """Names that one statement of a module or class gives a value."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return set()
    return {
        node.id
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def in_strings(tree: ast.AST) -> set[str]:
    """Words of strings that may be names; documentation is none."""
    documents = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    words = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in documents:
            if isinstance(node.value, str) and re.fullmatch(r"[\w ,.]+", node.value):
                words |= set(re.findall(r"\w+", node.value))
        elif isinstance(node, ast.JoinedStr):  # whose names the tokenizer may not see
            words |= {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
            words |= {inner.attr for inner in ast.walk(node) if isinstance(inner, ast.Attribute)}
    # httpd.py asks a module for get_… or post_…
    functions = ast.FunctionDef | ast.AsyncFunctionDef
    names = {node.name for node in ast.walk(tree) if isinstance(node, functions)}
    return words | {name for name in names if name.startswith(("get_", "post_"))}


def in_keywords(tree: ast.AST) -> set[str]:
    """Names that some call gives to an argument: a function may take any of them."""
    return {node.arg for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg}


def loose(tree: ast.AST) -> set[str]:
    """Attributes that are set from outside of their object: they may stand beside any other."""
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and not (isinstance(node.value, ast.Name) and node.value.id == "self")
    }
