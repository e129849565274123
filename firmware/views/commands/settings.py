"""`settings`: show or change them."""

from firmware.device.settings import SettingError
from firmware.views.words import CommandError, setting
from lib.ondemand import Module

HELP = "settings [NAME [VALUE]|accept]", "show or change settings; accept them after a loss"
NEEDS = ("firmware.device.settings_table",)


def saves(words):
    """Whether something is to change."""
    return len(words) > 1 or words == ["accept"]


def obey(parts, words, table):
    """All of them, or one, or one changed."""
    if words == ["accept"]:
        parts.settings.accept()
        yield "Accepted: the settings in force count."
        return
    now = before = parts.settings.now
    if not words:
        for name, default, _, _, unit in table.TABLE:
            value = getattr(now, name)
            mark = " " if value == default else "*"
            yield "%s %-22s %s" % (mark, name, setting(value, unit))
        yield "* differs from the default. settings NAME tells more, settings NAME VALUE sets."
        return
    if words[0] not in table.NAMES:
        raise CommandError("There is no setting %s. Type settings for all of them." % words[0])
    number = table.NAMES.index(words[0])
    name, default, _, _, unit = table.TABLE[number]
    if words[1:]:
        value = " ".join(words[1:])
        try:
            now = parts.settings.change(**{name: "" if value in ('""', "''") else value})
        except SettingError as why:
            raise CommandError(str(why)) from None
    yield "%s %s" % (name, setting(getattr(now, name), unit))
    for other, _, _, _, unit_of in table.TABLE:  # that came with it, as a stage's numbers do
        value = getattr(now, other)
        if other != name and value != getattr(before, other):
            yield "%s %s" % (other, setting(value, unit_of))
    if not words[1:]:
        with Module("firmware.device.settings_help") as means:
            yield "  %s" % means.meaning(number)
        with Module("firmware.device.settings_check") as judge:
            allowed = judge.allowed(name)
        yield "  %s; default %s" % (allowed, default if default != "" else '""')
