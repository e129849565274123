"""Modules that are in memory only while they are used: heap is dearer than reading the flash.

On a flashed board all modules lie in one file, the pack, which stays open: an import then is a
few large reads instead of hundreds of small ones, and ``async with`` spreads even those over turns
of the loop. What holds the loop is the making of the module from RAM, 2 ms per kB of .mpy on an
ESP32. Every module of a pack is made under one and the same name: `import` keeps each path and
each package that it ever saw, for good, 100 bytes for a module that was in memory for a moment.
Without a pack (in the sources, or frozen) modules are imported as ever.

The pack: b"CT", a number of entries, the entries (half of the path's check sum, place in units),
then the files, each after its head (check sum of the path, bytes); a folder is a head without
bytes. Entries stay in memory, so they are short: two may look alike, and the heads tell. boot.py
looks whether it is whole. Clock domain: *second*.
"""

import asyncio
import gc
import io
import struct
import sys
from binascii import crc32

# Plain numbers: host tools use them through this module too.
PACK = "lib/modules.pack"
ENTRY = "<HH"
HEAD = "<IH"
UNIT = 32  # bytes; what the flash's file system reads at least
_HEAD_BYTES = 6
_MUCH = 20_000  # bytes: a large module and its file; more would scatter what stays
_LARGE = 8000  # bytes: no module on demand is
_PIECE = 512  # bytes read between two turns of the loop
_ENOENT = 2
_IS_FOLDER, _IS_FILE = 0x4000, 0x8000
_SHELF = "/shelf"
_ANY = "module"  # what each module is called while it is made; a name that every image has
_ANY_PATH = "/module.mpy"
_FLASH = ("", "lib", "/lib")


class Pack:
    """The pack as a file system that can only be read."""

    def __init__(self, file, path):
        head = file.read(4)
        if head[:2] != b"CT":
            raise ValueError("no pack")
        self._file = file
        self._path = path
        self._index = file.read(4 * int.from_bytes(head[2:], "little"))
        self.fetched = {}  # path -> file in RAM, until it is imported
        self.wanted = ""  # path of the module that is made next

    def mount(self, _readonly, _mkfs):
        """Be mounted."""

    def umount(self):
        """Be unmounted."""
        self._file.close()

    def ilistdir(self, _path):
        """Nobody lists it."""
        return iter(())

    def stat(self, path):
        """What `import` asks of every name that it tries."""
        size = self._place(path)[1]
        return (_IS_FILE if size else _IS_FOLDER, 0, 0, 0, 0, 0, size, 0, 0, 0)

    def open(self, path, _mode):
        """One module, whole, in RAM."""
        if path == _ANY_PATH:
            path = self.wanted
        file = self.fetched.pop(path, None)
        if file is None:
            start, size = self._place(path)
            if size > _LARGE and path.endswith(".mpy"):  # read as it is made: it knows its end
                file = open(self._path, "rb")
                file.seek(start)
                return file
            self._file.seek(start)
            file = io.BytesIO(self._file.read(size))
        return file

    async def fetch(self, path):
        """Have it in RAM for the import that follows; the loop turns between two pieces."""
        try:
            start, size = self._place(path)
        except OSError:  # the import will say so
            return
        file = io.BytesIO(size)
        piece = memoryview(bytearray(_PIECE))
        for at in range(0, size, _PIECE):
            self._file.seek(start + at)
            file.write(piece[: self._file.readinto(piece[: min(_PIECE, size - at)])])
            await asyncio.sleep(0)
        file.seek(0)
        self.fetched[path] = file

    def make(self, name):
        """The module of that name, made anew; one that `import` would find elsewhere, as ever."""
        self.wanted = _path_of(name)
        try:
            self._place(self.wanted)
        except OSError:  # a package of another maker, in lib/; or there is none
            __import__(name)
            return sys.modules[name]
        sys.modules.pop(_ANY, None)  # one that is being made, and needs this one
        try:
            return __import__(_ANY)
        finally:
            sys.modules.pop(_ANY, None)

    def _place(self, path):
        if path == _ANY_PATH:
            path = self.wanted
        key, at = crc32(path.encode()), -1
        short = (key & 0xFFFF).to_bytes(2, "little")
        while True:
            at = self._index.find(short, at + 1)
            if at < 0:
                raise OSError(_ENOENT)
            if not at & 3:
                start = UNIT * struct.unpack_from(ENTRY, self._index, at)[1]
                self._file.seek(start)
                of_path, size = struct.unpack(HEAD, self._file.read(_HEAD_BYTES))
                if of_path == key:
                    return start + _HEAD_BYTES, size


_pack = None
# Called ahead of what holds the loop, as making a module does: what others must have done by then.
ahead = None


def mount(path=PACK):
    """From now on modules come from the pack, if there is one; ValueError for a damaged one."""
    global _pack  # noqa: PLW0603 - one flash
    if _pack:
        return
    try:
        file = open(path, "rb")
    except OSError:
        return
    import vfs  # which a host that only reads our tables has not got

    _pack = Pack(file, path)
    vfs.mount(_pack, _SHELF)
    # Not the flash any more: each `import time` or `json` would look through it first, in vain.
    others = [path for path in sys.path if path not in _FLASH]
    sys.path[:] = [_SHELF, _SHELF + "/lib"] + others
    sys.modules["lib"].__path__ = _SHELF + "/lib"  # it was found before


class _Uncollected:
    """No collection amid a ``with uncollected:`` block, for each holds the loop for 8 ms.

    ``await collected()`` at its end. Memory that is really out is collected all the same. Several
    tasks may be inside; the last to leave ends it.
    """

    def __init__(self):
        self._every = 0  # bytes after which it is collected outside
        self._inside = 0

    def __enter__(self):
        if not self._inside:
            self._every = gc.threshold()
            gc.threshold(_MUCH)
        self._inside += 1

    def __exit__(self, *_why):
        self._inside -= 1
        if not self._inside:
            gc.threshold(self._every)


uncollected = _Uncollected()


async def collected():
    """Collect, in a turn of its own."""
    await asyncio.sleep(0)
    gc.collect()
    await asyncio.sleep(0)


def _make(name):
    """Import it, if need be."""
    if name in sys.modules:
        return
    if not hasattr(gc, "threshold"):  # a host that only reads our tables
        __import__(name)
        return
    if ahead:
        ahead()
    with uncollected:
        if _pack:
            sys.modules[name] = _pack.make(name)
        else:
            __import__(name)


def file_bytes(name):
    """Bytes of a module's file in the pack; 0 where there is none, or it is in memory already."""
    if not _pack or name in sys.modules:
        return 0
    try:
        return _pack.stat(_path_of(name))[6]
    except OSError:
        return 0


def load(name):
    """What `import` is in a module on demand, once flashed: there as long as that is."""
    module = Module(name)
    found = module.__enter__()
    if Module._making is not None:
        Module._making.append(module)
    return found


def _path_of(name):
    return "/%s.mpy" % name.replace(".", "/")


class Module:
    """``async with Module("firmware.views.commands") as commands:`` loaded, then dropped again.

    Keep nothing of it beyond the block, or it stays in memory; blocks of the same name may
    overlap. A module that somebody imports as usual stays. Its ``__file__`` may not exist.
    """

    _users = {}  # name -> blocks that are open
    _brought = {}  # name -> Modules that it loaded itself, which go with it
    _making = None  # such a list, of the one that is made now

    def __init__(self, name):
        self._name = name

    def __enter__(self):
        name = self._name
        if name not in self._users:
            if name in sys.modules:
                return sys.modules[name]
            self._users[name] = 0
        self._users[name] += 1
        around, Module._making = Module._making, self._brought.setdefault(name, [])
        try:
            _make(name)
        except BaseException:
            self._leave()
            raise
        finally:
            Module._making = around
        return sys.modules[name]

    async def __aenter__(self):
        if not _pack or self._name in sys.modules:
            return self.__enter__()
        path = _path_of(self._name)
        await _pack.fetch(path)
        with uncollected:
            try:
                await collected()  # or what stays comes to lie beyond what goes
                module = self.__enter__()
            finally:
                _pack.fetched.pop(path, None)  # somebody else may have loaded it meanwhile
            try:
                await collected()
            except BaseException:
                self.__exit__()
                raise
        return module

    def __exit__(self, *_why):
        if self._name in self._users:
            self._leave()

    async def __aexit__(self, *_why):
        self.__exit__()

    def _leave(self):
        name = self._name
        self._users[name] -= 1
        if not self._users[name]:
            del self._users[name]
            for brought in self._brought.pop(name):
                brought.__exit__()
            module = sys.modules.pop(name, None)
            if getattr(module, "__name__", _ANY) != _ANY:  # `import` has put it there, too
                package, last = name.rsplit(".", 1)
                delattr(sys.modules[package], last)


def folder(package):
    """Where the files of a package are that are no modules; without a pack, imports the package.

    A package that is frozen into the firmware image has them on the flash, in a folder "data".
    """
    if _pack:
        return package.replace(".", "/")
    __import__(package)
    found: object = sys.modules[package].__path__
    path: str = found if isinstance(found, str) else found[0]  # type: ignore[index]  # on a host
    if path.startswith(".frozen"):
        return "data" + path[len(".frozen") :]
    return path
