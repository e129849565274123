"""What a key of a scenario file may hold: checks that turn a TOML value into plain data.

Each maker returns check(value, folder) -> immutable value; a check raises Refused, whose `where`
is the rest of the dotted path below the key. `folder` is where relative file names start.
"""

import difflib
import math
from dataclasses import field, fields

import numpy as np

from tools.plant.profile import Profile


class Refused(Exception):
    """A value that can't be: `where` inside the key's value ("" = all of it), and the reason."""

    def __init__(self, reason, where=""):
        super().__init__(reason)
        self.reason = reason
        self.where = where

    def under(self, key):
        """The same refusal seen from one level up."""
        separator = "" if not self.where or self.where.startswith("[") else "."
        return Refused(self.reason, f"{key}{separator}{self.where}")


def key(default, check):
    """A dataclass field whose default is given as the file would give it."""
    return field(default_factory=lambda: check(default, None), metadata={"check": check})


def build(cls, table, folder):
    """The dataclass `cls` from a TOML table; every field has a `check`."""
    if not isinstance(table, dict):
        raise Refused(f"needs a table, not {show(table)}")
    known = {one.name: one.metadata["check"] for one in fields(cls)}
    values = {}
    for name, value in table.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"
            raise Refused(f"unknown key; {hint}", name)
        try:
            values[name] = known[name](value, folder)
        except Refused as why:
            raise why.under(name) from None
    return cls(**values)


def table(cls):
    """A table with the keys of a dataclass."""
    return lambda value, folder: build(cls, value, folder)


def number(low=-math.inf, high=math.inf, unit=""):
    """A finite number low..high."""

    def check(value, folder):
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Refused(f"needs a number, not {show(value)}")
        if not math.isfinite(value) or not low <= value <= high:
            raise Refused(f"{value:g} is outside {low:g} to {high:g} {unit}".rstrip())
        return float(value)

    return check


def whole(low, high):
    """A whole number low..high."""

    def check(value, folder):
        if isinstance(value, bool) or not isinstance(value, int):
            raise Refused(f"needs a whole number, not {show(value)}")
        if not low <= value <= high:
            raise Refused(f"{value} is outside {low} to {high}")
        return value

    return check


def boolean(value, folder):
    """true or false."""
    if not isinstance(value, bool):
        raise Refused(f"needs true or false, not {show(value)}")
    return value


def words(value, folder):
    """One line of text."""
    if not isinstance(value, str):
        raise Refused(f"needs text, not {show(value)}")
    if not value.strip() or "\n" in value:
        raise Refused("needs one line of text")
    return value


def one_of(*choices):
    """One of some words."""

    def check(value, folder):
        if value not in choices:
            raise Refused(f"{show(value)} is none of {', '.join(choices)}")
        return value

    return check


def rows(shape, *columns):
    """A list of rows like `shape`, one check per column; a tuple of tuples."""

    def check(value, folder):
        if not isinstance(value, list):
            raise Refused(f"needs a list of {shape}, not {show(value)}")
        return tuple(row(shape, *columns)(one, folder, at) for at, one in enumerate(value))

    return check


def row(shape, *columns):
    """A list like `shape`, one check per element; a tuple."""

    def check(value, folder, at=None):
        where = "" if at is None else f"[{at}]"
        if not isinstance(value, list) or len(value) != len(columns):
            raise Refused(f"needs {shape}, not {show(value)}", where)
        try:
            return tuple(one(v, folder) for one, v in zip(columns, value, strict=True))
        except Refused as why:
            raise Refused(f"in {shape}: {why.reason}", where) from None

    return check


def optional(check):
    """Whatever `check` allows, or left out (None)."""
    return lambda value, folder: None if value is None else check(value, folder)


def profile(low, high, unit=""):
    """A number, or [[t_s, value], …] in rising time; a Profile."""
    single = number(low, high, unit)
    several = rows("[t_s, value]", number(0.0, unit="s"), single)

    def check(value, folder):
        if not isinstance(value, list):
            return Profile(single(value, folder))
        points = several(value, folder)
        if not points:
            raise Refused("has no points")
        try:
            return Profile(points)
        except ValueError as why:
            raise Refused(str(why)) from None

    return check


def intervals(value, folder):
    """[[from_s, to_s], …], in order and apart."""
    found = rows("[from_s, to_s]", number(0.0, unit="s"), number(0.0, unit="s"))(value, folder)
    end = 0.0
    for at, (begin, until) in enumerate(found):
        if until <= begin:
            raise Refused(f"ends at {until:g} s, not after its begin at {begin:g} s", f"[{at}]")
        if begin < end:
            raise Refused(f"begins at {begin:g} s, before the one ahead ends", f"[{at}]")
        end = until
    return found


def recording(value, folder):
    """A .npz file with `v` (volts, one channel) and `fs` (Hz); the path, seen from `folder`."""
    path = folder / words(value, folder)
    try:
        with np.load(path, allow_pickle=False) as inside:
            missing = [name for name in ("v", "fs") if name not in inside]
            if missing:
                raise Refused(f"{value} has no {' and no '.join(missing)} inside")
            volts, hz = np.asarray(inside["v"], float), np.asarray(inside["fs"], float)
    except FileNotFoundError:
        raise Refused(f"there is no file {value}") from None
    except (OSError, ValueError, TypeError, AttributeError):
        raise Refused(f"{value} is not an .npz file of arrays") from None
    if hz.size != 1 or not 400.0 <= hz.item() <= 1e6:
        raise Refused(f"{value}: fs must be one number from 400 to 1e6 Hz")
    if volts.ndim != 1 or len(volts) < 0.2 * hz.item() or not np.all(np.isfinite(volts)):
        raise Refused(f"{value}: v must be one row of finite volts, at least 0.2 s long")
    if not np.any(volts):
        raise Refused(f"{value}: v is zero everywhere")
    return path


def show(value):
    """A value as a person would see it in the file, shortened."""
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
