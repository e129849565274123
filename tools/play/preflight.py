"""What must hold before a run starts: a free port, a real line, a folder of its own."""

import argparse
import fcntl
import os
import socket
import stat


class RunError(Exception):
    """Why the virtual board can't be started, and what to do."""


def port_number(text):
    """A port that a person may take."""
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"a port is 1 to 65535, {text} is not")
    return int(text)


def check_line(device):
    """RunError if there is no serial device to be the RS485 line."""
    try:
        if device and not stat.S_ISCHR(os.stat(device).st_mode):
            raise RunError(f"RS485={device} is no serial device")
        if device and not os.access(device, os.R_OK | os.W_OK):
            raise RunError(f"RS485={device}: you may not use it; join its group, often dialout")
        if device and not _is_terminal(device):
            raise RunError(f"RS485={device} is no serial device")
    except OSError as why:
        raise RunError(f"RS485={device}: {why.strerror.lower()}") from None


def _is_terminal(device):
    """True for what has a speed and a parity; /dev/null has not."""
    file = os.open(device, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        return os.isatty(file)
    finally:
        os.close(file)


def take(folder):
    """The folder for this run alone, until it ends; RunError if another run has it."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = open(folder / "lock", "w")  # noqa: SIM115 - open as long as we live
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise RunError(
            f"another make run lives in {folder}; end it first, or give this one a folder of its "
            "own: python -m tools.play.run --folder …"
        ) from None
    return lock


def check_port(port):
    """RunError if somebody else serves there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as why:
            raise RunError(
                f"port {port} of this machine: {why.strerror}; try make run HTTP_PORT={port + 1}"
            ) from None
