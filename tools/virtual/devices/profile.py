"""Values that vary in time, as the host writes them into the config."""


def value_at(profile, now_us):
    """Value of a [[t_us, value], …] profile, linear in between, the last of two at a step."""
    before = profile[0]
    for point in profile:
        if point[0] > now_us:
            span = point[0] - before[0]
            if before[0] > now_us or span <= 0:
                return before[1]
            return before[1] + (point[1] - before[1]) * ((now_us - before[0]) / span)
        before = point
    return before[1]
