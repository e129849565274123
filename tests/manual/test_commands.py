"""Every command that README and documents name can be given, with the words given there."""

import re
import shlex

import pytest

from tests.manual import spoken
from tests.manual.spoken import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = set(re.findall(r"^([a-z0-9-]+):", MAKEFILE, re.MULTILINE))
PROMISED = {"micropython32"}  # CONTRIBUTING.md knows it before the Makefile does
# As code or at the beginning of an indented line: "make it" is English.
MAKE = re.compile(r"(?:`|^    )make ([a-z0-9-]+)", re.MULTILINE)
MODULE = re.compile(r"python -m (tools(?:\.\w+)+)")
# A block is fenced, or four blanks wide behind an empty line; some languages hold no commands.
FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"(?<=\n\n)((?:    [^\n]+\n)+)")
NO_COMMANDS = ("json", "yaml", "toml", "text", "{toctree}")
TAKEN = {"SCENARIO", "OUT", "PORT", "RS485", "HTTP_PORT", "MICROPYTHON", "SEEDS", "FIRST", "FLASH",
         "LINK", "HOSTILE", "PYTHON"}  # fmt: skip
# Blocks that are no commands, by what they begin with: a drawing, a formula, a reading, data.
NOT_COMMANDS = ("pin ─", "R23 =", "Reading(", "i =", "{")
# Programs of others, for the image of one's own and to set a name in the shell: not tried here.
OTHERS = {"docker", "git", "export", "esptool", "esptool.py", "cd"}


def relative(path):
    return str(path.relative_to(ROOT))


def blocks(text):
    """The code blocks of a document that may hold commands."""
    fences = [body for language, body in FENCE.findall(text) if language not in NO_COMMANDS]
    rest = FENCE.sub("", text)
    found = fences + [re.sub("^    ", "", b, flags=re.MULTILINE) for b in INDENTED.findall(rest)]
    return [b for b in found if b.strip() and not b.lstrip().startswith((*NOT_COMMANDS, ":"))]


def module_takes(module, words):
    """The module exists and its source knows each option."""
    place = ROOT / module.replace(".", "/")
    files = [place.with_suffix(".py"), place / "__main__.py"]
    source = next(file.read_text() for file in files if file.exists())
    options = [word.split("=")[0] for word in words if word.startswith("--")]
    known = source + "".join(
        f.read_text() for f in (place.parent if files[0].exists() else place).glob("*.py")
    )
    return all(option in known or option[2:] in known for option in options)


def objection(line):
    """Why a line of a code block cannot be given; empty where it can."""
    words = shlex.split(line, comments=True)
    if not words:
        return ""
    program = words[0].removeprefix("build/venv/bin/")
    if program == "make":
        return make_objection(words[1:])
    if program == "python":
        ok = words[1] == "-m" and module_takes(words[2], words[3:])
        return "" if ok else "no such module or option"
    if program == "pytest":
        paths = [w for w in words[1:] if "/" in w]
        return "" if all((ROOT / w).exists() for w in paths) else "no such tests"
    if program == "mpremote":  # its commands, as tests/board runs them
        known = {"connect", "resume", "cp", "rm", "-r", "+", "reset", "PORT"}
        strange = [w for w in words[1:] if w not in known and not re.search(r"[:./]", w)]
        return f"mpremote takes no {strange}" if strange else ""
    if program == "curl":
        paths = re.findall(r"http://4\.3\.2\.1(/\S+)", line)
        spoken_paths = (ROOT / "docs" / "openapi.json").read_text()
        return "" if paths and all(f'"{p}"' in spoken_paths for p in paths) else "no such path"
    if program in spoken.console_commands() or program in OTHERS:
        return ""
    return f"nobody knows {program}"


def make_objection(words):
    """Why make would refuse; the ESP-IDF's own make has -C."""
    if "-C" in words:
        return ""
    names = {w.split("=")[0] for w in words if "=" in w}
    targets = {w for w in words if "=" not in w}
    if not targets <= TARGETS | PROMISED:
        return f"no target {targets - TARGETS}"
    taken = {n for n in names if f"$({n})" in MAKEFILE or f"{n}=" in MAKEFILE}
    return "" if names <= TAKEN & taken else f"nobody takes {names}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=relative)
def test_every_line_of_a_code_block_can_be_given(path):
    lines = [
        line
        for block in blocks(path.read_text())
        for line in block.replace("\\\n", " ").splitlines()
    ]
    assert {line: objection(line) for line in lines if objection(line)} == {}


@pytest.mark.parametrize("path", DOCUMENTS, ids=relative)
def test_every_command_in_a_sentence_exists(path):
    text = path.read_text()
    assert set(MAKE.findall(text)) <= TARGETS | PROMISED
    for span in re.findall(r"`([^`\n]+)`", text):
        if span.startswith(("make ", "python -m tools")) and "…" not in span and "<" not in span:
            assert objection(span) == "", span
    for module in MODULE.findall(text):
        assert module_takes(module, []), module


def test_a_wrong_command_is_noticed():
    assert objection("make flsh")
    assert objection("make run SCENERY=a.toml")
    assert objection("python -m tools.hardware.board --rule-book")
    assert objection("curl http://4.3.2.1/api/nothing")
    assert objection("batery 2000")


def test_make_help_lists_every_target_that_documents_name():
    named = {name for path in DOCUMENTS for name in MAKE.findall(path.read_text())}
    explained = set(re.findall(r"^([a-z0-9-]+):.*## ", MAKEFILE, re.MULTILINE))
    assert named <= explained | PROMISED | {"help"}
