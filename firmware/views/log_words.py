"""The diary in sentences: what an event says to a person. In memory while the log is read.

Clock domain: *second*.
"""

_SAID = {
    "start": "Started: %(cause)s. Version %(version)s",
    "hold": "Test power %(watts)s W for %(minutes)s min, by %(by)s",
    "hold over": "Test power ended: %(because)s",
    "release": "Test power ended, by %(by)s",
    "restart": "Restart asked for, by %(by)s",
    "calibrated": "Calibrated: the Zappi read %(factor).3f of the power, %(off_deg).1f deg off",
    "calibration taken back": "The last calibration was taken back",
    "compared": "Compared with the Zappi: it showed %(watts)s of %(held_w)s W",
    "wifi": "WiFi %(ssid)s is up, page at %(url)s",
    "home wifi": "Home WiFi: %(words)s",
    "own wifi": "The device's own WiFi: %(words)s",
    "login": "Somebody logged in from the home WiFi",
    "setting": "Setting %(about)s is now %(value)s",
    "settings accepted": "Settings accepted",
    "underrun": "The output had a gap of %(blocks)s x 10 ms",
    "neighbour": "Another master speaks on the RS485 line",
    "fault": "Fault, %(about)s: %(words)s",
    "fault over": "Over: %(about)s",
    "profile": "The inverter's code %(code)s fits profile %(better)s better",
}  # fmt: skip
_MAINS = {
    "locked": "Mains seen: %(volts)s V, %(hz)s Hz",
    "holdover": "Mains not measured for a moment, %(volts)s V before",
    "seeking": "Mains lost",
}
_BECAUSE = (
    ("following", "Following the inverter"),
    ("holding", "Holding a test power"),
    ("no mains lock", "Output zero: no mains seen"),
    ("no reading yet", "Output zero: the inverter has not answered yet"),
    ("muted", "Output zero: muted"),
    ("starting", "Starting"),
    ("settings lost", "Output zero: settings were lost, accept them"),
)


def sentence(event):
    """One event (its dictionary) as a sentence."""
    name = event["event"]
    try:
        if name == "reason":
            return _because(event["because"])
        if name == "mains":
            return _MAINS[event["state"]] % event
        if name == "inverter":
            problem = event["problem"]
            return "Inverter: " + problem if problem else "The inverter answers"
        if name == "scan":
            return "Search for the inverter: " + (event.get("words") or event["state"])
        if name == "direction":
            return _direction(event)
        if name in _SAID:
            return _SAID[name] % event
    except (KeyError, TypeError, ValueError):  # another life's words: as they are
        pass
    details = ["%s %s" % (key, event[key]) for key in sorted(event) if key not in _NOT_SAID]
    return ": ".join([name] + [", ".join(details)] * bool(details))


_NOT_SAID = ("event", "t_s", "n")


def _because(words):
    for begin, sentence in _BECAUSE:
        if words.startswith(begin):
            rest = words[len(begin) :]
            return sentence + (rest if begin == "following" else "")
    return words[0].upper() + words[1:]


def _direction(event):
    if "charging" in event:
        return "You said: the battery is %s" % ("charging" if event["charging"] else "discharging")
    return "Direction found out: %s" % event["found"]
