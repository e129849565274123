"""How settings change: checked by the table, stored, put in force; in memory only meanwhile.

Clock domain: *second*.
"""

import gc

from firmware.device.settings import SECRET, SettingError, Values
from lib.ondemand import Module

_TABLE = "firmware.device.settings_table"
_FILE = "firmware.device.settings_file"


def defaults():
    """What is in force on a board that nobody has told anything."""
    with Module(_TABLE) as table:
        return Values(*[row[1] for row in table.TABLE] + [True])


def changed(now, changes):
    """The settings `now` except for `changes`; raises SettingError if they can't be."""
    with Module(_TABLE) as table:
        checked = check(changes, now)
        values = [checked.get(name, getattr(now, name)) for name in table.NAMES]
    new = Values(*values + [checked.get("accepted", now.accepted)])
    if new.stale_s <= new.poll_s:
        raise SettingError(
            "stale_s" if "stale_s" in changes else "poll_s",
            "with an answer every %g s the last one must count for longer than %g s"
            % (new.poll_s, new.stale_s),
        )
    return new


def change(settings, changes):
    """Settings.change."""
    gc.collect()  # loaded amid garbage, what follows would make the heap grow (chip.py)
    with Module(_TABLE):  # once for all that look into it
        new = _agreed(settings, changes)
        _put_in_force(settings, new)
    for name in changes:
        shown = "…" if name in SECRET else getattr(new, name)
        settings.health.event("setting", about=name, value=shown)
    return new


def _agreed(settings, changes):
    """What all settings become; what comes along with the changes is put into them."""
    new = changed(settings.now, changes)
    gated = _gate_of(settings.now, new)
    if gated is not None:
        changes["idle_by_gate"] = gated
        new = changed(new, {"idle_by_gate": gated})
    if new.profile != settings.now.profile:
        # Only when it is chosen: at the start a missing one must stay chosen (and the output
        # silent) instead of giving way to another inverter's.
        objection = settings.profile_objection(new.profile)
        if objection:
            raise SettingError("profile", objection)
    following = settings.health.reason.startswith("following")
    if settings.now.radio and not new.radio and not following:
        raise SettingError("radio", "can be off only while the output follows the inverter")
    return new


def _gate_of(now, new):
    """Whether the stage that somebody has just chosen has the gate; None: nothing to change.

    Only a choice brings it: a file of an earlier firmware says nothing of the gate, and then that
    of a device that has been compared with its Zappi stays as it was.
    """
    with Module(_TABLE) as table:
        gated = table.GATED.get(new.stage)
    if new.stage == now.stage or new.idle_by_gate != now.idle_by_gate:
        return None
    return None if gated == now.idle_by_gate else gated


def accept(settings):
    """Settings.accept."""
    settings.others = {}
    _put_in_force(settings, settings.now.judged(True))
    settings.health.clear("settings")
    settings.health.clear("settings of another firmware")
    settings.health.event("settings accepted")


def _put_in_force(settings, new):
    unsaved = "settings file" in settings.health.faults
    if new != settings.now or unsaved:
        gc.collect()
        try:
            with Module(_FILE) as file:
                file.save(settings.store, new, settings.others)
                if new.accepted:
                    file.accept(settings.store)
        except OSError as why:
            words = "not saved (%s): they hold until a restart" % why
            settings.health.fault("settings file", words)
        else:
            settings.health.clear("settings file")
    settings.now = new


def check(values, now=None):
    """settings.check."""
    checked = {}
    with Module(_TABLE) as table:
        _check_each(values, checked)
        stage = checked.get("stage")
        if now and stage in table.STAGES and stage != now.stage:
            numbers = table.STAGES[stage]
            for k in range(len(numbers)):
                name = table.STAGE_NUMBERS[k]
                if checked.get(name, getattr(now, name)) == getattr(now, name):
                    checked[name] = numbers[k]
    return checked


def _check_each(values, checked):
    with Module("firmware.device.settings_check") as judge:
        for name in values:
            try:
                checked[name] = judge.check(name, values[name])
            except ValueError as why:
                raise SettingError(name, str(why)) from None
