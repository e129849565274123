"""A small file that is always whole: a save happens completely or not at all.

Three names take part: ``path`` is the good copy, ``path.new`` the one being written, ``path.old``
the good copy before. The order of the steps is the promise: at whichever step the power fails,
`load` finds the copy from before the save or the one from after it, never a part.

1. where an earlier save was cut off before its last step, do that step now
2. write ``path.new``, close it (littlefs commits a file when it is closed), read it back
3. ``path`` becomes ``path.old``
4. ``path.new`` becomes ``path``

Clock domain: *second*. A save holds the loop for as long as the flash needs (tens of ms).
"""

import os


class Disk:
    """The file operations that a save needs, so that a test can cut the power between them."""

    def read(self, path):
        """The bytes of a file; OSError if there is none."""
        with open(path, "rb") as file:
            return file.read()

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
    if not _exists(path, disk) and _exists(new, disk):
        disk.rename(new, path)  # the only newest copy; writing over it would put it at risk
    disk.write(new, data)
    if disk.read(new) != data:
        raise OSError(5)  # EIO: the flash did not keep what it was given
    if _exists(path, disk):
        _forget(path + ".old", disk)  # FAT refuses to rename onto a file that is there
        disk.rename(path, path + ".old")
    disk.rename(new, path)


def load(path, parse, disk):
    """The newest copy that `parse` accepts, and what had to be passed over on the way to it.

    `parse` turns bytes into a value and raises ValueError for bytes that are not one.
    Returns (value, problem); value is None when no copy is good, problem is "" when the first one
    is, or when there has never been a file at all.
    """
    problems = []
    for name in (path, path + ".new", path + ".old"):
        try:
            value = parse(disk.read(name))
        except OSError:
            continue
        except ValueError as why:
            problems.append("%s: %s" % (name, why))
            continue
        if problems:
            return value, "%s; using %s instead" % ("; ".join(problems), name)
        return value, ""
    return None, "; ".join(problems)


def _exists(path, disk):
    try:
        disk.read(path)
    except OSError:
        return False
    return True


def _forget(path, disk):
    try:
        disk.remove(path)
    except OSError:  # the first saves have no old copy yet
        pass
