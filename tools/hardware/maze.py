"""Finds the way of a wire on a grid: the cheapest, with a price on bends."""

import heapq

STEPS = ((1, 0), (0, 1), (-1, 0), (0, -1))


def route(starts, goals, price, bend=4):
    """Points of the cheapest way from any of `starts` to any of `goals`, or None.

    price(point, direction): cost of entering a point that way, None where that can't be.
    """
    goals = set(goals)
    best = {(start, None): 0 for start in starts}
    came = {}
    heap = [(0, i, start, None) for i, start in enumerate(starts)]
    heapq.heapify(heap)
    count = len(heap)
    while heap:
        cost, _, point, came_by = heapq.heappop(heap)
        if point in goals:
            return _back(came, (point, came_by))
        if cost > best.get((point, came_by), cost):
            continue
        for direction, (dx, dy) in enumerate(STEPS):
            if came_by is not None and (direction - came_by) % 4 == 2:
                continue
            after = (point[0] + dx, point[1] + dy)
            step = price(after, direction)
            if step is None:
                continue
            total = cost + step + (bend if came_by not in (None, direction) else 0)
            if total < best.get((after, direction), float("inf")):
                best[(after, direction)] = total
                came[(after, direction)] = (point, came_by)
                count += 1
                heapq.heappush(heap, (total, count, after, direction))
    return None


def corners(points):
    """The points where a way begins, bends or ends."""
    kept = points[:1]
    for before, here, after in zip(points, points[1:], points[2:], strict=False):
        if (here[0] - before[0], here[1] - before[1]) != (after[0] - here[0], after[1] - here[1]):
            kept.append(here)
    return kept + points[-1:] if len(points) > 1 else kept


def _back(came, state):
    points = [state[0]]
    while state in came:
        state = came[state]
        points.append(state[0])
    return points[::-1]
