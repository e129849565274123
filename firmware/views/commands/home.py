"""`home`: the home's WiFi, on the boards that carry it."""

from firmware.device.settings import SettingError
from firmware.views.words import CommandError

HELP = "home [scan|join NAME|password WORDS|leave]", "the home's WiFi, where the board carries it"
NEEDS = "firmware.views.home", "firmware.views.home_settings"


def saves(words):
    """Whether something is to change."""
    return words not in ([], ["scan"])


def obey(parts, words, where, settings):
    """How it stands, or one thing changed."""
    home = where.carried()
    if home is None:
        yield where.NOT_HERE
        return
    if words[:1] == ["scan"]:
        yield from _scan(home)
    elif words == ["leave"]:
        _change(home, settings, {"ssid": "", "password": ""})
    elif words[:1] in (["join"], ["password"]) and words[1:]:
        name = "ssid" if words[0] == "join" else "password"
        _change(home, settings, {name: " ".join(words[1:])})
    elif words:
        raise CommandError("Say home, home scan, home join NAME, home password WORDS, home leave.")
    yield home.words or "About to join %s." % home.values["ssid"]
    if home.mqtt:
        yield home.mqtt
    if home.values["ssid"] and not home.values.get("login"):
        yield "Nothing can be changed from there: the page has no password for it yet."


def _scan(home):
    """What was heard last; a new look begins."""
    for name, dbm, locked in home.networks or ():
        yield "  %4d dBm  %s%s" % (dbm, name, "" if locked else "  (open)")
    home.look()
    yield "Listening; home scan again in some seconds shows what there is."


def _change(home, settings, given):
    values = dict(home.values)
    try:
        values.update(settings.checked(given))
        settings.save(values)
    except SettingError as why:
        raise CommandError(str(why)) from None
    except OSError as why:
        raise CommandError("not saved: %s" % why) from None
    home.change()
