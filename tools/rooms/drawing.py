"""Draws rooms on their floors as SVG: boxes in rows, arrows down, through the gaps of a row."""

import itertools
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

BOX_W, BOX_H = 168, 58
GAP_W, GAP_H = 64, 62
MARGIN = 24
LANE = 11  # apart are two arrows that pass the same gap
SWEEPS = 6
INK, PALE = "#1c2733", "#5b6b7b"
FILLS = ("#fdf3dc", "#fbe6dd", "#e8f1fa", "#e6f3e6", "#f0eaf7", "#f0f0f0", "#e3f2f1")
LINES = ("#b98a1d", "#bb5b33", "#2f6fae", "#3c8a45", "#7a57a8", "#777777", "#2b8c86")

Floors = list[list[str]]


class Point(NamedTuple):
    """A place in the picture, pixels from the upper left."""

    x: float
    y: float


class Plan(NamedTuple):
    """Where each room is: its row and the middle of its box."""

    row: dict[str, int]
    x: dict[str, float]
    width: float


def place(floors: Floors, arrows: Sequence[tuple[str, str]]) -> Plan:
    """Rows as they are, rooms within a row in the order that keeps arrows short."""
    widest = max(map(len, floors))
    width = widest * BOX_W + (widest + 1) * GAP_W
    row = {room: k for k, floor in enumerate(floors) for room in floor}

    def middles(floor: Sequence[str]) -> dict[str, float]:
        return {room: width * (2 * k + 1) / (2 * len(floor)) for k, room in enumerate(floor)}

    x = {room: at for floor in floors for room, at in middles(floor).items()}

    def length(order: Sequence[str]) -> float:
        here = middles(order)
        at = {**x, **here}
        return sum(abs(at[a] - at[b]) for a, b in arrows if a in here or b in here)

    for _ in range(SWEEPS):
        for floor in floors:
            x.update(middles(min(itertools.permutations(sorted(floor)), key=length)))
    return Plan(row, x, width)


def way(
    arrow: tuple[str, str], plan: Plan, taken: set[tuple[int, int]]
) -> list[tuple[int, float]]:
    """(row, x) of the gaps that an arrow passes on its way down, each lane taken only once."""
    a, b = arrow
    here, last = plan.x[a], plan.row[b]
    passed = []
    for row in range(plan.row[a] + 1, last):
        straight = here + (plan.x[b] - here) / (last - row + 1)
        boxes = [plan.x[room] for room, at in plan.row.items() if at == row]
        free = [
            lane
            for lane in range(1, int(plan.width / LANE))
            if (row, lane) not in taken
            and all(abs(lane * LANE - x) > BOX_W / 2 + LANE for x in boxes)
        ]
        lane = min(free, key=lambda lane: (abs(lane * LANE - straight), lane))
        taken.add((row, lane))
        here = float(lane * LANE)
        passed.append((row, here))
    return passed


def top(row: int) -> float:
    """The upper edge of a row of boxes."""
    return MARGIN + row * (BOX_H + GAP_H)


def doors(ends: list[tuple[str, float, tuple[str, str]]], plan: Plan) -> dict:
    """The x at which each arrow meets its room: side by side, in the order they come from."""
    found = {}
    for room in {room for room, _, _ in ends}:
        mine = sorted((x, arrow) for at, x, arrow in ends if at == room)
        step = BOX_W * 0.8 / len(mine)
        for k, (_, arrow) in enumerate(mine):
            found[room, arrow] = plan.x[room] + (k - (len(mine) - 1) / 2) * step
    return found


def curve(points: Sequence[Point]) -> str:
    """Straight through the rows, swinging from lane to lane between them."""
    words = [f"M{points[0].x:.0f} {points[0].y:.0f}"]
    for k, (a, b) in enumerate(itertools.pairwise(points)):
        if k % 2:
            words.append(f"L{b.x:.0f} {b.y:.0f}")
        else:
            y = (a.y + b.y) / 2
            words.append(f"C{a.x:.0f} {y:.0f} {b.x:.0f} {y:.0f} {b.x:.0f} {b.y:.0f}")
    return " ".join(words)


def draw(floors: Floors, arrows: Sequence[tuple[str, str]], captions: dict[str, Sequence[str]]):
    """The whole picture; captions: for a room its title and what it is for."""
    arrows = sorted(arrows)
    plan = place(floors, arrows)
    taken: set[tuple[int, int]] = set()
    longest_last = sorted(arrows, key=lambda a: (plan.row[a[1]] - plan.row[a[0]], a))
    ways = {arrow: way(arrow, plan, taken) for arrow in longest_last}
    out_ends = [(a, ways[a, b][0][1] if ways[a, b] else plan.x[b], (a, b)) for a, b in arrows]
    in_ends = [(b, ways[a, b][-1][1] if ways[a, b] else plan.x[a], (a, b)) for a, b in arrows]
    out_doors, in_doors = doors(out_ends, plan), doors(in_ends, plan)
    rooms = [room for floor in floors for room in floor]
    colour = {room: k % len(LINES) for k, room in enumerate(rooms)}

    height = top(len(floors) - 1) + BOX_H + MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {plan.width:.0f} {height:.0f}"'
        ' font-family="sans-serif" font-size="14">',
        f'<rect width="{plan.width:.0f}" height="{height:.0f}" fill="#ffffff"/>',
        "<defs>",
        *(
            f'<marker id="tip{k}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7"'
            f' markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="{line}"/></marker>'
            for k, line in enumerate(LINES)
        ),
        "</defs>",
    ]
    for a, b in arrows:
        points = [Point(out_doors[a, (a, b)], top(plan.row[a]) + BOX_H)]
        for row, x in ways[a, b]:
            points += [Point(x, top(row)), Point(x, top(row) + BOX_H)]
        points.append(Point(in_doors[b, (a, b)], top(plan.row[b])))
        k = colour[a]
        parts.append(
            f'<path d="{curve(points)}" fill="none" stroke="{LINES[k]}" stroke-width="1.6"'
            f' marker-end="url(#tip{k})"><title>{a} → {b}</title></path>'
        )
    for room in rooms:
        parts.append(box(room, plan, captions.get(room, (room + "/", "")), colour[room]))
    return "\n".join([*parts, "</svg>"]) + "\n"


def box(room: str, plan: Plan, caption: Sequence[str], colour: int) -> str:
    """One room with its title and its purpose."""
    title, purpose = caption
    x, y = plan.x[room], top(plan.row[room])
    lift = 24 if purpose else 34
    words = (
        f'<rect x="{x - BOX_W / 2:.0f}" y="{y:.0f}" width="{BOX_W}" height="{BOX_H}" rx="6"'
        f' fill="{FILLS[colour]}" stroke="{INK}"/>'
        f'<text x="{x:.0f}" y="{y + lift:.0f}" text-anchor="middle" font-weight="bold"'
        f' fill="{INK}">{escape(title)}</text>'
    )
    if purpose:
        words += (
            f'<text x="{x:.0f}" y="{y + 43:.0f}" text-anchor="middle" font-size="11"'
            f' fill="{PALE}">{escape(purpose)}</text>'
        )
    return words
