"""Every command that README and documents name can be given."""

import re

import pytest

from tests.manual.spoken import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
TARGETS = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
PROMISED = {"micropython32"}  # CONTRIBUTING.md knows it before the Makefile does
# As code or at the beginning of an indented line: "make it" is English.
MAKE = re.compile(r"(?:`|^    )make ([a-z0-9-]+)", re.MULTILINE)
MODULE = re.compile(r"python -m (tools(?:\.\w+)+)")


def relative(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", DOCUMENTS, ids=relative)
def test_every_command_of_the_document_exists(path):
    text = path.read_text()
    assert set(MAKE.findall(text)) <= TARGETS | PROMISED
    for module in MODULE.findall(text):
        place = ROOT / module.replace(".", "/")
        assert place.with_suffix(".py").exists() or (place / "__main__.py").exists(), module


def test_make_help_lists_every_target_that_documents_name():
    named = {name for path in DOCUMENTS for name in MAKE.findall(path.read_text())}
    explained = set(
        re.findall(r"^([a-z0-9-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
    )
    assert named <= explained | PROMISED | {"help"}
