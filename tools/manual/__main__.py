"""Writes docs/manual/troubleshooting.md; refuses while source or advice lack words."""

import sys

from tools.manual import page
from tools.micropython import ROOT

if __name__ == "__main__":
    rows = page.advice()
    wrong = [*page.unexplained(rows), *page.unsaid(rows)]
    if wrong:
        sys.exit("\n".join(wrong))
    page.PAGE.write_text(page.page(rows))
    print(page.PAGE.relative_to(ROOT))
