"""`make hardware-docs`: parts list, drawings and KiCad schematic, written from the netlist."""

from pathlib import Path

from tools.hardware import bom, draw, layout, netlist, pins, schematic, wiring

DOCS = Path(__file__).parents[2] / "docs"
DRAWINGS = DOCS / "schematic"
PAGES = ("hardware.md", "which-board.md")  # that have the pins
MARK = ("<!-- pins: written by make hardware-docs -->", "<!-- end of pins -->")


def main():
    """Check the netlist, write what is made of it."""
    found = netlist.complaints()
    if found:
        raise SystemExit("\n".join(found))
    bom.FILE.parent.mkdir(exist_ok=True)
    bom.FILE.write_text(bom.text())
    DRAWINGS.mkdir(exist_ok=True)
    for name, sheet in layout.SHEETS.items():
        (DRAWINGS / f"{name}.svg").write_text(draw.Drawing(sheet).svg())
    wiring.main()
    schematic.main()
    for page in PAGES:
        write_pins(DOCS / page)
    print(
        bom.FILE,
        schematic.SCHEMATIC,
        f"{DRAWINGS}/*.svg",
        *(DOCS / page for page in PAGES),
        sep="\n",
    )


def write_pins(document):
    """Put the table of pins between its marks."""
    before, rest = document.read_text().split(MARK[0])
    after = rest.split(MARK[1])[1]
    document.write_text(f"{before}{MARK[0]}\n\n{pins.rows()}\n\n{MARK[1]}{after}")


if __name__ == "__main__":
    main()
