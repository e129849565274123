"""What the views may look at and steer; made once by the app."""

from collections import namedtuple

# board: its clock can be set, and it can restart; None where there is none.
Parts = namedtuple(
    "Parts",
    ("inverter", "mains", "ct", "hold", "settings", "health", "clock", "readback", "board"),
)
