"""`settings`: show or change them."""

from firmware.device.settings import CHANGING, SettingError
from firmware.views.words import CommandError, setting

HELP = "settings [NAME [VALUE]|accept]", "show or change settings; accept them after a loss"
NEEDS = CHANGING


def obey(parts, words, _change, table, *_others):
    """All of them, or one, or one changed."""
    if words == ["accept"]:
        parts.settings.accept()
        yield "Accepted: the settings in force count."
        return
    now = before = parts.settings.now
    if not words:
        for name, default, _, _, unit, _ in table.TABLE:
            value = getattr(now, name)
            mark = " " if value == default else "*"
            yield "%s %-22s %s" % (mark, name, setting(value, unit))
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
    yield "%s %s" % (name, setting(getattr(now, name), unit))
    for other, _, _, _, unit_of, _ in table.TABLE:  # that came with it, as a stage's numbers do
        value = getattr(now, other)
        if other != name and value != getattr(before, other):
            yield "%s %s" % (other, setting(value, unit_of))
    if not words[1:]:
        yield "  %s" % means
        yield "  %s; default %s" % (table.allowed(name), default if default != "" else '""')
