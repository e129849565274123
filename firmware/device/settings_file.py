"""The settings file: what this device was commissioned with, and what else differs from the
defaults, as JSON, saved all or nothing.

``{"crc": "0f51c3b2", "version": 1, "settings": {"lag_deg": 2.5}}``: the check sum, over all that
follows it, is for bits that flip; a file written by hand may go without. Beside it ``.old``, the
copy before, and ``.bad``, a damaged copy that was found: while that is there, settings are lost
and nobody has accepted what came in their place. Read by settings_read.py. In memory only while it
works. Clock domain: *second*.
"""

import json
from binascii import crc32

from micropython import const

from lib.ondemand import Module

with Module("lib.atomicfile") as atomicfile:  # it goes when this module goes
    pass

_VERSION = const(1)
# Of the circuit that was built and the inverter that is there: another firmware's better default
# must not change the current of a device that has been compared with its Zappi.
_ALWAYS = (
    "profile",
    "invert",
    "limit_w",
    "stage",
    "full_scale_ma",
    "lag_deg",
    "lag_slope_deg_per_hz",
    "gain_slope_pct_per_hz",
    "gain_trim_pct",
    "mains_scale",
    "sense_mv_per_ma",
)


def save(store, now, others):
    """Write the file; OSError when the flash refuses, the file as it was."""
    values = dict(others)
    with Module("firmware.device.settings_table") as table:
        for name, default in [row[:2] for row in table.TABLE]:
            value = getattr(now, name)
            if name in _ALWAYS or value != default:
                values[name] = value
    disk = store.disk or atomicfile.Disk()
    text = json.dumps({"version": _VERSION, "settings": values})[1:].encode()
    text = b'{"crc": "%08x", %s' % (crc32(text), text)
    atomicfile.save(store.path, text, disk)
    if not atomicfile.exists(store.path + ".old", disk):
        disk.write(store.path + ".old", text)  # from the first save on there are two


def accept(store):
    """A person accepts what is in force: the damaged copy stays, as ``.seen``, and counts no more.

    OSError when the flash refuses.
    """
    disk = store.disk or atomicfile.Disk()
    if atomicfile.exists(store.path + ".bad", disk):
        atomicfile.forget(store.path + ".seen", disk)
        disk.rename(store.path + ".bad", store.path + ".seen")
