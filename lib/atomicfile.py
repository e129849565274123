"""A small file that is always whole: a save happens completely or not at all.

Three names take part: ``path`` is the good copy, ``path.new`` the one being written, ``path.old``
the good copy before. The order of the steps is the promise: at whichever step the power fails,
`load` finds the copy from before the save or the one from after it, never a part.

1. where an earlier save was cut off before its last step, do that step now
2. write ``path.new``, close it (littlefs commits a file when it is closed), read it back
3. ``path`` becomes ``path.old``
4. ``path.new`` becomes ``path``

A copy that turns out damaged is moved to ``path.bad`` when it is found, so that no save can push
the last good one out; nothing here removes it. Whoever must not go on as if nothing had happened
asks for that file.

Clock domain: *second*. A save holds the loop for as long as the flash needs (tens of ms).
"""

import os

from micropython import const

LONGEST_BYTES = 4096  # of a small file; more is damage, and is not even read
_NO_SUCH_FILE = const(2)


class Disk:
    """The file operations that a save needs, so that a test can cut the power between them."""

    def read(self, path):
        """The bytes of a file, at most one more than may be; OSError if there is none."""
        with open(path, "rb") as file:
            size = file.seek(0, 2)
            file.seek(0)
            # `read` takes as much memory in one piece as it is asked for.
            return file.read(min(size, LONGEST_BYTES) + 1)

    def write(self, path, data):
        """Make the file hold exactly these bytes; closed, hence committed, on return."""
        with open(path, "wb") as file:
            file.write(data)
            file.flush()

    def rename(self, old, new):
        """Give the file another name; a file already there is replaced."""
        os.rename(old, new)

    def remove(self, path):
        """Remove the file; OSError if there is none."""
        os.remove(path)


def save(path, data, disk):
    """Replace what `path` holds by the bytes `data`, keeping the copy before as ``path.old``.

    Raises OSError when the flash refuses or reads back something else; `path` is then as it was.
    """
    new = path + ".new"
    if len(data) > LONGEST_BYTES:
        raise OSError(27)  # EFBIG: `load` would not take it back
    if not exists(path, disk) and exists(new, disk):
        disk.rename(new, path)  # the only newest copy; writing over it would put it at risk
    disk.write(new, data)
    if disk.read(new) != data:
        raise OSError(5)  # EIO: the flash did not keep what it was given
    if exists(path, disk):
        forget(path + ".old", disk)  # FAT refuses to rename onto a file that is there
        disk.rename(path, path + ".old")
    disk.rename(new, path)


def load(path, parse, disk):
    """The newest copy that `parse` accepts, and what had to be passed over on the way to it.

    `parse` turns bytes into a value and raises ValueError for bytes that are not one.
    Returns (value, problem); value is None when no copy is good, problem is "" when the first one
    is, or when there has never been a file at all.
    """
    problems = []
    missing = False
    for name in (path, path + ".new", path + ".old"):
        try:
            data = disk.read(name)
            if len(data) > LONGEST_BYTES:
                raise ValueError("longer than %d bytes" % LONGEST_BYTES)
            value = parse(data)
        except OSError as why:
            if why.args[0] != _NO_SUCH_FILE:
                problems.append("%s: cannot be read (%s)" % (name, why))
                put_aside(name, path, disk)
            missing = missing or name == path
            continue
        except ValueError as why:
            # A first save that was cut off leaves a torn .new beside nothing: nothing is lost.
            if problems or not missing or name != path + ".new":
                problems.append("%s: %s" % (name, why))
                put_aside(name, path, disk)
            else:
                forget(name, disk)
            continue
        if name == path + ".old" and not problems:  # no order of cuts takes both others away
            problems.append("%s: missing" % path)
            _mark(path, disk)
        if problems:
            return value, "%s; using %s instead" % ("; ".join(problems), name)
        return value, ""
    return None, "; ".join(problems)


def put_aside(name, path, disk):
    """Move a damaged file out of the way to ``path.bad``; the first one found stays there.

    Of a file too long to be ours the beginning is kept: it may fill the flash.
    """
    try:
        if exists(path + ".bad", disk):
            disk.remove(name)
            return
        try:
            data = disk.read(name)
        except OSError:  # unreadable: its name can be moved all the same
            data = b""
        if len(data) > LONGEST_BYTES:
            disk.remove(name)
            disk.write(path + ".bad", data[:LONGEST_BYTES])
        else:
            disk.rename(name, path + ".bad")
    except OSError:  # the flash refuses: it stays where it is and is found again
        pass


def exists(path, disk):
    """Whether there is such a file, readable or not."""
    try:
        disk.read(path)
    except OSError as why:
        return why.args[0] != _NO_SUCH_FILE
    return True


def forget(path, disk):
    """Remove a file if it is there."""
    try:
        disk.remove(path)
    except OSError:  # the first saves have no old copy yet
        pass


def _mark(path, disk):
    try:
        disk.write(path + ".bad", b"")
    except OSError:  # said in this life all the same
        pass
