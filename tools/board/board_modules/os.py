"""The os of a board, where the root of the flash has the empty name and listings have sizes."""

import uos
from uos import *  # noqa: F403  all else is the same


def stat(path):
    """Facts about a file; "" is the current directory, as on a board."""
    return uos.stat(path or ".")


def ilistdir(path=""):
    """Entries of a directory with their sizes, which the computer's own listing leaves out."""
    for name, kind, inode in uos.ilistdir(path or "."):
        yield name, kind, inode, uos.stat((path or ".") + "/" + name)[6]
