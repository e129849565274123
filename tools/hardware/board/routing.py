"""Tracks on two layers: a maze on a quarter-millimetre grid, one net after the other.

Each cell of a layer knows which net's copper keeps the centre of an ordinary track away from it. A
net moves through cells that are free or its own, and only inside the areas of its own side, so the
insulation between the sides is kept by construction. Ground is left to the filled zones: each of
its surface pads gets a via. The result is data; kicad.py makes tracks of it.
"""

import heapq
import math

import numpy as np
from scipy import ndimage

from tools.hardware import netlist
from tools.hardware.board import placing

STEP = 0.25
TRACK, CLEAR, VIA = 0.25, 0.2, 0.6  # mm: width, clearance, diameter of a via
WIDTHS = {"mains": 1.0, "battery": 0.8}
POWER = {"V5": 0.5, "VM5": 0.5, "V33": 0.5, "VISO": 0.5, "VMAINS": 0.5, "VBATT": 0.5, "VUSB": 0.5}
SPARED = {"mains": 2.6}  # clearance between nets of this side
FILLED = ("GND", "GNDI")
COLUMNS, ROWS = int(placing.WIDE / STEP) + 1, int(placing.HIGH / STEP) + 1
BOTTOM_PRICE, VIA_PRICE, BEND = 1.3, 14, 1
MOVES = ((0, 1), (1, 0), (0, -1), (-1, 0))
TWO_NETS = -2


class NoWay(Exception):
    """A net found no way; its name is the argument."""


class Board:
    """The grid with what is on it."""

    def __init__(self, places):
        self.pads = placing.pads(places)
        self.ids = {n: i + 1 for i, n in enumerate(netlist.nets())}
        self.owner = np.zeros((2, ROWS, COLUMNS), np.int16)
        self.hole = np.zeros((ROWS, COLUMNS), bool)  # no via here
        self.tracks, self.vias = [], []
        self.areas = {side: self._area(side) for side in placing.AREAS}
        for _, _, net, x, y, wide, high, drill in self.pads:
            spare = SPARED.get(netlist.side(net), CLEAR) if net else CLEAR
            self._mark(net, x, y, wide / 2, high / 2, (0, 1) if drill else (0,), spare)

    def _area(self, side):
        mask = np.zeros((ROWS, COLUMNS), bool)
        edge = WIDTHS.get(side, TRACK) / 2
        for left, top, right, bottom in placing.AREAS[side]:
            mask[
                math.ceil((top + edge) / STEP) : int((bottom - edge) / STEP) + 1,
                math.ceil((left + edge) / STEP) : int((right - edge) / STEP) + 1,
            ] = True
        return mask

    def _mark(self, net, x, y, half_wide, half_high, layers, spare):
        """Keep other nets' tracks away from a rectangle."""
        reach = spare + TRACK / 2 - 1e-6
        left = max(0, math.ceil((x - half_wide - reach) / STEP))
        right = min(COLUMNS - 1, int((x + half_wide + reach) / STEP))
        top = max(0, math.ceil((y - half_high - reach) / STEP))
        bottom = min(ROWS - 1, int((y + half_high + reach) / STEP))
        mine = self.ids.get(net, TWO_NETS)
        for layer in layers:
            part = self.owner[layer, top : bottom + 1, left : right + 1]
            part[:] = np.where((part == 0) | (part == mine), mine, TWO_NETS)

    def connect(self, net):
        """Join all pads of a net; NoWay leaves the grid as it was."""
        ends = [pad for pad in self.pads if pad[2] == net]
        side = netlist.side(net)
        width = WIDTHS.get(side, POWER.get(net, TRACK))
        free = self._free(net, side, width)
        via_free = ndimage.minimum_filter(free[0] & free[1], 3) & ~self.hole
        todo = [_cells(pad) for pad in ends]
        tree = set(todo.pop(0))
        ways = []
        while todo:
            todo.sort(key=lambda cells: _apart(cells, tree))
            start = todo.pop(0)
            way = _way(start, tree, free, via_free)
            if way is None:
                raise NoWay(net)
            ways.append(way)
            tree.update(way)
            tree.update(start)
        for way in ways:
            self._lay(net, way, width, SPARED.get(side, CLEAR))

    def ground(self, pad):
        """A via for a surface pad of a filled net, and a short track to it."""
        net = pad[2]
        free = self._free(net, netlist.side(net), TRACK)
        via_free = ndimage.minimum_filter(free[0] & free[1], 3) & ~self.hole
        start = _cells(pad)
        column, row = start[0][2], start[0][1]
        near = via_free.copy()
        rows, columns = np.ogrid[:ROWS, :COLUMNS]
        near &= (abs(rows - row) < 16) & (abs(columns - column) < 16)
        goals = {(1, int(r), int(c)) for r, c in np.argwhere(near)}
        way = _way(start, goals, free, via_free) if goals else None
        if way is None:
            raise NoWay(f"{net} at {pad[0]} pin {pad[1]}")
        self._lay(net, way, TRACK, CLEAR)

    def _free(self, net, side, width):
        mine = self.ids[net]
        blocked = (self.owner != 0) & (self.owner != mine)
        reach = math.ceil((width - TRACK) / 2 / STEP - 1e-6)
        if reach:
            blocked = ndimage.maximum_filter(blocked, (0, 2 * reach + 1, 2 * reach + 1))
        return ~blocked & self.areas[side]

    def _lay(self, net, way, width, spare):
        for layer in (0, 1):
            for run in _straight(way, layer):
                (_, r1, c1), (_, r2, c2) = run
                x1, y1, x2, y2 = c1 * STEP, r1 * STEP, c2 * STEP, r2 * STEP
                self.tracks.append((net, layer, x1, y1, x2, y2, width))
                self._mark(net, (x1 + x2) / 2, (y1 + y2) / 2, abs(x2 - x1) / 2 + width / 2,
                           abs(y2 - y1) / 2 + width / 2, (layer,), spare)  # fmt: skip
        for before, here in zip(way, way[1:], strict=False):
            if before[0] != here[0]:
                x, y = here[2] * STEP, here[1] * STEP
                self.vias.append((net, x, y))
                self._mark(net, x, y, VIA / 2, VIA / 2, (0, 1), spare)
                self.hole[max(0, here[1] - 3) : here[1] + 4, max(0, here[2] - 3) : here[2] + 4] = (
                    True
                )


def _cells(pad):
    """Grid cells inside a pad, the middle first, on the layers it has."""
    _, _, _, x, y, wide, high, drill = pad
    middle = (round(y / STEP), round(x / STEP))
    found = [middle]
    for row in range(math.ceil((y - high / 2) / STEP), int((y + high / 2) / STEP) + 1):
        for column in range(math.ceil((x - wide / 2) / STEP), int((x + wide / 2) / STEP) + 1):
            off = math.hypot(row * STEP - y, column * STEP - x)
            if (row, column) != middle and (not drill or off < min(wide, high) / 2 - 0.05):
                found.append((row, column))
    return [(layer, *cell) for layer in ((0, 1) if drill else (0,)) for cell in found]


def _apart(cells, tree):
    _, row, column = cells[0]
    return min(abs(row - r) + abs(column - c) for _, r, c in tree)


def _way(starts, goals, free, via_free):
    """Cells from a start to a goal, or None; A* with a price on the bottom, vias and bends."""
    low_r, high_r = min(g[1] for g in goals), max(g[1] for g in goals)
    low_c, high_c = min(g[2] for g in goals), max(g[2] for g in goals)

    def left(row, column):
        return max(low_r - row, 0, row - high_r) + max(low_c - column, 0, column - high_c)

    best = {start: 0.0 for start in starts}
    came, heap, done = {}, [], set()
    for start in starts:
        heapq.heappush(heap, (left(start[1], start[2]), start, -1))
    while heap:
        _, here, direction = heapq.heappop(heap)
        if here in goals:
            return _back(came, here)
        if here in done:
            continue
        done.add(here)
        layer, row, column = here
        cost = best[here]
        for i, (dr, dc) in enumerate(MOVES):
            r, c = row + dr, column + dc
            if 0 <= r < ROWS and 0 <= c < COLUMNS and free[layer, r, c]:
                price = cost + (BOTTOM_PRICE if layer else 1) + (BEND if i != direction else 0)
                after = (layer, r, c)
                if price < best.get(after, math.inf):
                    best[after] = price
                    came[after] = here
                    heapq.heappush(heap, (price + left(r, c), after, i))
        if via_free[row, column]:
            after = (1 - layer, row, column)
            if cost + VIA_PRICE < best.get(after, math.inf):
                best[after] = cost + VIA_PRICE
                came[after] = here
                heapq.heappush(heap, (cost + VIA_PRICE + left(row, column), after, -1))
    return None


def _back(came, here):
    way = [here]
    while here in came:
        here = came[here]
        way.append(here)
    return way[::-1]


def _straight(way, layer):
    """Straight runs of the way on one layer, as (first cell, last cell)."""
    start = None
    for before, here in zip(way, [*way[1:], None], strict=True):
        if here is None or here[0] != before[0] or before[0] != layer:
            if start is not None:
                yield start, before
            start = None
            continue
        step = (here[1] - before[1], here[2] - before[2])
        if start is None:
            start, going = before, step
        elif step != going:
            yield start, before
            start, going = before, step


def routed(places, tries=14):
    """A Board with everything connected; NoWay when that many orders of the nets all fail."""
    nets = netlist.nets()
    order = sorted((n for n in nets if n not in FILLED and len(nets[n]) > 1),
                   key=lambda n: (netlist.side(n) == "logic", len(nets[n])))  # fmt: skip
    failed = []
    for _ in range(tries):
        board = Board(places)
        failed = []
        for pad in board.pads:
            if pad[2] in FILLED and not pad[7]:
                try:
                    board.ground(pad)
                except NoWay as why:
                    failed.append(str(why))
        for net in order:
            try:
                board.connect(net)
            except NoWay:
                failed.append(net)
        if not failed:
            return board
        stuck = [n for n in failed if n in order]
        order = stuck + [n for n in order if n not in stuck]
    raise NoWay(", ".join(failed))
