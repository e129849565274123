"""The settings file at the start: what of it counts, and what was lost.

Its form is told in settings_file.py. In memory only while it works. Clock domain: *second*.
"""

import json
from binascii import crc32

from micropython import const

from firmware.device.settings import SettingError
from lib.ondemand import Module

with Module("lib.atomicfile") as atomicfile:  # it goes when this module goes
    pass

_TABLE = "firmware.device.settings_table"
_CHANGE = "firmware.device.settings_change"
_VERSION = const(1)
_CRC = const(b'{"crc": "')
_GONE = ("sta_ssid", "sta_password")  # of earlier files: they had no effect


def load(store):
    """(values in force, entries of another firmware, what was lost in words or "").

    Never raises: a file that is missing is empty, a file that is damaged leaves the previous copy,
    without a good copy there are defaults, and so there are for each entry that cannot be. Words
    as long as nobody has accepted a loss, of this start or of an earlier one.
    """
    disk = store.disk or atomicfile.Disk()
    found, problem = atomicfile.load(store.path, _parse, disk)
    problems = [problem] if problem else []
    if not problem and atomicfile.exists(store.path + ".bad", disk):
        problems.append("%s was damaged, what is left is %s.bad" % (store.path, store.path))
    known, others = {}, {}
    refused = []
    with Module(_TABLE) as table:  # once for all attempts
        for name in found or ():
            if name in _GONE:
                continue
            ours = name in table.NAMES
            if not ours and isinstance(found[name], (dict, list)):  # no firmware's: damage
                refused.append("%s is no setting" % name[:20])
            else:
                (known if ours else others)[name] = found[name]
        now = _as_many_as_possible(known, refused)
    if refused and not problems:
        _keep_copy(store.path, disk)
    return now, others, "; ".join(problems + refused)


def _keep_copy(path, disk):
    """The file is whole and holds a value that cannot be: the next save must not be its end."""
    try:
        disk.write(path + ".bad", disk.read(path))
    except OSError:  # then it is found again at the next start
        pass


def _parse(data):
    """The values in the file's bytes; ValueError with words when they are not ours."""
    if data.startswith(_CRC) and data[9:17] != b"%08x" % crc32(data[20:]):
        raise ValueError("check sum wrong")
    if (
        data.strip()[-1:] != b"}"
    ):  # some versions of MicroPython take a broken off object for whole
        raise ValueError("not readable as JSON")
    try:
        content = json.loads(data.decode())
    except (ValueError, UnicodeError, RuntimeError):  # the last: brackets in brackets, too many
        raise ValueError("not readable as JSON") from None
    if not isinstance(content, dict) or not isinstance(content.get("settings"), dict):
        raise ValueError("holds no settings")
    version = content.get("version")
    if version != _VERSION:
        version = version if isinstance(version, int) else "unknown"
        raise ValueError("written by version %s, this firmware reads %d" % (version, _VERSION))
    return content["settings"]


def _as_many_as_possible(known, problems):
    """The defaults changed by every entry of `known` that can be; words for the others."""
    with Module(_CHANGE) as change:
        now = change.defaults()
    try:
        # Twice: a stage brings its numbers, and then what the file says of them counts.
        return now.but(**known).but(**known)
    except (SettingError, TypeError):  # then one by one; TypeError: a name that no call can have
        pass
    left = list(known)
    while left:  # one may be possible only after another, as a slow poll after a long stale_s
        refused = []
        for name in left:
            try:
                now = now.but(**{name: known[name]})
            except SettingError as why:
                refused.append((name, str(why)))
        if len(refused) == len(left):
            for name, words in refused:
                problems.append("%s; using %s" % (words, getattr(now, name)))
            break
        left = [name for name, _ in refused]
    return now
