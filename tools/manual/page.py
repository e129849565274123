"""docs/manual/troubleshooting.md: every reason and fault that the source can show, with advice.

The words are collected from the source (said.py), what they mean and what to do is in
troubles.toml, what stands around the tables is in troubleshooting.md beside it. What LED and
button do is asked of the firmware's code (signs.py).
"""

import re
from pathlib import Path

from tools.manual import said, signs
from tools.micropython import ROOT

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10
    import tomli as tomllib

PAGE = ROOT / "docs" / "manual" / "troubleshooting.md"
TEMPLATE = Path(__file__).with_name("troubleshooting.md")
ADVICE = Path(__file__).with_name("troubles.toml")
NAME = ADVICE.relative_to(ROOT).as_posix()
# Each table's columns: the key in troubles.toml and the title.
COLUMNS = {
    "reason": {"says": "words", "means": "means", "output": "the output", "do": "do"},
    "fault": {"about": "about", "says": "words", "output": "the output", "do": "do"},
    "line": {"says": "words", "means": "means", "do": "do"},
    "safe_mode": {"says": "words of safe mode", "means": "means", "do": "do"},
}


def advice():
    """{table: [row, …]} as troubles.toml has them."""
    return tomllib.loads(ADVICE.read_text())


def page(rows):
    """The whole page."""
    tables = {
        name: _table(columns.values(), [[row[key] for key in columns] for row in rows[name]])
        for name, columns in COLUMNS.items()
    }
    tables["led"] = _table(("LED", "means", "do"), signs.led_rows())
    held = ("button, held from just after the reset", "LED", "what happens")
    tables["button"] = _table(held, signs.button_rows())
    return re.sub(r"\{(\w+)\}\n", lambda mark: tables[mark[1]], TEMPLATE.read_text())


def _table(titles, rows):
    lines = [titles, ["-" * 3] * len(titles), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines).replace(" --- ", "---")


def spans(row):
    """What a row quotes of the device."""
    return re.findall(r"`([^`]+)`", row["says"])


def unexplained(rows, firmware=said.FIRMWARE):
    """What the source says and no row explains, in words that name it."""
    all_rows = [row for table in rows.values() for row in table]
    everywhere = [_plain(row["says"] + row.get("means", "")) for row in all_rows]
    first = [span for row in all_rows for span in spans(row)[:1]]
    faults = [name for row in rows["fault"] for name in re.findall(r"`([^`]+)`", row["about"])]
    safe = [_plain(row["says"]) for row in rows["safe_mode"]]
    wanted = [
        *(
            (w, "policy.py", any(one.startswith(w) for one in first))
            for w in said.reasons(firmware)
        ),
        *((w, file, w in faults) for w, file in said.fault_names(firmware).items()),
        *((w, file, _in(w, everywhere)) for w, file in said.fault_words(firmware).items()),
        *((w, file, _in(w, everywhere)) for w, file in said.phrases(firmware).items()),
        *((w, "the start", _in(w, safe)) for w in said.safe_mode_words()),
    ]
    missing = {(words, where) for words, where, is_there in wanted if not is_there}
    return [f"{where} says “{words}”: no row in {NAME}" for words, where in sorted(missing)]


def unsaid(rows):
    """What a row quotes and nothing in the source says."""
    texts = said.everything_said()
    for table in rows.values():
        for row in table:
            for span in spans(row):
                pieces = [p.strip(" ,:;()") for p in span.replace("pins.json", "…").split("…")]
                if not all(piece in texts for piece in pieces):
                    yield f"nothing says “{span}” any more: its row in {NAME} can go"


def _in(words, texts):
    return any(_plain(words) in text for text in texts)


def _plain(text):
    return re.sub(r"\s+", " ", text)
