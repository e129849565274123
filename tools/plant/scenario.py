"""Scenario files: what the simulated world does to the device in one run (docs/scenario.md).

`load(path)` gives an immutable Scenario in which every key has a value; whatever can't be is
refused by a ScenarioError that names file, line, key and reason. Times are seconds since power-on.
A key that may vary in time is a Profile. The defaults below are those of an empty file: 30 s of a
quiet 230 V / 50 Hz grid and an idle battery.
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from firmware.device import settings as device
from firmware.device import settings_change, settings_table
from firmware.inverter import profiles
from tools.plant import analog, checks
from tools.plant.board import Board
from tools.plant.checks import key
from tools.plant.hazards import Hazards
from tools.plant.profile import Profile
from tools.plant.sensing import VARIANTS
from tools.profiles import make_profiles

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

GENERATIONS = ("magnitude", "signed", "dead_flags")
_DEVICE_TYPES = {
    name: (float, int) if isinstance(default, float) else (type(default),)
    for name, default, *_ in settings_table.TABLE
}
_KINDS = {"float": "a number", "int": "a whole number", "bool": "true or false", "str": "text"}
_PROBABILITY = checks.number(0.0, 1.0)


class ScenarioError(Exception):
    """A scenario that can't be run: "file:line: key: reason"."""


def _harmonics(value, folder):
    """Orders 2..250 (half the word rate at 50 Hz), each once."""
    columns = (checks.whole(2, 250), checks.number(0.0, 100.0, "%"), checks.number(-360.0, 360.0))
    found = checks.rows("[order, percent, degrees]", *columns)(value, folder)
    orders = [order for order, _, _ in found]
    for at, order in enumerate(orders):
        if order in orders[:at]:
            raise checks.Refused(f"order {order} is there twice", f"[{at}]")
    return found


def _phase_steps(value, folder):
    columns = (checks.number(0.0), checks.number(-180.0, 180.0, "degrees"))
    found = checks.rows("[t_s, degrees]", *columns)(value, folder)
    for at in range(1, len(found)):
        if found[at][0] <= found[at - 1][0]:
            raise checks.Refused("not after the one ahead of it", f"[{at}]")
    return found


def _stage(value, folder):
    """A name, or a table of parts as an immutable mapping."""
    if not isinstance(value, str | dict):
        raise checks.Refused(f"needs a name or a table, not {checks.show(value)}")
    try:
        analog.components(value)
    except ValueError as why:
        raise checks.Refused(str(why)) from None
    return value if isinstance(value, str) else MappingProxyType(dict(value))


def _delay(value, folder):
    column = checks.number(0.0, 60e3, "ms")
    low, high = checks.row("[from_ms, to_ms]", column, column)(value, folder)
    if low > high:
        raise checks.Refused(f"from {low:g} ms is more than to {high:g} ms")
    return low, high


def _profile_name(value, folder):
    """An inverter that the fake one can play."""
    if checks.words(value, folder) not in make_profiles.ids():
        raise checks.Refused(f"no inverter {value} in {make_profiles.FACTS.name}")
    return value


METER = "meter"  # an energy meter among the others, as the fake inverter plays it


def _profile_or_meter(value, folder):
    return value if value == METER else _profile_name(value, folder)


def _lines(value, folder):
    """What is typed to the fake inverter, in order; the words are judged by who plays them."""
    found = checks.rows("[t_s, words]", checks.number(0.0, unit="s"), checks.words)(value, folder)
    for at, (t_s, _) in enumerate(found):
        if at and t_s < found[at - 1][0]:
            raise checks.Refused("before the one ahead of it", f"[{at}]")
    return found


def _others(value, folder):
    """Further inverters on the line, each with an address of its own."""
    columns = (_profile_or_meter, checks.whole(1, 255), checks.number(-100e3, 100e3, "W"))
    return checks.rows("[profile, unit, battery_w]", *columns)(value, folder)


def _settings(value, folder):
    """Overrides by name, checked by the device's own table."""
    if not isinstance(value, dict):
        raise checks.Refused(f"needs a table, not {checks.show(value)}")
    for name, entry in value.items():
        if name not in _DEVICE_TYPES:
            raise checks.Refused("there is no such setting", name)
        if type(entry) not in _DEVICE_TYPES[name]:
            kind = _DEVICE_TYPES[name][0].__name__
            raise checks.Refused(f"needs {_KINDS[kind]}, not {checks.show(entry)}", name)
    try:
        values = settings_change.defaults().but(**value)
        profiles.load(values.profile)
    except device.SettingError as why:
        raise checks.Refused(why.words, why.name) from None
    except (profiles.ProfileError, OSError) as why:
        raise checks.Refused(str(why), "profile") from None
    return MappingProxyType({name: getattr(values, name) for name in value})


@dataclass(frozen=True)
class Mains:
    """The grid. `volts` None: a recording as it was recorded."""

    volts: Profile | None = key(230.0, checks.optional(checks.profile(0.0, 1000.0, "V")))
    hz: Profile = key(50.0, checks.profile(10.0, 100.0, "Hz"))
    harmonics: tuple = key([], _harmonics)
    dropouts: tuple = key([], checks.intervals)
    recording: Path | None = key(None, checks.optional(checks.recording))
    am: tuple = key([1.0, 0.0], checks.row("[hz, percent]", checks.number(0.0, 50.0, "Hz"),
                                           checks.number(0.0, 100.0, "%")))  # fmt: skip
    pm: tuple = key([1.0, 0.0], checks.row("[hz, radians]", checks.number(0.0, 50.0, "Hz"),
                                           checks.number(0.0, 3.2, "rad")))  # fmt: skip
    phase_steps: tuple = key([], _phase_steps)
    tones: tuple = key([], checks.rows("[hz, percent]", checks.number(0.0, 12_500.0, "Hz"),
                                       checks.number(0.0, 100.0, "%")))  # fmt: skip
    notches: tuple = key([], checks.rows("[degrees, ms, percent]", checks.number(0.0, 360.0),
                                         checks.number(0.0, 5.0, "ms"),
                                         checks.number(0.0, 100.0, "%")))  # fmt: skip


@dataclass(frozen=True)
class Errors:
    """What goes wrong with an answer, probability each."""

    corrupt: float = key(0.0, _PROBABILITY)
    lost: float = key(0.0, _PROBABILITY)
    late: float = key(0.0, _PROBABILITY)


@dataclass(frozen=True)
class Inverter:
    """The inverter on the RS485 line; battery_w + = discharging."""

    profile: str = key("sungrow_sh_k", _profile_name)
    battery_w: Profile = key(0.0, checks.profile(-100e3, 100e3, "W"))
    soc_pct: Profile = key(55.0, checks.profile(0.0, 100.0, "%"))
    delay_ms: tuple = key([5.0, 40.0], _delay)
    silent: tuple = key([], checks.intervals)
    errors: Errors = key({}, checks.table(Errors))
    generation: str = key("magnitude", checks.one_of(*GENERATIONS))
    lines: tuple = key([], _lines)
    others: tuple = key([], _others)
    master: tuple = key([], checks.rows("[every_s, address, words]", checks.number(0.1, 3600, "s"),
                                        checks.whole(0, 65535), checks.whole(1, 110)))  # fmt: skip


@dataclass(frozen=True)
class Analog:
    """The stage behind the pin; `stage` as analog.Stage.named takes it.

    sensing: the way from the mains to the converter, one of sensing.VARIANTS;
    readback: the sense resistor is wired to the board, and used unless [settings] says otherwise;
    open: no current flows in the loop; sense_gain: what the sense channel makes of the current.
    """

    stage: object = key("reference", _stage)
    sensing: str = key("direct", checks.one_of(*VARIANTS))
    readback: bool = key(False, checks.boolean)
    open: tuple = key([], checks.intervals)
    sense_gain: Profile = key(1.0, checks.profile(0.0, 100.0))


@dataclass(frozen=True)
class Line:
    """A line typed at the console."""

    at_s: float = key(0.0, checks.number(0.0, unit="s"))
    line: str = key("status", checks.words)


def _console(value, folder):
    """[[console]] tables, each with at_s and line; in order of time."""
    if not isinstance(value, list):
        raise checks.Refused("write [[console]] tables, each with at_s and line")
    found = []
    for at, one in enumerate(value):
        try:
            found.append(checks.build(Line, one, folder))
            if missing := {"at_s", "line"} - set(one):
                raise checks.Refused("is missing", sorted(missing)[0])
        except checks.Refused as why:
            raise why.under(f"[{at}]") from None
    return tuple(sorted(found, key=lambda one: one.at_s))


@dataclass(frozen=True)
class Scenario:
    """One run of the simulated world, complete and immutable.

    settings: only what the file overrides, in the device's own types.
    """

    duration_s: float = key(30.0, checks.number(0.1, 7 * 86400.0, "s"))
    seed: int = key(1, checks.whole(0, 2**63 - 1))
    mains: Mains = key({}, checks.table(Mains))
    inverter: Inverter = key({}, checks.table(Inverter))
    board: Board = key({}, checks.table(Board))
    analog: Analog = key({}, checks.table(Analog))
    settings: MappingProxyType = key({}, _settings)
    console: tuple = key([], _console)
    hazards: Hazards = key({}, checks.table(Hazards))


def load(path):
    """The Scenario in the TOML file at `path`; ScenarioError if there is none to run."""
    path = Path(path)
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as why:
        raise ScenarioError(f"{path}: {why.strerror.lower()}") from None
    except UnicodeDecodeError:
        raise ScenarioError(f"{path}: is not UTF-8 text") from None
    return parse(text, str(path), path.parent)


def parse(text, name="scenario", folder="."):
    """The Scenario that TOML `text` describes; `name` is for messages, `folder` for recordings."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as why:
        line = re.search(r"at line (\d+)", str(why))
        place = f":{line[1]}" if line else ""
        raise ScenarioError(f"{name}{place}: not TOML: {why}") from None
    return from_dict(document, name, folder, text)


def from_dict(document, name="scenario", folder=".", text=""):
    """The Scenario of a parsed document; `text` lets refusals name the line."""
    try:
        found = checks.build(Scenario, _prepared(document), Path(folder))
    except checks.Refused as why:
        line = _line_of(why.where, text)
        place = f"{name}:{line}" if line else name
        raise ScenarioError(f"{place}: {why.where}: {why.reason}") from None
    return found


def _prepared(document):
    """With a recording, `volts` left out means: as recorded."""
    mains = document.get("mains")
    if not isinstance(mains, dict) or "recording" not in mains:
        return document
    for name in ("harmonics", "am", "pm", "phase_steps"):
        if name in mains:
            raise checks.Refused("a recording takes its place; give one of them", f"mains.{name}")
    return {**document, "mains": {"volts": None, **mains}}


def _line_of(where, text):
    """Number of the line that sets that dotted path, or its table; None if unknown."""
    wanted = [part for part in re.split(r"\.|(?=\[)", where) if part]
    best, found = 0, None
    table = []
    counts = {}
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*(\[\[?)\s*([\w.\s\"'-]+?)\s*\]\]?\s*(#.*)?$", line)
        assignment = re.match(r"\s*([\w.\"'-]+)\s*=", line)
        if header:
            table = [part.strip(" \"'") for part in header[2].split(".")]
            if header[1] == "[[":
                at = counts[header[2]] = counts.get(header[2], -1) + 1
                table.append(f"[{at}]")
            path = table
        elif assignment:
            path = table + [part.strip("\"'") for part in assignment[1].split(".")]
        else:
            continue
        if len(path) > best and path == wanted[: len(path)]:
            best, found = len(path), number
    return found
