"""Gives the firmware's names cheap ones, for the board keeps each different name in RAM.

Every new name costs an ESP32 its letters and seven bytes, and the table of names grows in
doublings. Private names (one leading underscore) that a module defines, and public ones that
nobody else says (public_names.py), become names that MicroPython's image has already
(free_names.py); names that never meet share one. Two names meet where they stand in the same
module, or in modules of which one imports from the other (a subclass sees its parent's names).
names.txt beside the built files says what was what.
"""

import ast
import io
import keyword
import re
import string
import tokenize
from collections.abc import Iterator
from pathlib import Path

from tools.board import arguments, public_names
from tools.board.free_names import FREE
from tools.micropython import DEVICE

# What a bench on a board looks at from outside.
KEPT = frozenset({"_adc", "_fill", "_sample", "_name"})
FIRST = ("boot.py", "main.py")  # which the board compiles itself
_CONSTANT = re.compile(r"^(_\w+) = const\(", re.M)
_WORD = re.compile(r"[A-Za-z_]\w*")
_PRIVATE = re.compile(r"_[A-Za-z0-9]\w*")
_IMPORT = re.compile(
    r"^\s*(?:from|import)\s+((?:firmware|lib)[\w.]*)(?:\s+import\s+([\w, ]+))?", re.M
)
_LETTERS = string.ascii_lowercase + string.ascii_uppercase


def private_names(text: str) -> set[str]:
    """Private names that stand in a module."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return {t.string for t in tokens if t.type == tokenize.NAME and _PRIVATE.fullmatch(t.string)}


def defined(text: str, names: set[str]) -> set[str]:
    """Those of the names that the module itself defines: assigned, a function, a class, given."""
    before = r"(?:\bdef |\bclass |\bself\.|\bfor |\bas |[(,*] ?|^\s*)"
    after = r"\s*(?:[(:,)=]|\+=|-=| in\b|\|=)"
    found = re.findall(f"{before}({'|'.join(sorted(names)) or '$^'}){after}", text, re.M)
    return set(found)


def neighbours(texts: dict[str, str]) -> dict[str, set[str]]:
    """For each module's file, the files whose names it may see."""
    modules = {name.removesuffix(".py").replace("/", "."): name for name in texts}
    seen = {name: {name} for name in texts}
    for name, text in texts.items():
        for package, items in _IMPORT.findall(text):
            wanted = [package] + [
                f"{package}.{i.split()[0]}" for i in items.split(",") if i.strip()
            ]
            for module in wanted:
                if module in modules:
                    seen[name].add(modules[module])
                    seen[modules[module]].add(name)
    return seen


def families(texts: dict[str, str]) -> dict[str, set[str]]:
    """For each module's file, itself and those whose classes its own inherit from, all the way."""
    near = neighbours(texts)
    parents = {
        name: {
            other
            for base in re.findall(r"^class \w+\((\w+)", text, re.M)
            for other in near[name]
            if re.search(rf"^class {base}\b", texts[other], re.M)
        }
        for name, text in texts.items()
    }
    seen = {name: near[name] | parents[name] for name in texts}
    for _ in texts:
        for name in texts:
            for parent in parents[name]:
                seen[name] |= seen[parent] | {parent}
    return seen


def mapping(texts: dict[str, str], outside: str = "") -> dict[str, str]:
    """Long name -> short name, the same wherever it stands; `outside` is text that stays."""
    stand = {name: private_names(text) for name, text in texts.items()}
    private = set().union(*(defined(text, stand[name]) for name, text in texts.items())) - KEPT
    quoted = {word for text in texts.values() for word in re.findall(r"[\"'](_\w+)[\"']", text)}
    private -= quoted
    constants = {one for text in texts.values() for one in _CONSTANT.findall(text)} & private
    public = public_names.renamable(texts, outside)
    words = {name: set(_WORD.findall(text)) for name, text in texts.items()}
    taken = set().union(*words.values()) - private
    meet = meetings(texts, {name: found & (private | public) for name, found in words.items()})
    loose = set().union(*(public_names.loose(ast.parse(t)) for t in texts.values())) & public
    _may_meet(meet, loose, public)  # they may be set on any object
    order = sorted(meet, key=lambda n: (-len(meet[n]), n))
    _may_meet(meet, loose, private)
    short: dict[str, str] = {}
    for one in order:
        used = {short[other] for other in meet[one] if other in short} | taken
        mark = "_" if one in constants else ""  # which makes a constant vanish from the module
        short[one] = next(c for c in candidates(mark) if c not in used)
    return short


def _may_meet(meet: dict[str, set[str]], some: set[str], others: set[str]) -> None:
    for one in some:
        for other in others:
            meet[one].add(other)
            meet[other].add(one)


def meetings(texts: dict[str, str], stand: dict[str, set[str]]) -> dict[str, set[str]]:
    """For each name those that stand in one module with it, or in a neighbour of its module."""
    meet: dict[str, set[str]] = {}
    for name, around in families(texts).items():
        together = set().union(*(stand[other] for other in around))
        for one in stand[name]:
            meet.setdefault(one, set()).update(together)
    return meet


def candidates(mark: str) -> Iterator[str]:
    """Cheap names: `_a`, `_b` …, or without a mark the image's own, then `aa`, `ab` …"""
    if mark:
        for first in _LETTERS:
            yield mark + first
    else:
        yield from FREE
    for first in _LETTERS:
        for second in _LETTERS:
            if not keyword.iskeyword(first + second):
                yield mark + first + second


def names_of_first(texts: dict[str, str]) -> dict[str, str]:
    """Long name -> cheap name for what boot.py and main.py define and nobody asks for by words.

    Both run in one namespace. Compiled on the board, each of their locals is a name, too.
    """
    nodes = [node for text in texts.values() for node in ast.walk(ast.parse(text))]
    stay = {getattr(node, "attr", "") for node in nodes}
    words: set[str] = set()
    found: set[str] = set()
    for text in texts.values():
        tree = ast.parse(text)
        words |= set(_WORD.findall(text))
        stay |= public_names.in_strings(tree) | public_names.in_keywords(tree)
        found |= public_names.defined(tree)
        found |= {
            n.id
            for n in ast.walk(tree)
            if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
        }
        found |= {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}
        found |= {n.name for n in ast.walk(tree) if isinstance(n, ast.ExceptHandler) and n.name}
    cheap = (name for name in FREE if name not in words)
    return {name: next(cheap) for name in sorted(found - stay) if len(name) > 1}


def shortened(text: str, short: dict[str, str]) -> str:
    """The module's source with short names; every line stays where it is."""
    lines = text.splitlines(keepends=True)
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    spots = [t for t in tokens if t.type == tokenize.NAME and t.string in short]
    for token in reversed(spots):
        row, start = token.start[0] - 1, token.start[1]
        line = lines[row]
        lines[row] = line[:start] + short[token.string] + line[start + len(token.string) :]
    return "".join(lines)


def shorten(files: dict[str, Path], folder: Path) -> dict[str, Path]:
    """Write the modules of firmware/ and lib/ anew into the folder; all other files stay."""
    texts = {
        name: path.read_text()
        for name, path in files.items()
        if name.endswith(".py") and "/" in name and DEVICE not in path.parents
    }
    first = {name: files[name].read_text() for name in FIRST if name in files}
    short = mapping(texts, "".join(first.values()))
    kept = arguments.named_in_calls([ast.parse(text) for text in texts.values()])
    made = dict(files)
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(arguments.renamed(shortened(text, short), kept))
        made[name] = path
    own = names_of_first(first)
    for name, text in first.items():
        path = folder / name
        path.write_text(shortened(text, own))
        made[name] = path
    lines = [f"{new} {old}\n" for old, new in sorted(short.items(), key=lambda pair: pair[1])]
    (folder / "names.txt").write_text("".join(lines))
    return made
