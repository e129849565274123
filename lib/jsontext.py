"""JSON for people and browsers out of values with single-precision floats.

The built-in writer shows a float's noise digits (0.3000001) and writes words that are not JSON for
NaN. This one keeps six significant digits, which a single-precision float always has, and says
null where there is no number. Clock domain: *second*.
"""

import json


def dumps(value):
    """`value` (dict, list, tuple, words, numbers, booleans, None) as compact JSON text."""
    parts = []
    _write(value, parts)
    return "".join(parts)


def number(value):
    """A number as text: whole numbers exactly, others with six significant digits."""
    if value != value or value in (float("inf"), float("-inf")):
        return "null"
    if isinstance(value, int):
        return str(value)
    text = "%.6g" % value
    return "0" if text == "-0" else text


def _write(value, parts):
    if value is None:
        parts.append("null")
    elif value is True:
        parts.append("true")
    elif value is False:
        parts.append("false")
    elif isinstance(value, (int, float)):
        parts.append(number(value))
    elif isinstance(value, str):
        parts.append(json.dumps(value))
    elif isinstance(value, dict):
        mark = "{"
        for key in value:
            parts.append(mark)
            parts.append(json.dumps(str(key)))
            parts.append(":")
            _write(value[key], parts)
            mark = ","
        parts.append("{}" if mark == "{" else "}")
    else:
        mark = "["
        for item in value:
            parts.append(mark)
            _write(item, parts)
            mark = ","
        parts.append("[]" if mark == "[" else "]")
