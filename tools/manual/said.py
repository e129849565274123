"""What the firmware can say to a person: reasons, faults, objections, read from its source."""

import ast
import re

from tools.micropython import ROOT

FIRMWARE = ROOT / "firmware"
# Where words are made that end in a reason or a fault. A profile of one's own has its own page.
SPEAKING = ("policy.py", "inverter/*.py", "signal/*.py", "device/last_life.py")
SILENT = ("own_profile.py", "profiles.py", "profile.py", "identify.py", "sunspec.py", "scan.py")
# Not for a troubleshooting page: answers at the console, and progress.
NOT_A_TROUBLE = (
    "hold up to", "trying unit", "(usual:", "unit", "'s", "loaded",
    "Against it", "before it was", "It holds until", "This inverter says", "Taken",
)  # fmt: skip


def phrases(firmware=FIRMWARE):
    """{fragment: file}: the longest literal piece of each phrase with two spaces or more."""
    found = {}
    for pattern in SPEAKING:
        for path in sorted(firmware.glob(pattern)):
            if path.name not in SILENT:
                for words in _words(ast.parse(path.read_text())):
                    piece = fragment(words)
                    if piece.count(" ") >= 1 and not piece.startswith(NOT_A_TROUBLE):
                        found[piece] = path.name
    return found


def fragment(words):
    """The longest piece of a phrase between its %-formats, without the edges' punctuation."""
    pieces = re.split(r"%[-+.\d]*[a-zA-Z%]", words)
    return max((p.strip(" ,:;(-") for p in pieces), key=len)


def everything_said():
    """All string constants of the firmware, formats replaced by a blank, in one line."""
    found = []
    for path in [*sorted(FIRMWARE.rglob("*.py")), ROOT / "main.py", ROOT / "boot.py"]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
    return re.sub(r"\s+", " ", " ".join(found))


def fault_names(firmware=FIRMWARE):
    """{name: file} of every standing fault."""
    return {_value(name): file for name, _, file in _faults(firmware) if _value(name)}


def fault_words(firmware=FIRMWARE):
    """{fragment: file} of what is said where a fault is raised."""
    found = {}
    for _, told, file in _faults(firmware):
        for node in ast.walk(told):
            if _value(node):
                found[fragment(node.value)] = file
    return found


def _faults(firmware):
    """(name, words, file) of each call that raises one, as parts of the source."""
    for path in sorted(firmware.rglob("*.py")):
        tree = ast.parse(path.read_text())
        names = {
            getattr(node.targets[0], "id", ""): node.value
            for node in tree.body
            if isinstance(node, ast.Assign)
        }
        for node in ast.walk(tree):
            called = isinstance(node, ast.Call) and getattr(node.func, "attr", "")
            if called == "fault" and len(node.args) == 2:
                name = names.get(getattr(node.args[0], "id", ""), node.args[0])
                name = name.args[0] if isinstance(name, ast.Call) else name  # const("…")
                yield name, node.args[1], path.name


def _value(node):
    """The text of a string constant, "" for anything else."""
    value = node.value if isinstance(node, ast.Constant) else ""
    return value if isinstance(value, str) else ""


def reasons(firmware=FIRMWARE):
    """All reasons that policy.py can give; … for a number, and for words of somebody else's."""
    found = set()
    for node in ast.parse((firmware / "policy.py").read_text()).body:
        if getattr(node, "name", "") in ("decide", "obstacle", "explained", "_limited"):
            skipped = {id(node.body[0].value)}
            for part in ast.walk(node):
                if isinstance(part, ast.Compare):  # what is asked, not what is said
                    skipped.update(id(n) for n in ast.walk(part))
            for part in ast.walk(node):
                words = part.value if isinstance(part, ast.Constant) else None
                if isinstance(words, str) and id(part) not in skipped:
                    found.add(re.sub(r"%[-+.\d]*[a-z]", "…", words).strip())
    return found - {"", ":"}


def safe_mode_words():
    """Fragments of what leads to safe mode: from boot.py and the checks of the pins."""
    boot = ast.parse((ROOT / "boot.py").read_text())
    pins = ast.parse((FIRMWARE / "board_pins.py").read_text())
    for tree in (boot, pins):
        raised = {id(m) for n in ast.walk(tree) if isinstance(n, ast.Raise) for m in ast.walk(n)}
        docs = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
        for node in ast.walk(tree):
            words = node.value if isinstance(node, ast.Constant) else None
            if isinstance(words, str) and id(node) not in docs:
                said = words.count(" ") >= 2 or id(node) in raised
                if said and len(fragment(words)) > 3:
                    yield fragment(words)


def _words(tree):
    """String constants that may reach a person: not docstrings, not what is raised or sent."""
    skipped = set()
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            skipped.add(id(body[0].value))
        if isinstance(node, ast.Raise):
            skipped.update(id(n) for n in ast.walk(node))
    for node in ast.walk(tree):
        words = node.value if isinstance(node, ast.Constant) else None
        if isinstance(words, str) and words.count(" ") >= 2 and id(node) not in skipped:
            yield words
