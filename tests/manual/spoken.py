"""What a person may type: commands and settings, read from the source."""

import ast

from tools.micropython import ROOT

FIRMWARE = ROOT / "firmware"


def console_commands():
    """First words that the console takes: each is a file."""
    found = {path.stem for path in (FIRMWARE / "views" / "commands").glob("*.py")}
    assert {"status", "hold"} <= found
    return found | {"help"}


def setting_names():
    """All settings, in order."""
    (path,) = FIRMWARE.rglob("settings_table.py")
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "TABLE":
            return [row.elts[0].value for row in node.value.elts]
    raise AssertionError("settings_table.py has no TABLE")
