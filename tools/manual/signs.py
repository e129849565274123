"""What the LED and the button say, asked of the firmware's own code.

status_led.py, safe_mode.py and boot.py run here with a lamp, a button and a clock that only
count; what they then do becomes the two tables of the troubleshooting page.
"""

import asyncio
import itertools
import os
import sys
import tempfile
from contextlib import contextmanager
from types import SimpleNamespace

from tools.micropython import ROOT

STEP_MS = 250  # between the lengths for which the button is held
LONGEST_MS = 25_000
SETTINGS = "settings.json"
NOTHING = "nothing"
RADIO = "WiFi until the next start, also where `radio` is off; else nothing"


class _EnoughError(Exception):
    """A lamp that is shown for ever has been seen for long enough."""


def led_rows():
    """[(LED, means, do)]: the product, the start, safe mode, and where there is nothing."""
    holding = [(in_words(lamp), begin, what) for begin, _, lamp, what in button() if lamp]
    held = ", ".join(w if not b else f"{w} from {b // 1000} s on" for w, b, _ in holding)
    wishes = "; ".join(f"while it is {words}: {what}" for words, begin, what in holding if begin)
    after_crashes = "[after crashes](#after-crashes)"
    return [
        (in_words(product(watts=500)), "the output shows the inverter's or a held power", NOTHING),
        (
            in_words(product()),
            "zero, and all is well: the battery rests, or somebody muted it",
            NOTHING,
        ),
        (
            in_words(product(problem="no answer")),
            "zero because something is wrong",
            "read the words",
        ),
        (in_words(safe_mode()), "safe mode: the output is off", after_crashes),
        (f"while you hold the button at the start: {held}", f"let go {wishes}", after_crashes),
        ("dark", "no power, or no firmware", "supply; serial console"),
    ]


def button_rows():
    """[(held, LED, what happens)], the time from just after the reset."""
    rows = []
    for begin, end, lamp, what in button():
        length = f"{begin // 1000} … {end // 1000} s" if begin else f"less than {end // 1000} s"
        if end >= LONGEST_MS:
            length, what = "longer", f"{what}: it is stuck"
        rows.append((length, in_words(lamp) if lamp else "–", what))
    return rows


def in_words(shown):
    """A lamp's [(lit, ms), …] as a person would say it."""
    turns = [
        (lit, sum(ms for _, ms in some)) for lit, some in itertools.groupby(shown, lambda s: s[0])
    ]
    if len(turns) == 1:
        return "steady" if turns[0][0] else "dark"
    lit_ms = max(ms for lit, ms in turns if lit)  # the first and the last may be cut off
    dark_ms = max(ms for lit, ms in turns if not lit)
    if lit_ms == dark_ms == 1000:
        return "lit every other second"
    if lit_ms + dark_ms == 1000:
        return "one short wink a second"
    a_second = 1000 / (lit_ms + dark_ms)
    if a_second < 2:
        return "blinking"
    return "flickering" if a_second > 4 else f"quick blinking, {a_second:g} times a second"


def product(watts=0, problem=""):
    """What the lamp of a running product shows in a second, [(lit, ms), …]."""
    lamp = _Lamp()
    shown = []

    async def sleep_ms(duration_ms):
        shown.append((lamp.lit, duration_ms))

    parts = SimpleNamespace(
        ct=SimpleNamespace(watts=watts),
        mains=SimpleNamespace(lock=True),
        inverter=SimpleNamespace(problem=problem),
        health=SimpleNamespace(faults=()),
        clock=SimpleNamespace(sleep_ms=sleep_ms),
    )
    asyncio.run(_executed("firmware/device/status_led.py")["second"](lamp, parts))
    return shown


def safe_mode():
    """What the lamp of safe mode shows in ten seconds, [(lit, ms), …]."""
    lamp = _Lamp()
    shown = []

    def look(duration_ms):
        shown.append((lamp.lit, duration_ms))
        if sum(ms for _, ms in shown) >= 10_000:
            raise _EnoughError
        return ()

    poll = SimpleNamespace(register=lambda *_: None, poll=look)
    stand_ins = {
        "select": {"poll": lambda: poll, "POLLIN": 1},
        "time": {
            "ticks_ms": lambda: sum(ms for _, ms in shown),
            "ticks_diff": lambda now, then: now - then,
        },
    }
    with _stand_ins(**stand_ins), _empty_folder():
        module = _executed("firmware/safe_mode.py")
        try:
            module["SafeMode"](lamp, "for a look").serve()
        except _EnoughError:
            pass
    return shown


def button():
    """[(from ms, to ms, what the lamp shows then, what happens)] while it is held for longer."""
    lengths_ms = range(0, LONGEST_MS + 1, STEP_MS)
    lives = [(ms, *held(max(1, ms))) for ms in lengths_ms]  # 1 ms: a touch
    found = []
    for what, some in itertools.groupby(lives, lambda life: life[2]):
        begin, *_, end = [life[0] for life in some]
        lamp = lives[-1][1]
        at_ms = itertools.accumulate(ms for _, ms in lamp)
        then = [one for one, at in zip(lamp, at_ms, strict=True) if begin < at <= end + STEP_MS]
        found.append((begin, min(end + STEP_MS, LONGEST_MS), then, what))
    return found


def held(duration_ms):
    """(what the lamp shows, what happens) at a start with the button held for so long."""
    shown = []
    passed_ms = [0]
    kept = [b""]

    def pin(_number, *_mode, value=None):
        if value is not None:
            shown.append((bool(value), 0))
        return SimpleNamespace(value=lambda: int(passed_ms[0] >= duration_ms))

    def sleep_ms(ms):
        passed_ms[0] += ms
        shown[-1] = (shown[-1][0], ms)

    def memory(data=None):
        kept[0] = kept[0] if data is None else data
        return kept[0]

    pin.IN = pin.OUT = pin.PULL_UP = 0
    machine = {
        "Pin": pin,
        "RTC": lambda: SimpleNamespace(memory=memory),
        "WDT": lambda timeout: None,
        "reset_cause": lambda: 1,
        **{"PWRON_RESET": 1, "SOFT_RESET": 5},
    }
    lib = {"ondemand": SimpleNamespace(mount=lambda: None)}
    with _stand_ins(machine=machine, time={"sleep_ms": sleep_ms}, lib=lib), _empty_folder():
        with open(SETTINGS, "w") as file:
            file.write("{}")
        found = _executed("boot.py")
        kept_settings = os.path.exists(SETTINGS)
    if found["safe_mode"]:
        return shown, "safe mode"
    if not kept_settings:
        return shown, "factory settings; calibration records and crash notes stay"
    return shown, RADIO if found["radio"] else NOTHING


class _Lamp:
    """A board whose LED is looked at; it has no WiFi."""

    lit = None

    def led(self, on):
        self.lit = bool(on)

    def feed(self):
        """There is no watchdog."""

    def console_stream(self):
        return None, lambda words: None

    def start_access_point(self, *_):
        raise OSError

    def unique_id(self):
        return bytes(6)

    random_bytes = staticmethod(os.urandom)


def _executed(name):
    """The names in a file of the firmware, run here."""
    names = {"__name__": name}
    with _stand_ins(micropython={"const": lambda value: value}):
        exec(compile((ROOT / name).read_text(), name, "exec"), names)  # noqa: S102 - our own
    return names


@contextmanager
def _stand_ins(**modules):
    """Modules with these names instead of the host's."""
    before = {name: sys.modules.get(name) for name in modules}
    sys.modules.update({name: SimpleNamespace(**names) for name, names in modules.items()})
    try:
        yield
    finally:
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module


@contextmanager
def _empty_folder():
    """A flash with nothing on it as the folder where one is."""
    before = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(before)
