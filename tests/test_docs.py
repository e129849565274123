"""What the words point at is there: every path and module that a document or a source names."""

import re

import pytest

from lib.ondemand import PACK
from tools.board.pack import SUMS
from tools.micropython import ROOT

FOLDERS = "firmware|lib|tools|tests|docs|hardware"
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
SOURCES = sorted(
    path
    for pattern in ("*.py", "Makefile", "pyproject.toml", "{}/**/*.py", "{}/**/*.html")
    for folder in ("firmware", "lib", "tools")
    for path in ROOT.glob(pattern.format(folder))
)
# A path from the root: not a part of a longer one, nor one with a place holder.
PATH = re.compile(rf"(?<![\w./:{{-])(?:{FOLDERS})/[\w./*-]*[\w*](?:/|(?![\w<{{…]))")
MODULE = re.compile(r"(?<=-m )tools(?:\.\w+)+")
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]+)(?:#[^)]*)?\)")
BARE = re.compile(r"`(\w+\.py)`")


def relative(path):
    """A path as people say it."""
    return str(path.relative_to(ROOT))


def missing(text, folder=ROOT):
    """Paths and modules that a text in a folder names and nobody has; sources' are elsewhere."""
    text = "\n".join(line for line in text.splitlines() if not line.startswith("- Source:"))
    for name in PATH.findall(text):
        name = name.removesuffix(".mpy") + ".py" if name.endswith(".mpy") else name
        if name in (PACK, SUMS):  # made for a board
            continue
        if not any([*ROOT.glob(name.rstrip("/.")), *folder.glob(name)]):
            yield name
    for name in MODULE.findall(text):
        path = ROOT / name.replace(".", "/")
        if not (path.with_suffix(".py").exists() or (path / "__main__.py").exists()):
            yield f"-m {name}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=relative)
def test_what_a_document_names_is_there(path):
    text = path.read_text()
    links = [link for link in LINK.findall(text) if not (path.parent / link).exists()]
    bare = [name for name in BARE.findall(text) if not any(ROOT.glob(f"**/{name}"))]
    assert [*missing(text, path.parent), *links, *bare] == []


def test_what_a_source_names_is_there():
    gone = {relative(path): list(missing(path.read_text())) for path in SOURCES}
    assert {path: names for path, names in gone.items() if names} == {}


def test_no_merge_was_left_half_done():
    both = [
        path for path in DOCUMENTS + SOURCES if re.search("^<{7} |^>{7} ", path.read_text(), re.M)
    ]
    assert [relative(path) for path in both] == []


def test_a_path_that_is_gone_is_missed():
    text = "see `firmware/nowhere.py`, tools/virtual/start.py and python -m tools.nothing"
    assert list(missing(text)) == ["firmware/nowhere.py", "-m tools.nothing"]


@pytest.mark.parametrize("name", ["security.md", "reliability.md"])
def test_a_claim_names_tests_that_exist(name):
    claims = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (ROOT / "docs" / name).read_text())
    gone = [
        f"{path}::{test}"
        for path, test in claims
        if f"def {test}(" not in (ROOT / path).read_text()
    ]
    assert claims
    assert gone == []
