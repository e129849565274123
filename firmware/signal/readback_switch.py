"""The readback, in memory only while its setting is on: its code weighs 6 kB.

Clock domain: *second*.
"""

from micropython import const

from lib.ondemand import Module

_LOOK_MS = const(100)


class ReadbackSwitch:
    """Lets the readback work while the setting `readback` is on."""

    def __init__(self, adc, mains, ct, settings, health, clock):
        self._given = adc, mains, ct, settings, health, clock
        self._at_work = None

    async def run(self):
        """Load it, let it work and drop it again, as the setting says, for ever."""
        _, _, _, settings, _, clock = self._given
        while True:
            if settings.now.readback:
                async with Module("firmware.signal.readback") as readback:
                    self._at_work = readback.Readback(*self._given)
                    await self._at_work.run()
                    self._at_work = readback = None
            await clock.sleep_ms(_LOOK_MS)

    def calibration(self):
        """What the settings of the sense channel must be (firmware/signal/readback.py); ValueError
        with words when that cannot be told now."""
        if not self._at_work:
            raise ValueError("the readback is off: wire the sense resistor, set readback on")
        return self._at_work.calibration()

    def status(self):
        """What it tells of the loop; None while it is not there."""
        return self._at_work.status() if self._at_work else None
