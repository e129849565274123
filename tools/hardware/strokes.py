"""Paths of the drawings' symbols as straight strokes, which KiCad understands."""

import re
from math import cos, pi, sin

_PATH = re.compile(r"([MmHhVvLlAaQqZz])|(-?[\d.]+)")
_COUNT = {"M": 2, "H": 1, "V": 1, "L": 2, "A": 7, "Q": 4, "Z": 0}


def lines_of(path):
    """A path of a symbol as polylines: [[(x, y), …], …]; arcs and curves in short pieces."""
    tokens = [a or float(b) for a, b in _PATH.findall(path)]
    made, at, i, order = [], (0.0, 0.0), 0, "M"
    while i < len(tokens):
        if isinstance(tokens[i], str):
            order, i = tokens[i], i + 1
        kind, relative = order.upper(), order.islower()
        numbers, i = tokens[i : i + _COUNT[kind]], i + _COUNT[kind]
        x0, y0 = at if relative else (0.0, 0.0)
        if kind == "Z":
            made[-1].append(made[-1][0])
            continue
        if kind == "H":
            points = [(x0 + numbers[0], at[1])]
        elif kind == "V":
            points = [(at[0], y0 + numbers[0])]
        elif kind == "A":
            points = _arc(at, (x0 + numbers[5], y0 + numbers[6]), numbers[4])
        elif kind == "Q":
            points = _curve(
                at, (x0 + numbers[0], y0 + numbers[1]), (x0 + numbers[2], y0 + numbers[3])
            )
        else:
            points = [(x0 + numbers[0], y0 + numbers[1])]
        at = points[-1]
        if kind == "M":
            made.append(points)
            order = "l" if relative else "L"
        else:
            made[-1] += points
    return made


def _arc(start, end, sweep):
    """Half a circle from start to end: the only arcs that the symbols have."""
    middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    dx, dy = start[0] - middle[0], start[1] - middle[1]
    way = 1 if sweep else -1
    angles = [way * pi * k / 8 for k in range(1, 9)]
    return [(middle[0] + dx * cos(a) - dy * sin(a), middle[1] + dx * sin(a) + dy * cos(a))
            for a in angles]  # fmt: skip


def _curve(start, bend, end):
    parts = [k / 8 for k in range(1, 9)]
    return [tuple((1 - t) ** 2 * start[i] + 2 * t * (1 - t) * bend[i] + t * t * end[i]
                  for i in (0, 1)) for t in parts]  # fmt: skip
