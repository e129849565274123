"""The manual's wiring pictures: boxes with terminals, and cables between them."""

from html import escape
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "docs" / "manual"
FONT = "font-family='DejaVu Sans, Arial, sans-serif'"
RED, BLUE, GREEN, BROWN, GREY = "#b3261e", "#1e5fb3", "#2e7d32", "#8d5a1b", "#666"


class Picture:
    """Boxes, cables and words; pixels, y downwards."""

    def __init__(self, wide, high, title):
        self.wide, self.high, self.title = wide, high, title
        self.out = []

    def box(self, x, y, wide, high, title, words=(), fill="#f6f6f2"):
        """A box with a title and lines of words under it."""
        self.out.append(
            f"<rect x='{x}' y='{y}' width='{wide}' height='{high}' rx='8' fill='{fill}' "
            "stroke='#333' stroke-width='1.6'/>"
        )
        self.text(x + wide / 2, y + 24, title, 16, bold=True)
        for i, line in enumerate(words):
            self.text(x + wide / 2, y + 44 + 17 * i, line, 12)

    def terminal(self, x, y, words, side):
        """A screw with its name beside it; side: where the name stands."""
        self.out.append(
            f"<circle cx='{x}' cy='{y}' r='6' fill='white' stroke='#333' stroke-width='1.5'/>"
        )
        self.out.append(f"<path d='M{x - 4} {y + 4}L{x + 4} {y - 4}' stroke='#333'/>")
        dx, anchor = {"left": (-12, "end"), "right": (12, "start")}[side]
        self.text(x + dx, y + 4, words, 12, anchor)

    def cable(self, points, colour, words="", at=None, dashed=False):
        """A wire along points; words at a place of their own."""
        path = "L".join(f"{x} {y}" for x, y in points)
        dash = " stroke-dasharray='7 4'" if dashed else ""
        self.out.append(
            f"<path d='M{path}' fill='none' stroke='{colour}' stroke-width='2.4'{dash}/>"
        )
        if words:
            self.text(*at, words, 12, "middle", colour)

    def barrier(self, x1, y1, x2, y2, words=""):
        """A line that nothing but insulation crosses."""
        self.out.append(
            f"<path d='M{x1} {y1}L{x2} {y2}' stroke='{RED}' stroke-width='2' "
            "stroke-dasharray='2 5'/>"
        )
        if words:
            self.text((x1 + x2) / 2, min(y1, y2) - 6, words, 11, colour=RED)

    def text(self, x, y, words, size=12, anchor="middle", colour="#222", bold=False):
        """One line of words."""
        weight = " font-weight='bold'" if bold else ""
        self.out.append(
            f"<text x='{x:g}' y='{y:g}' font-size='{size}' text-anchor='{anchor}'{weight} "
            f"fill='{colour}' {FONT}>{escape(words)}</text>"
        )

    def svg(self):
        """The finished picture."""
        return (
            f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {self.wide} {self.high}' "
            f"width='{self.wide}' height='{self.high}'>\n<title>{escape(self.title)}</title>\n"
            f"<rect width='{self.wide}' height='{self.high}' fill='white'/>\n"
            + "\n".join(self.out)
            + "\n</svg>\n"
        )


def wiring():
    """All connections of an installation."""
    p = Picture(1000, 560, "All connections")
    p.box(
        30, 60, 210, 190, "Hybrid inverter", ("lethal energy inside,", "also with the mains off")
    )
    p.box(380, 60, 260, 330, "Battery CT", fill="#eef4fb")
    p.box(770, 60, 200, 190, "Zappi", ("mains beside", "these terminals"))
    for y, name in ((150, "A"), (185, "B"), (220, "shield, earth")):
        p.terminal(228, y, name, "left")
    for y, name in ((150, "J4.1  A"), (185, "J4.2  B"), (220, "J4.3")):
        p.terminal(392, y, name, "right")
    p.cable([(234, 150), (386, 150)], BLUE, "twisted pair, shielded", (311, 140))
    p.cable([(234, 185), (386, 185)], BLUE)
    p.cable([(234, 220), (386, 220)], GREY, "shield", (311, 238), dashed=True)
    for y, mine, his in ((150, "J1.1", "CT + (red)"), (185, "J1.2", "CT - (black)")):
        p.terminal(628, y, mine, "left")
        p.terminal(782, y, his, "right")
        p.cable([(634, y), (776, y)], GREEN)
    p.text(705, 140, "one twisted pair", 12, colour=GREEN)
    p.text(705, 210, "no harvi, no CT", 12, colour=GREEN)
    p.text(870, 232, "type: AC Battery", 12, bold=True)
    p.barrier(462, 110, 462, 262, "insulation")
    p.barrier(462, 262, 380, 262)
    p.text(510, 240, "ESP32, output stage", 12, "start")
    p.barrier(380, 290, 536, 290)
    p.barrier(536, 290, 536, 390)
    p.barrier(588, 390, 588, 290)
    p.barrier(588, 290, 640, 290)
    p.text(458, 312, "mains", 12, colour=RED)
    p.text(614, 312, "battery", 11, colour=RED)
    for x, name in ((420, "J2  L"), (480, "J2  N"), (562, "J3  5 V"), (614, "J5")):
        p.terminal(x, 360, "", "right")
        p.text(x, 345, name, 12)
    p.box(300, 450, 230, 84, "Consumer unit", ("6 A breaker on the", "Zappi's own phase"))
    p.cable([(420, 366), (420, 450)], BROWN, "L", (406, 420))
    p.cable([(480, 366), (480, 450)], BLUE, "N", (494, 420))
    p.box(560, 450, 170, 84, "USB plug pack", ("5 V, 1 A, or:",))
    p.cable([(562, 366), (562, 410), (600, 410), (600, 450)], GREY)
    p.box(770, 450, 200, 84, "48 V battery", ("fused at the battery,", "for island operation"))
    p.cable([(614, 366), (614, 395), (870, 395), (870, 450)], RED, "36 … 60 V DC", (745, 388))
    p.text(500, 34, "Switch off, lock, test before a cover comes off", 16, colour=RED, bold=True)
    return p.svg()


def sharing():
    """A line that already has a master."""
    p = Picture(1000, 330, "A line with a logger on it")
    p.box(40, 70, 190, 120, "Inverter", ("slave",))
    p.box(400, 70, 190, 120, "Logger", ("master: asks",))
    p.box(760, 70, 200, 120, "Battery CT", ("listens, or a port", "of its own"), "#eef4fb")
    for y, name in ((240, "A"), (270, "B")):
        p.cable([(100, y), (900, y)], BLUE)
        p.text(86, y + 4, name, 13)
    for x in (120, 480, 840):
        p.cable([(x, 190), (x, 240)], BLUE)
        p.cable([(x + 30, 190), (x + 30, 270)], BLUE)
        for y, shift in ((240, 0), (270, 30)):
            p.out.append(f"<circle cx='{x + shift}' cy='{y}' r='4' fill='{BLUE}'/>")
    p.text(100, 302, "120 Ω at this end", 12, "start")
    p.text(900, 302, "120 Ω at this end: JP2", 12, "end")
    p.text(500, 302, "short stubs, no star", 12)
    p.text(500, 34, "One line, one master", 16, bold=True)
    return p.svg()


PICTURES = {"wiring.svg": wiring, "sharing.svg": sharing}


def main():
    """Write the pictures into the manual."""
    for name, draw in PICTURES.items():
        (FOLDER / name).write_text(draw())


if __name__ == "__main__":
    main()
