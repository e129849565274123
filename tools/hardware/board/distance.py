"""How far apart the copper of the sides is, read from the finished KiCad file."""

import itertools
import re
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree

from tools.hardware import netlist

STEP = 0.2  # mm between the points that stand for a track or a zone's edge


def sides(text):
    """{side: points (n, 2)} of all copper's edges of a .kicad_pcb, layers seen as one.

    A point carries no width: pads, tracks and vias are given by points on their outlines.
    """
    names = dict(re.findall(r'\(net (\d+) "([^"]+)"\)', text))
    found = {}

    def add(net, points):
        if net in names:
            found.setdefault(netlist.side(names[net]), []).extend(points)

    number = r"(-?[\d.]+)"
    for match in re.finditer(
        rf"\(segment \(start {number} {number}\) \(end {number} {number}\) \(width {number}\)"
        r' \(layer "[^"]+"\) \(net (\d+)\)',
        text,
    ):
        x1, y1, x2, y2, width = map(float, match.groups()[:5])
        add(match[6], _along(x1, y1, x2, y2, width / 2))
    for match in re.finditer(
        rf"\(via \(at {number} {number}\) \(size {number}\).*?\(net (\d+)\)", text
    ):
        x, y, size = map(float, match.groups()[:3])
        add(match[4], _along(x, y, x, y, size / 2))
    for module in re.split(r"\n  \(footprint ", text)[1:]:
        place = re.search(rf"\(at {number} {number}", module)
        x0, y0 = float(place[1]), float(place[2])
        for match in re.finditer(
            rf'\(pad "[^"]*" \S+ (\S+) \(at {number} {number}\) \(size {number} {number}\)'
            r'[^\n]*\n? *\(net (\d+) "',
            module,
        ):
            x, y, wide, high = map(float, match.groups()[1:5])
            add(match[6], _outline(x0 + x, y0 + y, wide / 2, high / 2))
    for match in re.finditer(r"\n  \(zone \(net (\d+)\).*?(?=\n  \(|\Z)", text, re.DOTALL):
        for polygon in re.findall(r"\(filled_polygon.*?\(pts(.*?)\n      \)", match[0], re.DOTALL):
            corners = [
                tuple(map(float, p)) for p in re.findall(rf"\(xy {number} {number}\)", polygon)
            ]
            for (x1, y1), (x2, y2) in zip(corners, corners[1:] + corners[:1], strict=True):
                add(match[1], _along(x1, y1, x2, y2, 0))
    return {side: np.array(points) for side, points in found.items()}


def smallest(path):
    """{(side, side): mm} for every two sides of the board."""
    points = sides(Path(path).read_text())
    trees = {side: cKDTree(cloud) for side, cloud in points.items()}
    return {
        (one, two): float(trees[one].query(points[two])[0].min())
        for one, two in itertools.combinations(sorted(points), 2)
    }


def _along(x1, y1, x2, y2, half):
    count = int(max(abs(x2 - x1), abs(y2 - y1)) / STEP) + 2
    turns = np.linspace(0, 2 * np.pi, 12, endpoint=False) if half else [0.0]
    return [
        (x1 + (x2 - x1) * t + half * np.cos(a), y1 + (y2 - y1) * t + half * np.sin(a))
        for t in np.linspace(0, 1, count)
        for a in turns
    ]


def _outline(x, y, half_wide, half_high):
    xs, ys = (np.linspace(-h, h, int(2 * h / STEP) + 2) for h in (half_wide, half_high))
    return [
        (x + dx, y + dy) for dx in xs for dy in ys if abs(dx) == half_wide or abs(dy) == half_high
    ]
