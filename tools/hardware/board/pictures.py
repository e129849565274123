"""The board seen from above, at an angle, and as a plan for whoever solders it, as SVG, from the
same data that KiCad gets."""

from html import escape

SCALE = 6
COPPER = ("#b5482f", "#2f6fb5")
TONES = {"R": "#3b3b46", "C": "#c9b48a", "D": "#33333a", "U": "#2b2b31", "Q": "#2b2b31",
         "J": "#3f7d4e", "T": "#4b5b8c", "F": "#7a7a80", "RV": "#30589b",
         "JP": "#c0a030"}  # fmt: skip
FONT = "font-family='DejaVu Sans, Arial, sans-serif'"


def write(data, folder):
    """All pictures into a folder."""
    (folder / "board.svg").write_text(flat(data))
    (folder / "board-3d.svg").write_text(angled(data))
    (folder / "board-plan.svg").write_text(plan(data))


def flat(data):
    """Copper of both layers, bodies and references, from above."""
    wide, high = data["wide"] * SCALE, data["high"] * SCALE
    out = [f"<rect width='{wide:g}' height='{high:g}' rx='8' fill='#f4f1e6' stroke='#333'/>"]
    for net, corners in data["zones"]:
        points = " ".join(f"{x * SCALE:g},{y * SCALE:g}" for x, y in corners)
        out.append(f"<polygon points='{points}' fill='#2f6fb5' opacity='0.08'/>")
        out.append(f"<!-- filled on both layers: {net} -->")
    for layer in (1, 0):
        for _, where, x1, y1, x2, y2, width in data["tracks"]:
            if where == layer:
                out.append(
                    f"<path d='M{x1 * SCALE:g} {y1 * SCALE:g}L{x2 * SCALE:g} {y2 * SCALE:g}' "
                    f"stroke='{COPPER[layer]}' stroke-width='{width * SCALE:g}' opacity='0.75' "
                    "stroke-linecap='round'/>"
                )
    for _, x, y in data["vias"]:
        out.append(f"<circle cx='{x * SCALE:g}' cy='{y * SCALE:g}' r='1.8' fill='#555'/>")
    for part in data["parts"]:
        left, top, right, bottom = (v * SCALE for v in part["body"])
        out.append(
            f"<rect x='{left:g}' y='{top:g}' width='{right - left:g}' height='{bottom - top:g}' "
            "fill='none' stroke='#555' stroke-width='0.8'/>"
        )
        for pad in part["pads"]:
            out.append(
                f"<rect x='{(pad['x'] - pad['wide'] / 2) * SCALE:g}' "
                f"y='{(pad['y'] - pad['high'] / 2) * SCALE:g}' width='{pad['wide'] * SCALE:g}' "
                f"height='{pad['high'] * SCALE:g}' fill='#c9962b' "
                f"rx='{4 if pad['drill'] else 0}'/>"
            )
        x, y = part["label"]
        out.append(
            f"<text x='{x * SCALE:g}' y='{y * SCALE + 3:g}' font-size='7' text-anchor='middle' "
            f"{FONT}>{escape(part['ref'])}</text>"
        )
    return _svg(wide, high, out, 0, 0)


def plan(data):
    """What goes where: reference and value, a dot at pin 1, terminals, barriers."""
    wide, high = data["wide"] * SCALE, data["high"] * SCALE
    out = [f"<rect width='{wide:g}' height='{high:g}' rx='8' fill='white' stroke='#333'/>"]
    for x1, y1, x2, y2 in data["silk"]["lines"]:
        out.append(f"<path d='M{x1 * SCALE:g} {y1 * SCALE:g}L{x2 * SCALE:g} {y2 * SCALE:g}' "
                   "stroke='#c33' stroke-width='2' stroke-dasharray='8 5'/>")  # fmt: skip
    for part in data["parts"]:
        left, top, right, bottom = (v * SCALE for v in part["body"])
        out.append(f"<rect x='{left:g}' y='{top:g}' width='{right - left:g}' "
                   f"height='{bottom - top:g}' fill='#eef2f7' stroke='#456'/>")  # fmt: skip
        for pad in part["pads"]:
            x, y = (pad["x"] - pad["wide"] / 2) * SCALE, (pad["y"] - pad["high"] / 2) * SCALE
            out.append(f"<rect x='{x:g}' y='{y:g}' width='{pad['wide'] * SCALE:g}' "
                       f"height='{pad['high'] * SCALE:g}' fill='#d8c48a' "
                       f"rx='{5 if pad['drill'] else 0}'/>")  # fmt: skip
    for x, y in data["silk"]["dots"]:
        out.append(f"<circle cx='{x * SCALE:g}' cy='{y * SCALE:g}' r='2.4' fill='#c33'/>")
    for text, x, y, size in data["silk"]["words"]:
        out.append(_word(text, x, y * SCALE + 3, 6 * size, "#c33"))
    for part in data["parts"]:
        x, y = part["label"]
        out.append(_word(part["ref"], x, y * SCALE + 3, 8, "#111", "bold"))
        middle = sum(part["body"][1::2]) / 2 * SCALE
        out.append(_word(part["value"], sum(part["body"][::2]) / 2, middle + 2.2, 6, "#124"))
    return _svg(wide, high, out, 0, 0)


def _word(text, x, y, size, colour, weight="normal"):
    return (f"<text x='{x * SCALE:g}' y='{y:g}' font-size='{size:g}' text-anchor='middle' "
            f"font-weight='{weight}' fill='{colour}' {FONT}>{escape(text)}</text>")  # fmt: skip


def angled(data):
    """Boxes on a plate, looked at from the front and above."""

    def at(x, y, z=0.0):
        return ((x * 0.94 + y * 0.34) * 5, (y * 0.62 - x * 0.13 - z * 0.8) * 5)

    plate = [(0, 0), (data["wide"], 0), (data["wide"], data["high"]), (0, data["high"])]
    out = [_face([at(x, y, -1.6) for x, y in plate], "#0b4d2c"),
           _face([at(x, y) for x, y in plate], "#17693f")]  # fmt: skip
    for part in data["parts"]:
        for pad in part["pads"]:
            w, h = pad["wide"] / 2, pad["high"] / 2
            ring = [(-w, -h), (w, -h), (w, h), (-w, h)]
            out.append(_face([at(pad["x"] + a, pad["y"] + b) for a, b in ring], "#d7b25a"))
    for part in sorted(data["parts"], key=lambda p: (p["body"][3], -p["body"][0])):
        out.extend(_solid(part, at))
    xs, ys = zip(*(at(x, y, z) for x, y in plate for z in (-2, 24)), strict=True)
    left, top = min(xs) - 10, min(ys) - 10
    return _svg(max(xs) - left + 10, max(ys) - top + 10, out, left, top)


def _solid(part, at):
    left, top, right, bottom = part["body"]
    tall = part["tall"]
    letters = part["ref"].rstrip("0123456789")
    tone = TONES.get(letters, "#444")
    yield _face([at(left, bottom), at(right, bottom), at(right, bottom, tall),
                 at(left, bottom, tall)], tone, 0.8)  # fmt: skip
    yield _face([at(left, top), at(left, bottom), at(left, bottom, tall),
                 at(left, top, tall)], tone, 0.65)  # fmt: skip
    yield _face([at(left, top, tall), at(right, top, tall), at(right, bottom, tall),
                 at(left, bottom, tall)], tone)  # fmt: skip
    if right - left > 6:
        x, y = at((left + right) / 2, (top + bottom) / 2, tall)
        yield (
            f"<text x='{x:.1f}' y='{y + 4:.1f}' font-size='12' text-anchor='middle' fill='white' "
            f"{FONT}>{escape(part['ref'])}</text>"
        )


def _face(points, colour, light=1.0):
    red, green, blue = (int(int(colour[i : i + 2], 16) * light) for i in (1, 3, 5))
    shape = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return (
        f"<polygon points='{shape}' fill='rgb({red},{green},{blue})' stroke='#111' "
        "stroke-width='0.4'/>"
    )


def _svg(wide, high, out, left, top):
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='{left:g} {top:g} {wide:g} {high:g}' "
        f"width='{wide:g}' height='{high:g}'>\n" + "\n".join(out) + "\n</svg>\n"
    )
