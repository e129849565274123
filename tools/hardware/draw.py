"""Draws a sheet as SVG: symbols where layout.py puts them, wires found from the netlist.

Wires, pins and values carry classes and data-… in the SVG, so that a test can read the drawing
back: which pins are connected follows from the lines alone.
"""

from html import escape

from tools.hardware import maze, netlist, symbols

SIZE = symbols.SIZE
CROSSING, NEAR_TEXT, BESIDE = 6, 25, 2
FONT = "font-family='DejaVu Sans, Arial, sans-serif'"


class Drawing:
    """One sheet while it is being drawn; all coordinates in steps of the grid."""

    def __init__(self, sheet):
        self.sheet = sheet
        self.out = []
        self.pins = {}  # (reference, pin) -> point
        self.outward = {}  # point of a pin -> direction away from its symbol
        self.solid = set()  # no wire here
        self.words = set()  # rather no wire here
        self.wires = {}  # point -> {net: directions of its wire there}
        self.ends = set()  # points where a wire must not be crossed
        self.extent = [0, 0, 0, 0]

    def svg(self):
        """The finished drawing."""
        for place, where in self.sheet.places.items():
            self._symbol(place, *where)
        nets = self.nets()
        for net in nets:
            for tag in self.sheet.tags.get(net, ()):
                self._tag(net, tag)
        flagged = [n for n in nets if n in netlist.POWER or n.startswith("NC")]
        for net in flagged:
            for point in nets[net]:
                self._flag(net, point)
        self._reserve(nets, flagged)
        by_length = sorted(
            (n for n in nets if n not in flagged), key=lambda n: self._span(nets, n)
        )
        for net in by_length:
            self._wire(net, nets[net])
        left, top, right, bottom = (v * SIZE for v in self.extent)
        left, top, right, bottom = left - 30, top - 56, right + 30, bottom + 30
        title = (
            f"<text class='title' x='{left + 12}' y='{top + 26}' font-size='17' "
            f"font-weight='bold' {FONT}>{escape(self.sheet.title)}</text>"
        )
        return (
            f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='{left:g} {top:g} "
            f"{right - left:g} {bottom - top:g}' width='{right - left:g}' "
            f"height='{bottom - top:g}' fill='none' stroke='#222' stroke-width='1.6'>\n"
            f"<rect x='{left:g}' y='{top:g}' width='{right - left:g}' height='{bottom - top:g}' "
            f"fill='white' stroke='none'/>\n"
            f"<g fill='#222' stroke='none'>{title}</g>\n" + "\n".join(self.out) + "\n</svg>\n"
        )

    def nets(self):
        """{net: points of its pins} of what is drawn here."""
        found = {}
        for part in netlist.PARTS:
            if part.block in self.sheet.blocks:
                for pin, net in part.pins.items():
                    found.setdefault(net, []).append(self.pins[(part.ref, pin)])
        return found

    def _span(self, nets, net):
        points = nets[net] + self.sheet.tags.get(net, [])
        return sum(max(p[i] for p in points) - min(p[i] for p in points) for i in (0, 1))

    def _symbol(self, place, x, y, turn):
        ref, _, unit = place.partition(".")
        part = netlist.BY_REF[ref]
        shape = symbols.shape(part, unit)
        quarter = int(str(turn).replace("m", "") or 0)
        mirror = " scale(-1 1)" if "m" in str(turn) else ""
        lines = "".join(f"<path d='{d}'/>" for d in shape.paths)
        self.out.append(
            f"<g transform='translate({x * SIZE} {y * SIZE}) rotate({quarter}){mirror} "
            f"scale({SIZE})' stroke-width='{1.6 / SIZE:.3f}'>{lines}</g>"
        )
        for pin, at in shape.pins.items():
            dx, dy = symbols.turned(at, turn)
            point = (x + dx, y + dy)
            self.pins[(ref, pin)] = point
            self.outward[point] = _outward(dx, dy, shape.box, turn)
            self.out.append(
                f"<circle class='pin' data-pin='{ref}.{pin}' cx='{point[0] * SIZE}' "
                f"cy='{point[1] * SIZE}' r='0.1'/>"
            )
            self._grow(point)
        self._block(x, y, shape.box, turn)
        for dx, dy, anchor, words in shape.texts:
            px, py = symbols.turned((dx, dy), turn)
            flip = {"start": "end", "end": "start"}.get(anchor, anchor)
            self._text(x + px, y + (dy if mirror else py), flip if mirror else anchor, words, 10)
        self._caption(part, unit, x, y, quarter, shape)

    def _block(self, x, y, box, turn):
        corners = [symbols.turned(p, turn) for p in (box[:2], box[2:])]
        for i in range(min(c[0] for c in corners), max(c[0] for c in corners) + 1):
            for j in range(min(c[1] for c in corners), max(c[1] for c in corners) + 1):
                self.solid.add((x + i, y + j))
                self._grow((x + i, y + j))

    def _caption(self, part, unit, x, y, quarter, shape):
        high, low = shape.box[1], shape.box[3]
        name = f"{part.ref}{unit}"
        if quarter in (90, 270) and part.kind != "TRANSFORMER":
            lines = ((1.9, -0.2, "start"), (1.9, 1.1, "start"))
            room = [(x + i, y + j) for i in range(2, 7) for j in (-1, 0, 1)]
        elif part.kind in ("BAT54S", "JUMPER3"):
            lines = ((0, high - 1.6, "middle"), (0, high - 0.4, "middle"))
            room = [(x + i, y + j) for i in range(-3, 4) for j in (high - 2, high - 1)]
        elif low - high <= 3:
            lines = ((0, high - 0.4, "middle"), (0, low + 1.2, "middle"))
            room = [(x + i, y + j) for i in range(-2, 3) for j in (high - 1, low + 1)]
        elif part.kind in ("DUALOP", "XOR"):
            lines = ((1.4, -3.4, "start"), (1.4, -2.2, "start"))
            room = [(x + i, y + j) for i in range(1, 7) for j in (-4, -3, -2)]
        elif part.kind in ("PNP", "NJF"):
            lines = ((2.6, -0.4, "start"), (2.6, 1.0, "start"))
            room = [(x + i, y + j) for i in range(2, 9) for j in (-1, 0, 1)]
        elif part.kind == "TRANSFORMER":
            lines = ((0, high - 1.7, "middle"), (0, high - 0.5, "middle"))
            room = [(x + i, y + j) for i in range(-6, 7) for j in (high - 2, high - 1)]
        else:
            lines = ((0, high - 0.9, "middle"), (0, high + 0.4, "middle"))
            room = [(x + i, y + j) for i in range(-4, 5) for j in (high - 2, high - 1, high)]
        self.words.update(room)
        for point in room:
            self._grow(point)
        self._text(
            x + lines[0][0], y + lines[0][1], lines[0][2], name, 12, "bold", "ref", part.ref
        )
        self._text(x + lines[1][0], y + lines[1][1], lines[1][2], part.shown, 11, "", "value",
                   part.ref)  # fmt: skip

    def _text(self, x, y, anchor, words, size, weight="", kind="", ref=""):
        mark = f" class='{kind}' data-ref='{ref}'" if kind else ""
        bold = f" font-weight='{weight}'" if weight else ""
        self.out.append(
            f"<text{mark} x='{x * SIZE:.1f}' y='{y * SIZE:.1f}' text-anchor='{anchor}' "
            f"font-size='{size}'{bold} fill='#222' stroke='none' {FONT}>{escape(words)}</text>"
        )

    def _tag(self, net, point):
        x, y = point
        out = -1 if self.sheet.tags_look(point) == "left" else 1
        self.ends.add(point)
        self.outward[point] = (-out, 0)
        wide = 0.75 * len(net) + 1.2
        a, b = (x * SIZE, (x + out * wide) * SIZE)
        d, top, low = 0.5 * SIZE * out, (y - 0.8) * SIZE, (y + 0.8) * SIZE
        self.out.append(
            f"<path class='tag' data-net='{net}' data-at='{x} {y}' stroke='#1e5fb3' "
            f"d='M{a:g} {y * SIZE:g}L{a + d:g} {top:g}H{b:g}V{low:g}H{a + d:g}Z'/>"
        )
        self._text(x + out * (wide / 2 + 0.2), y + 0.35, "middle", net, 11, "bold")
        for i in range(1, int(wide) + 2):
            self.solid.add((x + out * i, y))
            self._grow((x + out * i, y))

    def _flag(self, net, point):
        """A supply, a ground or an open pin: a word or a sign at the pin instead of a wire."""
        x, y = point
        dx, dy = self.outward[point]
        end = (x + dx, y + dy)
        self.solid.update((point, end))
        self._grow((x + 3 * dx, y + 2 * dy))
        if net.startswith("NC"):
            at = f"M{(x - 0.4) * SIZE} {(y - 0.4) * SIZE}l{0.8 * SIZE} {0.8 * SIZE}"
            back = f"M{(x - 0.4) * SIZE} {(y + 0.4) * SIZE}l{0.8 * SIZE} {-0.8 * SIZE}"
            self.out.append(f"<path class='open' data-at='{x} {y}' d='{at}{back}'/>")
            return
        sign = f"M{x * SIZE} {y * SIZE}L{end[0] * SIZE} {end[1] * SIZE}"
        if net in ("GND", "GNDI") and dy == 1:
            sign += "".join(f"m{-a * SIZE} {0 if i == 0 else 4}h{2 * a * SIZE}m{-a * SIZE} 0"
                            for i, a in enumerate((0.9, 0.55, 0.25)))  # fmt: skip
        elif dy:
            sign += f"m{-0.9 * SIZE} 0h{1.8 * SIZE}"
        self.out.append(
            f"<path class='flag' data-net='{net}' data-at='{x} {y}' stroke='#a33' d='{sign}'/>"
        )
        if dy and not (net == "GND" and dy == 1):
            self._text(end[0], end[1] + (1.3 if dy > 0 else -0.5) + (0.7 if net == "GNDI" else 0),
                       "middle", net, 10)  # fmt: skip
            self.words.update((end[0] + i, end[1] + dy) for i in (-1, 0, 1))
        elif dx:
            self._text(end[0] + 0.3 * dx, end[1] + 0.35, "start" if dx > 0 else "end", net, 10)
            self.solid.update((end[0] + i * dx, end[1]) for i in range(1, 4))

    def _reserve(self, nets, flagged):
        """Every pin keeps the step before it free for its own wire."""
        self.owner = {}
        for net, points in nets.items():
            for point in points + self.sheet.tags.get(net, []):
                self.owner[point] = net
                if net not in flagged:
                    dx, dy = self.outward[point]
                    self.owner[(point[0] + dx, point[1] + dy)] = net

    def _wire(self, net, points):
        tags = list(self.sheet.tags.get(net, []))
        todo = list(dict.fromkeys(points))
        tree = set(tags) or {todo.pop(0)}
        joints = []
        while todo:
            todo.sort(key=lambda p: min(abs(p[0] - q[0]) + abs(p[1] - q[1]) for q in tree))
            start = todo.pop(0)
            if start in tree:
                continue
            way = maze.route([start], tree, self._price(net), bend=5)
            if way is None:
                raise ValueError(f"no way for {net} at {start} in {self.sheet.title}")
            if way[-1] in self.wires or way[-1] not in points + tags:
                joints.append(way[-1])
            self._lay(net, way)
            tree.update(way)
        for x, y in joints:
            self.ends.add((x, y))
            self.out.append(
                f"<circle cx='{x * SIZE}' cy='{y * SIZE}' r='3' fill='#222' stroke='none'/>"
            )

    def _lay(self, net, way):
        for before, here in zip(way, way[1:], strict=False):
            flat = before[1] == here[1]
            for point in (before, here):
                self.wires.setdefault(point, {}).setdefault(net, set()).add(flat)
                self._grow(point)
        corners = maze.corners(way)
        self.ends.update(corners)
        path = "L".join(f"{x * SIZE} {y * SIZE}" for x, y in corners)
        self.out.append(f"<path class='wire' d='M{path}'/>")

    def _price(self, net):
        def price(point, direction):
            if self.owner.get(point, net) != net:
                return None
            if point in self.solid and self.owner.get(point) != net:
                return None
            flat = direction in (0, 2)
            back = maze.STEPS[direction]
            left = (point[0] - back[0], point[1] - back[1])
            for spot in (left, point):
                for other, along in self.wires.get(spot, {}).items():
                    if other != net and (flat in along or spot in self.ends):
                        return None
            cost = 1
            if point in self.words:
                cost += NEAR_TEXT
            if any(other != net for other in self.wires.get(point, ())):
                cost += CROSSING
            beside = ((point[0] + i, point[1] + j) for i in (-1, 0, 1) for j in (-1, 0, 1))
            if any(p in self.solid for p in beside):
                cost += BESIDE
            return cost

        return price

    def _grow(self, point):
        x, y = point
        e = self.extent
        self.extent = [min(e[0], x), min(e[1], y), max(e[2], x), max(e[3], y)]


def _outward(dx, dy, box, turn):
    """The direction in which a pin looks away from its symbol."""
    corners = [symbols.turned(p, turn) for p in (box[:2], box[2:])]
    if dx >= max(c[0] for c in corners):
        return (1, 0)
    if dx <= min(c[0] for c in corners):
        return (-1, 0)
    return (0, 1) if dy > 0 else (0, -1)
