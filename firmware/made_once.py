"""How the product's parts are made, forgotten once they are: 3 kB of the board's heap.

Each part is made once a life. What made it is byte code that nobody runs again. In memory only
at the start. (Deleting would not do: a table keeps the value of an entry that is gone.)
"""

from firmware import app
from firmware.device.health import Health
from firmware.device.settings import Settings
from firmware.device.store import Store
from firmware.device.watchdog import Watchdog
from firmware.inverter.poll import Inverter
from firmware.policy import Hold
from firmware.signal.ct import CT
from firmware.signal.mains import Mains
from firmware.signal.readback_switch import ReadbackSwitch
from lib import ondemand
from lib.amplitude import Amplitude
from lib.dmaring import PlayClock
from lib.events import Ring
from lib.harmonics import Harmonics
from lib.jump import Jump
from lib.load import Load
from lib.rtu import Client
from lib.tracker import Tracker
from lib.waveform import Waveform

_DEVICE = (
    Client,
    CT,
    Health,
    Hold,
    Inverter,
    Load,
    Mains,
    ReadbackSwitch,
    Settings,
    Store,
    Watchdog,
)
_SIGNAL = Amplitude, Harmonics, Jump, PlayClock, Ring, Tracker, Waveform


def forget(board):
    """Let go of what made the parts that are at work now; no more of them can be made."""
    hardware = type(board)
    for part in (hardware,) + _DEVICE + _SIGNAL:
        part.__init__ = None
    hardware._choose = hardware._make_i2s = hardware.ct_output = hardware.mains_input = None
    hardware.rs485 = hardware.sense_input = hardware.reset_cause = None
    app.build = app.launch = None
    ondemand.mount = ondemand.Pack.__init__ = ondemand.Pack.mount = None
