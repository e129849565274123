"""Modules that are in memory only while they are used: heap is dearer than reading the flash.

``async with`` holds the loop only while the module is made from bytes in RAM (2 ms per kB of .mpy
on an ESP32); plain ``with`` also while its file is read: hundreds of small reads of the flash.
Clock domain: *second*.
"""

import asyncio
import gc
import io
import os
import sys

# Plain numbers: host tools read the tables of the firmware through this module too.
_PIECE = 512  # bytes read between two turns of the loop
_ENOENT = 2
_IS_FILE = 0x8000
_FROZEN = ".frozen"  # how the path of a package begins that is part of MicroPython's own image


class _Shelf:
    """A file system that holds one file in RAM: the module that is being imported."""

    path = "/shelf"
    name = file = None
    package = sys  # whose `__path__` it stands in for
    path_of_package = ""

    def mount(self, _readonly, _mkfs):
        """Be mounted."""

    def umount(self):
        """Be unmounted."""

    def stat(self, name):
        """What `import` asks of every name that it tries."""
        if name != self.name:
            raise OSError(_ENOENT)
        return (_IS_FILE, 0, 0, 0, 0, 0, 0, 0, 0, 0)

    def open(self, name, _mode):
        """The one file; what the module itself imports is where it always is."""
        if name != self.name:
            raise OSError(_ENOENT)
        self.put_back()
        return self.file

    def put_back(self):
        """The package is found in the flash again."""
        self.package.__path__ = self.path_of_package


_shelf = _Shelf()


class Module:
    """``async with Module("firmware.views.commands") as commands:`` loaded, then dropped again.

    Keep nothing of it beyond the block, or it stays in memory; blocks of the same name may
    overlap. A module that somebody imports as usual stays. Its ``__file__`` may not exist.
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

    async def __aenter__(self):
        name = self._name
        if name not in sys.modules:
            package, last = name.rsplit(".", 1)
            __import__(package)
            suffix, file = "", None
            if not _path(package).startswith(_FROZEN):  # else there is no file, nor need of one
                suffix, file = await _read(_path(package) + "/" + last)
            if file and name not in sys.modules:  # nor has anybody else loaded it meanwhile
                self._users[name] = 0
                _import_from(file, package, last, suffix)
        return self.__enter__()

    def __exit__(self, *_why):
        name = self._name
        if name in self._users:
            self._users[name] -= 1
            if not self._users[name]:
                del self._users[name]
                del sys.modules[name]
                package, last = name.rsplit(".", 1)
                delattr(sys.modules[package], last)

    async def __aexit__(self, *_why):
        self.__exit__()


class Modules:
    """``async with Modules("a.b", "a.c") as (b, c):`` several, each in turns of its own."""

    def __init__(self, *names):
        self._names = names
        self._open = []

    async def __aenter__(self):
        entered = []
        try:
            for name in self._names:
                module = Module(name)
                entered.append(await module.__aenter__())
                self._open.append(module)
            return entered
        finally:
            if len(entered) < len(self._names):
                self._close()

    async def __aexit__(self, *_why):
        self._close()

    def _close(self):
        while self._open:
            self._open.pop().__exit__()


def folder(package):
    """Where the files of a package are that are no modules; imports the package.

    A package that is frozen into the firmware image has them on the flash, in a folder "data".
    """
    __import__(package)
    path = _path(package)
    return "data" + path[len(_FROZEN) :] if path.startswith(_FROZEN) else path


def _path(package):
    path = sys.modules[package].__path__
    return path if isinstance(path, str) else path[0]  # a list only where a host looks in


async def _read(path):
    """(suffix, open file in RAM) of a module's file; the loop turns between two pieces."""
    for suffix in (".mpy", ".py"):
        try:
            size = os.stat(path + suffix)[6]
        except OSError:
            continue
        file = io.BytesIO(size)
        piece = bytearray(_PIECE)
        with open(path + suffix, "rb") as source:
            while True:
                count = source.readinto(piece)
                if not count:
                    break
                file.write(memoryview(piece)[:count])
                await asyncio.sleep(0)
        file.seek(0)
        gc.collect()  # in a turn of its own, so that making the module needs no collection
        await asyncio.sleep(0)
        return suffix, file
    raise ImportError("no module file " + path)


def _import_from(file, package, last, suffix):
    """Import a module from the shelf, where its package seems to be for the moment."""
    if _shelf.name is None:
        import vfs  # which a host that only reads our tables has not got

        vfs.mount(_shelf, _shelf.path)
    _shelf.package = sys.modules[package]
    _shelf.path_of_package = _shelf.package.__path__
    _shelf.name, _shelf.file = "/" + last + suffix, file
    _shelf.package.__path__ = _shelf.path
    try:
        __import__(package + "." + last)
    finally:
        _shelf.put_back()
        _shelf.name, _shelf.file = "", None
