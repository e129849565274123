"""What `make flash` asks of a board and tells it to do, in the board's own words."""

SAYS = "battery-ct:"  # how a line begins that answers a question

ASK_WHAT = """
import sys
print("battery-ct:", (sys.implementation.name, tuple(sys.implementation.version[:2]),
    getattr(sys.implementation, "_mpy", 0)))
"""
ASK_FILES = """
import os, hashlib, binascii
def _files(folder):
    try:
        entries = list(os.ilistdir(folder))
    except OSError:
        return
    for entry in entries:
        path = folder + "/" + entry[0]
        if entry[1] & 0x4000:
            print("battery-ct:", (path, ""))
            _files(path)
        else:
            _show(path)
def _show(path):
    try:
        file = open(path, "rb")
    except OSError:
        return
    sha, part = hashlib.sha256(), bytearray(512)
    while True:
        n = file.readinto(part)
        if not n:
            break
        sha.update(memoryview(part)[:n])
    file.close()
    print("battery-ct:", (path, binascii.hexlify(sha.digest()).decode()))
for name in ("firmware", "lib"):
    try:
        os.stat(name)
        print("battery-ct:", (name, ""))
        _files(name)
    except OSError:
        pass
_show("boot.py")
_show("main.py")
"""
CLEAR_THE_WAY = """
import os, machine
try:
    machine.RTC().memory(b"")  # boot.py counts crashes there: those were the old firmware's
except AttributeError:
    pass
for path in %r:
    os.remove(path)
for path in %r:
    os.mkdir(path)
"""
