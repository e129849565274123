"""Numbers as people type them: 22,7 and 22.7, 2 000 W and −1500; 2.000 is asked back.

Clock domain: *second*.
"""

_MINUS = "\u2212\u2013"  # minus sign and dash, as phones write them
_BLANKS = " \u00a0\u2009\u202f'"  # between thousands


def parse(typed, low, high, unit=""):
    """The number meant, within low..high; ValueError with words where none or two can be meant."""
    if isinstance(typed, bool) or not isinstance(typed, (int, float, str)):
        raise ValueError(_wanted(low, high, unit))
    if not isinstance(typed, str):
        found = [typed]
    else:
        found = [float(text) for text in _readings(_bare(typed, unit))]
    fitting = [value for value in found if low <= value <= high]
    if len(fitting) == 2:
        many, few = fitting
        raise ValueError(
            "is %s %g or %g? Write %g or %.1f" % (str(typed).strip(), many, few, many, few)
        )
    if not fitting:
        shown = "nothing" if typed == "" else str(typed)[:20]
        raise ValueError("%s; %s is not" % (_wanted(low, high, unit), shown))
    value = fitting[0]
    return int(value) if value == int(value) else value


def _wanted(low, high, unit):
    return "give %g to %g%s" % (low, high, unit and " " + unit)


def _bare(text, unit):
    """Without blanks, unit and the many signs for minus."""
    for sign in _MINUS:
        text = text.replace(sign, "-")
    for blank in _BLANKS:
        text = text.replace(blank, "")
    if unit and text.lower().endswith(unit.lower()):
        text = text[: -len(unit)]
    return text


def _readings(text):
    """What digits with points and commas may mean, as texts for float(): none, one or two."""
    sign = ""
    if text[:1] in ("-", "+"):
        sign, text = text[:1], text[1:]
    marks = [mark for mark in text if mark in ".,"]
    if not all(c.isdigit() or c in ".," for c in text) or not any(c.isdigit() for c in text):
        return []
    if not marks:
        return [sign + text]
    whole, last = text.rsplit(marks[-1], 1)
    point = sign + (whole.replace(".", "").replace(",", "") or "0") + "." + (last or "0")
    thousands = sign + text.replace(".", "").replace(",", "")
    groups = text.replace(",", ".").split(".")
    grouped = 0 < len(groups[0]) < 4 and all(len(group) == 3 for group in groups[1:])
    if len(marks) == 1:
        return [thousands, point] if grouped and groups[0].strip("0") else [point]
    if len(set(marks)) == 1:
        return [thousands] if grouped else []
    return [point] if len(set(marks[:-1])) == 1 and marks[-1] != marks[0] else []
