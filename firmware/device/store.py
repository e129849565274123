"""The settings file: only what differs from the defaults, as JSON, saved all or nothing.

``{"version": 1, "settings": {"lag_deg": 2.5}}``. Clock domain: *second*.
"""

import json

from micropython import const

from lib import atomicfile

_VERSION = const(1)


class Store:
    """One file of named values on the board's flash, with the copy of the previous save."""

    def __init__(self, path="settings.json", disk=None):
        self._path = path
        self._disk = disk or atomicfile.Disk()

    def load(self):
        """(values by name, problem): what the file holds and what was wrong with it.

        Never raises: a file that is missing is empty, a file that is damaged leaves the previous
        copy, and without a good copy there are no values. `problem` is "" when all is well.
        """
        values, problem = atomicfile.load(self._path, _parse, self._disk)
        return values or {}, problem

    def save(self, values):
        """Write the values; raises OSError when the flash refuses, leaving the file as it was."""
        text = json.dumps({"version": _VERSION, "settings": values})
        atomicfile.save(self._path, text.encode(), self._disk)


def _parse(data):
    """The values in the file's bytes; ValueError with words when they are not ours."""
    try:
        content = json.loads(data.decode())
    except (ValueError, UnicodeError):
        raise ValueError("not readable as JSON") from None
    if not isinstance(content, dict) or not isinstance(content.get("settings"), dict):
        raise ValueError("holds no settings")
    if content.get("version") != _VERSION:
        raise ValueError(
            "written by version %s, this firmware reads %d" % (content.get("version"), _VERSION)
        )
    return content["settings"]
