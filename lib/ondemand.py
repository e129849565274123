"""Modules that are in memory only while they are used: heap is dearer than reading the flash.

Clock domain: *second*; loading one holds the loop while its file is read.
"""

import sys


class Module:
    """``with Module("firmware.views.commands") as commands:`` the module, loaded and dropped.

    Keep nothing of it beyond the block, or it stays in memory; blocks of the same name may
    overlap. A module that somebody imports as usual stays.
    """

    _users = {}  # name -> blocks that are open

    def __init__(self, name):
        self._name = name

    def __enter__(self):
        name = self._name
        if name not in self._users:
            if name in sys.modules:
                return sys.modules[name]
            self._users[name] = 0
        self._users[name] += 1
        __import__(name)
        return sys.modules[name]

    def __exit__(self, *_why):
        name = self._name
        if name in self._users:
            self._users[name] -= 1
            if not self._users[name]:
                del self._users[name]
                del sys.modules[name]
                package, last = name.rsplit(".", 1)
                delattr(sys.modules[package], last)
