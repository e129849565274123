"""What a board does at power-on, on MicroPython's unix interpreter: boot.py, then main.py.

    micropython -i board_start.py [boot-only]      in the folder that is the board's flash

Both run in the REPL's own namespace, as on a board; main.py does not run after a boot.py that
failed.
"""

import os
import sys

sys.path.pop(0)  # this script's own folder, which no board has


def _run(name):
    """Run a file of the flash if it is there; whether the boot may go on."""
    try:
        os.stat(name)
    except OSError:
        return True
    with open(name) as file:
        code = compile(file.read(), name, "exec")
    try:
        exec(code, globals())
    except Exception as why:  # noqa: BLE001  a board survives whatever its files do
        sys.print_exception(why)
        return False
    return True


if _run("boot.py") and sys.argv[1:] != ["boot-only"]:
    _run("main.py")
