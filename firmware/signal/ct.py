"""The emulated current transformer: keeps the output ring full of the current the Zappi measures.

`show` (ten times a second) turns watts into an amplitude and a phase lead; `pump` (about two
hundred times a second, clock domain: sample) fills the blocks of the DMA ring with it, each at
the phase the mains will have when the block plays.
"""

import select
from time import ticks_add, ticks_us

from micropython import const

from firmware.policy import CT_RATIO
from lib import waveform
from lib.dmaring import PlayClock

FRAMES = 256  # per block, as the ESP32 port makes its DMA buffers
_FRAME_US = const(40)
BLOCK_US = FRAMES * _FRAME_US
BUFFERS = 6  # of board.py's ring
_PUMP_MS = const(5)
_BIAS_RAMP_FRAMES = const(25000)  # one second; a step would pass the coupling capacitor as a pulse
_VOLTS_OFF = const(0.3)  # within which nothing is calculated anew: `_at_volts` follows it
_HZ_OFF = const(0.02)
_REFERENCE_HZ = const(50.0)  # at which full_scale_ma and lag_deg are given


class CT:
    """The current in the Zappi's CT terminals.

    i2s: the output, already turning; mains: for phase and lock; started_us: ticks at its start.
    """

    def __init__(self, i2s, started_us, mains, settings, health, clock):
        self._i2s = i2s
        self._mains = mains
        self._settings = settings
        self._health = health
        self._clock = clock
        self.ring = PlayClock(BUFFERS, BLOCK_US)
        self.ring.start(started_us)
        self._waveform = waveform.Waveform(FRAMES)
        self._gated = settings.now.idle_by_gate
        waveform.wire(self._gated)
        # Behind the gate an empty ring is idle already.
        ramp_frames = 1 if self._gated else _BIAS_RAMP_FRAMES
        self._waveform.ramp_bias(waveform.HALF_DUTY, ramp_frames)
        self._block = bytearray(FRAMES * 4)
        self._filled = False  # the block holds frames that the ring has not taken yet
        self._poll = select.poll()
        self._poll.register(i2s, select.POLLOUT)
        self._writable()  # the first look is what makes a write return at once
        self._amplitude = 0
        self._made_of = None  # the settings that the amplitude was made of; None: make it anew
        self._volts = self._hz = 0.0
        self._peak = 0  # of the mains for which that is the amplitude
        self._lead = 0  # phase lead that makes up for the analog stage, 1/2**30 turn
        self._last_us = started_us
        self._underruns = 0
        self.blocks = 0  # handed to the ring; wraps at 2**16, moving while healthy
        self.max_gap_us = 0  # longest time between two blocks
        self.trim_gain = 1.0  # what the readback found to be missing
        self.trim_turn = 0.0
        self.ahead_deg = 0  # a test phase: the readback leaves that alone
        self.watts = 0  # what `show` was last asked for
        self.ma = 0.0  # rms current that stands for it

    def show(self, watts, lock, ahead_deg=0):
        """From the next block on, make the Zappi read `watts` (+ = discharging).

        lock: the mains Lock; None is silence, whatever the watts. ahead_deg: a test phase.
        """
        if not lock or not watts:
            self.watts = self._amplitude = 0
            self.ma = 0.0
            return
        now = self._settings.now
        if (
            watts == self.watts
            and now is self._made_of
            and ahead_deg == self.ahead_deg
            and -_VOLTS_OFF < lock.volts - self._volts < _VOLTS_OFF
            and -_HZ_OFF < lock.hz - self._hz < _HZ_OFF
        ):
            return  # `_at_volts` follows the rest; all else here takes 400 bytes
        self._made_of = now
        self.watts = watts
        self.ahead_deg = ahead_deg
        self._volts, self._hz = lock
        off_hz = lock.hz - _REFERENCE_HZ
        self.ma = watts / lock.volts * 1000 / CT_RATIO
        full_ma = now.full_scale_ma * (1 + now.gain_slope_pct_per_hz * off_hz / 100)
        modulation = self.ma * (now.gain_trim_pct / 100) * self.trim_gain / full_ma
        if now.invert:
            modulation = -modulation
        lag_deg = now.lag_deg + now.lag_slope_deg_per_hz * off_hz + ahead_deg
        # A turn back, so that the sum with a phase needs no big integer on the board.
        lead = int((lag_deg / 360 + self.trim_turn) * waveform.TURN)
        self._lead = lead % waveform.TURN - waveform.TURN
        self._amplitude = int(modulation * waveform.FULL_AMPLITUDE)
        self._peak = self._mains.tracker.peak

    def trim(self, gain, turn):
        """From the next `show` on, multiply the current by `gain` and turn it ahead by `turn`."""
        self.trim_gain = gain
        self.trim_turn = turn
        self._made_of = None

    async def run(self):
        """Keep the ring full for ever."""
        while True:
            for _ in range(BUFFERS):
                if not self.pump():
                    break
            self._report()
            await self._clock.sleep_ms(_PUMP_MS)

    def pump(self):
        """Hand the ring its next block if it can take one; no allocation. True if it did."""
        ring = self.ring
        now_us = ticks_us()
        ring.advance(now_us)
        # The driver notes "full" after a refused write; a slot that ends just then is overlooked,
        # and a free buffer looks taken. So where the count says that there is room, it is tried.
        if ring.ahead >= BUFFERS and not self._writable():
            ring.refused(now_us)
            return False
        if not self._filled:
            self._fill()
        before_us = ticks_us()
        if self._i2s.write(self._block) != len(self._block):
            ring.refused(now_us)
            return False
        ring.accepted(before_us, ticks_us())
        self.blocks = (self.blocks + 1) & 0xFFFF
        self._filled = False
        gap_us = self._clock.since_us(self._last_us)
        self._last_us = now_us
        if gap_us > self.max_gap_us:
            self.max_gap_us = gap_us
        return True

    def _writable(self):
        for _ in self._poll.ipoll(0):
            return True
        return False

    def _fill(self):
        tracker = self._mains.tracker
        end_us = ticks_add(self.ring.next_play_us(), BLOCK_US)
        # Until the ring has been seen full, which block plays when is a guess: stay silent.
        live = self._mains.live and self.ring.synced
        phase = (tracker.phase30(end_us) + self._lead) & waveform.PHASE_MASK
        self._waveform.steer(phase, tracker.step30, self._at_volts(end_us) if live else 0)
        self._waveform.fill(self._block)
        self._filled = True

    def _at_volts(self, at_us):
        """The amplitude for the voltage that the mains will have then; no allocation."""
        amplitude = self._amplitude
        peak = self._mains.tracker.peak_at(at_us)
        quarter = peak >> 2
        if not amplitude or not quarter or not self._peak:
            return amplitude
        off = min(quarter, max(-quarter, self._peak - peak))
        return amplitude + ((amplitude >> 8) * ((off << 14) // peak) >> 6)

    def _report(self):
        if self.ring.underruns != self._underruns:
            self._health.event("underrun", blocks=self.ring.underruns - self._underruns)
            self._underruns = self.ring.underruns

    def stop(self):
        """Silence, without a pulse: ramp down, then let the ring run dry. Takes about 1.2 s."""
        self.show(0, None)
        blocks = 2
        if not self._gated:
            self._waveform.ramp_bias(0, _BIAS_RAMP_FRAMES)
            blocks += _BIAS_RAMP_FRAMES // FRAMES
        started_us = ticks_us()
        while blocks and self._clock.since_us(started_us) < 3_000_000:
            if self.pump():
                blocks -= 1
            else:
                self._clock.wait_ms(2)
