"""The [hazards] of a scenario: what strangers and bad luck do to the device (docs/scenario.md)."""

from dataclasses import dataclass

from tools.plant import checks
from tools.plant.checks import key

_SECONDS = checks.number(0.0, unit="s")


def _bytes(value, folder):
    """Bytes as hexadecimal text."""
    try:
        return bytes.fromhex(checks.words(value, folder)).hex()
    except ValueError:
        raise checks.Refused(f"needs hexadecimal digits, not {checks.show(value)}") from None


@dataclass(frozen=True)
class Hazards:
    """visitors: phones that poll the status all the time. guests: connections to the page that
    send these bytes in three pieces, so many milliseconds apart, and read what comes.
    strangers: bytes that appear on the RS485 line. lean: with this probability a step of mains,
    policy or output finds no memory.
    """

    visitors: int = key(0, checks.whole(0, 20))
    guests: tuple = key([], checks.rows("[t_s, hex, ms]", _SECONDS, _bytes,
                                        checks.number(0.0, 60e3, "ms")))  # fmt: skip
    strangers: tuple = key([], checks.rows("[t_s, hex]", _SECONDS, _bytes))
    lean: tuple = key([], checks.rows("[from_s, to_s, probability]", _SECONDS, _SECONDS,
                                      checks.number(0.0, 1.0)))  # fmt: skip
