"""What the views may look at and steer; made once by the app."""

from collections import namedtuple

Parts = namedtuple(
    "Parts", ("inverter", "mains", "ct", "hold", "settings", "health", "clock", "readback")
)
