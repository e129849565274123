"""What a person can say at the console, and what the device answers.

Each command is a function of (parts, words) that yields lines; CommandError carries words that
say what to do instead. Clock domain: *second*.
"""

from micropython import const

from firmware.device.settings import SettingError
from firmware.views import status, wifi
from lib.ondemand import Module

_LOG_LINES = const(20)
_HOLD_MINUTES = const(5.0)


class CommandError(Exception):
    """That can't be done; the text says what can."""


def obey(parts, line):
    """Yield the answer to one typed line; raises CommandError."""
    words = line.split()
    if words[0] not in COMMANDS:
        raise CommandError("There is no %s. Type help for what there is." % words[0])
    yield from COMMANDS[words[0]][2](parts, words[1:])


def _help(parts, words):
    for name in COMMANDS:
        usage, means, _ = COMMANDS[name]
        yield "%-30s %s" % (usage, means)


def _status(parts, words):
    if words == ["json"]:
        yield status.text(parts)
        return
    told = status.status(parts)
    inverter, mains, ct = told["inverter"], told["mains"], told["ct"]
    yield "because    %s" % told["because"]
    yield "inverter   %s  battery %s  %s  %s" % (
        quantity(inverter["battery_w"], "W"),
        quantity(inverter["soc_pct"], "%"),
        quantity(inverter["battery_v"], "V"),
        age(inverter["age_ms"]),
    )
    if inverter["problem"]:
        yield "           %s" % inverter["problem"]
    yield "commanded  %s, which is %s at the charger" % (
        quantity(ct.get("commanded_w"), "W"),
        quantity(ct.get("ma"), "mA"),
    )
    yield "mains      %s  %s  %s" % (
        quantity(mains.get("volts"), "V"),
        quantity(mains.get("hz"), "Hz"),
        "locked" if mains.get("locked") else mains.get("state"),
    )
    if told["hold"]:
        yield "hold       %s for another %d s" % (
            quantity(told["hold"]["watts"], "W"),
            told["hold"]["left_s"],
        )
    yield "output     queue %s  underruns %s  longest gap %s" % (
        quantity(ct.get("queue_ms"), "ms"),
        ct.get("underruns"),
        quantity(ct.get("max_gap_ms"), "ms"),
    )
    for name in told["faults"]:
        yield "fault      %s: %s" % (name, told["faults"][name])
    yield "device     up %s  %d kB free  version %s" % (
        span(told["uptime_s"]),
        told["heap_free"] // 1024,
        told["version"],
    )


def _hold(parts, words):
    if not 1 <= len(words) <= 2:
        raise CommandError("Give watts, and minutes if not 5. For example: hold 2000 3")
    limit_w = parts.settings.now.limit_w
    watts = _number(words[0], "watts", -limit_w, limit_w)
    minutes = _number(words[1], "minutes", 0.1, 15) if words[1:] else _HOLD_MINUTES
    if parts.settings.now.muted:
        raise CommandError("The output is muted. First: mute off")
    parts.hold.start(watts, minutes, parts.clock.ms())
    parts.health.event("hold", watts=watts, minutes=minutes, by="console")
    yield "Holding %g W for %g minutes. release ends it before." % (watts, minutes)


def _release(parts, words):
    parts.hold.release()
    parts.health.event("release", by="console")
    yield "Following the inverter again."


def _mute(parts, words):
    if words not in ([], ["on"], ["off"]):
        raise CommandError("Say mute, or mute off.")
    muted = words != ["off"]
    parts.settings.change(muted=muted)
    yield "Muted: the output stays at zero until mute off." if muted else "No longer muted."


def _settings(parts, words):
    if words == ["accept"]:
        parts.settings.accept()
        yield "Accepted: the settings in force count."
        return
    with Module("firmware.device.settings_table") as table:
        yield from _told(table, parts, words)


def _told(table, parts, words):
    now = parts.settings.now
    if not words:
        for name, default, _, _, unit, _ in table.TABLE:
            value = getattr(now, name)
            mark = " " if value == default else "*"
            yield "%s %-22s %s" % (mark, name, _shown(value, unit))
        yield "* differs from the default. settings NAME tells more, settings NAME VALUE sets."
        return
    rows = [row for row in table.TABLE if row[0] == words[0]]
    if not rows:
        raise CommandError("There is no setting %s. Type settings for all of them." % words[0])
    name, default, _, _, unit, means = rows[0]
    if words[1:]:
        value = " ".join(words[1:])
        try:
            now = parts.settings.change(**{name: "" if value in ('""', "''") else value})
        except SettingError as why:
            raise CommandError(str(why)) from None
    yield "%s %s" % (name, _shown(getattr(now, name), unit))
    if not words[1:]:
        yield "  %s" % means
        yield "  %s; default %s" % (table.allowed(name), default if default != "" else '""')


def _profiles(parts, words):
    wanted = " ".join(words).lower()
    with Module("firmware.inverter.profiles") as profiles:
        catalogue = profiles.catalogue()
    for profile_id, name, experimental, _ in catalogue:
        line = "%-24s %s%s" % (profile_id, name, " (untried)" if experimental else "")
        if wanted in line.lower():
            yield line
    yield "settings profile NAME chooses one."


def _log(parts, words):
    count = int(_number(words[0], "lines", 1, 1000)) if words else _LOG_LINES
    health = parts.health
    for _, event in health.log(max(0, health.events_written - count)):
        t_s, name = event.pop("t_s"), event.pop("event")
        details = ["%s %s" % (key, event[key]) for key in sorted(event)]
        yield "%9s  %s  %s" % (span(t_s), name, ", ".join(details))
    if health.events_dropped:
        yield "%d older ones are forgotten." % health.events_dropped


def _wifi(parts, words):
    yield wifi.greeting(parts.settings)


def _direction(parts, words):
    if words not in (["charging"], ["discharging"]):
        raise CommandError("Say what the battery does now: direction charging, or discharging.")
    if not parts.inverter.answer_direction(words == ["charging"]):
        raise CommandError("Nothing to answer: the direction is known.")
    yield "Thank you, remembered."


def _scan(parts, words):
    scan = parts.inverter.scan
    if words == ["cancel"]:
        scan.cancel()
    elif len(words) == 2 and words[0] == "use":
        try:
            scan.accept(words[1])
        except ValueError as why:
            raise CommandError(str(why)) from None
        yield "Stored: %s." % words[1]
        return
    elif words == ["again"] or (not words and scan.state == "idle"):
        scan.start()
        yield "Searching, the output is silent meanwhile. scan tells more, scan cancel ends it."
        return
    elif words:
        raise CommandError("Say scan, scan again, scan cancel, or scan use PROFILE.")
    yield "%s: %s (%d of at most %d questions)" % (scan.state, scan.words, scan.tried, scan.total)
    for proposal in scan.proposals:
        yield "  %-24s %s" % (proposal.profile, proposal.why)
    if scan.proposals:
        yield "scan use PROFILE stores line, address and profile."


def _watch(parts, words):
    """The console itself does this, for it needs a key to end it."""
    yield watch_line(parts)


COMMANDS = {
    "help": ("help", "this list", _help),
    "status": ("status [json]", "how things are now", _status),
    "watch": ("watch", "one line, renewed every second, until a key is pressed", _watch),
    "hold": (
        "hold WATTS [MINUTES]",
        "show the charger a test power, 5 minutes or 0.1 to 15",
        _hold,
    ),
    "release": ("release", "end the hold", _release),
    "mute": ("mute [off]", "keep the output at zero, or no longer", _mute),
    "direction": (
        "direction charging",
        "answer what the battery does (or discharging)",
        _direction,
    ),
    "settings": (
        "settings [NAME [VALUE]|accept]",
        "show or change settings; accept them after a loss",
        _settings,
    ),
    "profiles": ("profiles [WORD]", "which inverters there are", _profiles),
    "scan": (
        "scan [again|cancel|use PROFILE]",
        "find the inverter: speed, address and profile",
        _scan,
    ),
    "log": ("log [LINES]", "what happened last", _log),
    "wifi": ("wifi", "name, password and page address", _wifi),
}


def watch_line(parts):
    """The device in less than 80 characters."""
    told = status.status(parts)
    inverter, mains, ct = told["inverter"], told["mains"], told["ct"]
    words = "%s > %s  %s %s %s  %s  %s" % (
        quantity(inverter["battery_w"], "W"),
        quantity(ct.get("commanded_w"), "W"),
        quantity(mains.get("volts"), "V"),
        quantity(mains.get("hz"), "Hz"),
        "locked" if mains.get("locked") else mains.get("state"),
        age(inverter["age_ms"]),
        told["because"],
    )
    return words[:79]


def quantity(value, unit):
    """A number with its unit, "- W" where it is not known."""
    if value is None:
        return "- " + unit
    decimals = {"W": 0, "Hz": 2, "mA": 2, "ms": 0}.get(unit, 1)
    return "%.*f %s" % (decimals, value, unit)


def age(age_ms):
    """How old a reading is, in words."""
    return "no reading" if age_ms is None else "%.1f s old" % (age_ms / 1000)


def span(seconds):
    """A time as h:mm:ss."""
    seconds = int(seconds)
    return "%d:%02d:%02d" % (seconds // 3600, seconds // 60 % 60, seconds % 60)


def _shown(value, unit):
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        value = "%g" % value
    return '""' if value == "" else "%s %s" % (value, unit) if unit else str(value)


def _number(word, name, low, high):
    try:
        value = float(word)
    except ValueError:
        value = None
    if value is None or not low <= value <= high:
        raise CommandError("%s: give %g to %g; %s is not." % (name, low, high, word))
    return int(value) if value == int(value) else value
