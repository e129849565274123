"""How Sphinx makes HTML of these pages: `make docs`."""

import re
from pathlib import Path

project = "Battery CT"
extensions = ["myst_parser"]
myst_heading_anchors = 4
html_theme = "furo"
html_title = "Battery CT"
html_show_copyright = False
html_show_sphinx = False
html_copy_source = False
exclude_patterns = []
nitpicky = True

HERE = Path(__file__).parent
# What the navigation lists; any other page is found by search until it has its place there.
LISTED = set(re.findall(r"^([\w/-]+)$", (HERE / "index.md").read_text(), re.MULTILINE))
LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((\.\./[^)#\s]+)(?:#[^)]*)?\)")


def name_what_is_elsewhere(app, docname, source):
    """A link to a file of the repository that is no page becomes the file's name."""
    folder = (HERE / docname).parent

    def named(match):
        path = (folder / match[2]).resolve()
        if path.is_relative_to(HERE) or not path.exists():
            return match[0]  # a page, or missing: Sphinx says so
        return f"{match[1]} (`{path.relative_to(HERE.parent)}`)"

    source[0] = LINK.sub(named, source[0])
    if docname not in LISTED | {"index"}:
        source[0] = f"---\norphan: true\n---\n{source[0]}"


def setup(app):
    """Sphinx asks for this."""
    app.connect("source-read", name_what_is_elsewhere)
