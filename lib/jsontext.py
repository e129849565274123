"""JSON for people and browsers out of values with single-precision floats.

The built-in writer shows a float's noise digits (0.3000001) and writes words that are not JSON for
NaN. This one keeps six significant digits, which a single-precision float always has, and says
null where there is no number. Clock domain: *second*.
"""

import json


def dumps(value):
    """`value` (dict, list, tuple, words, numbers, booleans, None) as compact JSON text."""
    return "".join(_tokens(value))


def pieces(value, size=256):
    """The same text in pieces of about `size` characters: no large block of memory is needed."""
    held, length = [], 0
    for token in _tokens(value):
        held.append(token)
        length += len(token)
        if length >= size:
            yield "".join(held)
            held, length = [], 0
    if held:
        yield "".join(held)


def number(value):
    """A number as text: whole numbers exactly, others with six significant digits."""
    if value != value or value in (float("inf"), float("-inf")):
        return "null"
    if isinstance(value, int):
        return str(value)
    text = "%.6g" % value
    return "0" if text == "-0" else text


def _tokens(value):
    if isinstance(value, dict):
        mark = "{"
        for key in value:
            yield "%s%s:" % (mark, json.dumps(str(key)))
            yield from _tokens(value[key])
            mark = ","
        yield "{}" if mark == "{" else "}"
    elif isinstance(value, (list, tuple)):
        mark = "["
        for item in value:
            yield mark
            yield from _tokens(item)
            mark = ","
        yield "[]" if mark == "[" else "]"
    elif isinstance(value, bool):
        yield "true" if value else "false"
    elif isinstance(value, (int, float)):
        yield number(value)
    else:
        yield "null" if value is None else json.dumps(value)
