"""The ESP32 and its pins: the only module that knows hardware.

Everything else is handed the objects that this one makes. Which pins they have is said by
firmware/board_pins.py, which is in memory only meanwhile.
"""

import gc
import os
import sys
from time import ticks_us

import esp32
import machine
import network
from micropython import const

_FRAME_HZ = const(25000)
# Blocks of 256 frames, as the ESP32 port makes its DMA buffers. 61 ms: twice the longest pause of
# the loop, and short enough to predict the phase across: with eight, the beginning of a 0.1 Hz/s
# ramp costs 1.2 % vector error in a model of the loop, with six 0.9 %; measured with six: 0.8 %
# (docs/metrology.md).
RING_BYTES = const(6 * 256 * 4)
_FIRST_BAUD = const(9600)
_SMALL_REGION = const(5000)
# Allocated bytes between two collections: one holds the loop for 8 ms, which at 15 kB/s of
# garbage is 2 % of the time; the heap needs that much room above what lives.
_COLLECT_EVERY = const(6_000)
RTC_MARK = b"CT"  # then one byte: starts since the last healthy minute; RADIO: for the next one
RADIO = b"R"
# Places of the pins, in the order of board_pins.FIELDS.
_CT, _CLOCK, _WORD, _MAINS, _SENSE = const(0), const(1), const(2), const(3), const(4)
_TX, _RX, _DE, _BUTTON, _LED, _LED_ON = const(5), const(6), const(7), const(8), const(9), const(10)
_NONE = (None,) * 11


class Board:
    """Makes each piece of hardware once, when asked."""

    def __init__(self, radio=False, silent=False, led=None, led_on=1):
        """What needs the chip's own memory is made at once.

        radio: a person asked for it, whatever the settings say. silent: for safe mode, the radio
        and an LED at the GPIO `led` alone; so it is too where `objection` has words.
        """
        # From here on, also while the product is imported, Python collects before its heap is
        # full: what the heap grows by is gone for radio and sockets (firmware/device/chip.py).
        gc.threshold(_COLLECT_EVERY)
        self.objection = ""
        self.radio = True
        self.pins = _NONE[:_LED] + (led, led_on)
        if not silent:
            self._choose(radio)
        # First what needs the chip's own memory, before the product's import lets Python's heap
        # take it: the radio 34 kB, its access point 4 kB (without the memory for its calibration
        # the driver aborts), the ring 6 kB, the line 1 kB.
        if self.radio:
            network.WLAN(network.WLAN.IF_AP).active(True)
        self.grown = None  # firmware/device/widening.py
        self._timer = None
        self._wdt = None
        self._led = None
        self.ct_started_us = 0
        if self.pins[_LED] is not None:
            level = 1 - self.pins[_LED_ON]
            self._led = machine.Pin(self.pins[_LED], machine.Pin.OUT, value=level)
        if self.pins[_CT] is None:
            return
        self._i2s = self._make_i2s()
        self.ct_started_us = ticks_us()  # the ring turns from here on
        self._uart = machine.UART(
            1, _FIRST_BAUD, tx=self.pins[_TX], rx=self.pins[_RX], rxbuf=512, timeout=0
        )

    def _choose(self, radio):
        """Pins and radio, as the board, the stored settings and pins.json say."""
        from lib.ondemand import Module

        with Module("firmware.board_pins") as board_pins:
            settings, whole = board_pins.stored()
            try:
                self.pins = board_pins.choose(str(sys.implementation), settings)[1]
            except board_pins.RefusedError as why:
                self.objection, self.pins = str(why), _NONE
            else:
                self.radio = radio or not whole or settings.get("radio") is not False
        gc.collect()

    def ct_output(self):
        """The pulse stream to the analog stage; its DMA ring turns since `ct_started_us`."""
        return self._i2s

    def _make_i2s(self):
        return machine.I2S(
            0,
            sck=machine.Pin(self.pins[_CLOCK]),
            ws=machine.Pin(self.pins[_WORD]),
            sd=machine.Pin(self.pins[_CT]),
            mode=machine.I2S.TX,
            bits=16,
            format=machine.I2S.STEREO,
            rate=_FRAME_HZ,
            ibuf=RING_BYTES,
        )

    def mains_input(self):
        """Converter on the mains transformer, 0 … 3.1 V."""
        adc = machine.ADC(machine.Pin(self.pins[_MAINS]))
        adc.atten(machine.ADC.ATTN_11DB)
        return adc

    def sense_input(self):
        """Converter on the sense resistor of the CT loop, biased to mid scale."""
        adc = machine.ADC(machine.Pin(self.pins[_SENSE]))
        adc.atten(machine.ADC.ATTN_11DB)
        return adc

    def start_sampling(self, callback, hz):
        """Call back `hz` times a second (softly: late under load), from now on at this rate."""
        if self._timer is None:
            self._timer = machine.Timer(0)
        self._timer.init(mode=machine.Timer.PERIODIC, freq=hz, callback=callback)

    def stop_sampling(self):
        """No more callbacks."""
        if self._timer is not None:
            self._timer.deinit()
            self._timer = None

    def rs485(self):
        """(UART, DE pin or None) of the isolated transceiver; its line is set by who uses it."""
        if self.pins[_DE] is None:
            return self._uart, None
        return self._uart, machine.Pin(self.pins[_DE], machine.Pin.OUT, value=0)

    def watch(self, timeout_ms):
        """Reset the board unless `feed` is called that often; may be called again to relax."""
        self._wdt = machine.WDT(timeout=timeout_ms)

    def feed(self):
        """The loop is healthy."""
        if self._wdt is not None:
            self._wdt.feed()

    def led(self, on):
        """Light or darken the board's LED, if it has one."""
        if self._led:
            self._led.value(self.pins[_LED_ON] if on else 1 - self.pins[_LED_ON])

    def button_pressed(self):
        """Whether a person holds the button down."""
        if self.pins[_BUTTON] is None:
            return False
        pin = machine.Pin(self.pins[_BUTTON], machine.Pin.IN, machine.Pin.PULL_UP)
        return pin.value() == 0

    def console_stream(self):
        """(input to poll and read one byte at a time, function that writes text)."""
        return sys.stdin.buffer, sys.stdout.write

    def start_access_point(self, ssid, password, address):
        """WPA2 access point with our address as its gateway and name server."""
        ap = network.WLAN(network.WLAN.IF_AP)
        ap.active(True)  # again, where a failure ended it
        ap.config(ssid=ssid, password=password, security=network.AUTH_WPA2_PSK)
        ap.ifconfig((address, "255.255.255.0", address, address))
        return ap

    def station(self, name):
        """The radio's other side, for the home's WiFi, where the board is called `name`."""
        network.hostname(name)
        return network.WLAN(network.WLAN.IF_STA)

    def set_clock(self, given):
        """Year, month, day, hour, minute, second: `time.localtime` says them from now on."""
        machine.RTC().datetime(given[:3] + (0,) + given[3:] + (0,))

    def random_bytes(self, count):
        """From the radio's noise, which is there while the radio is on."""
        return os.urandom(count)

    def unique_id(self):
        """Six bytes that no other board has."""
        return machine.unique_id()

    def reset_cause(self):
        """Why the board started, in words."""
        causes = {
            machine.PWRON_RESET: "power on or reset button",  # the chip cannot tell them apart
            machine.HARD_RESET: "restarted by itself",  # by machine.reset(), or after a panic
            machine.WDT_RESET: "watchdog",
            machine.DEEPSLEEP_RESET: "deep sleep",
            machine.SOFT_RESET: "soft reset",
        }
        return causes.get(machine.reset_cause(), "unknown")

    def forget_crashes(self):
        """The device is healthy: the next crash is the first."""
        machine.RTC().memory(RTC_MARK + bytes(1))

    def want_radio(self):
        """The next life has its radio on, whatever the settings say."""
        memory = machine.RTC().memory()
        machine.RTC().memory((memory[:3] or RTC_MARK + bytes(1)) + RADIO)

    def system_heap(self):
        """(free, largest block, least ever free) bytes of the system's heap beside Python's.

        The least leaves out the small regions, which nothing of ours can use.
        """
        regions = esp32.idf_heap_info(esp32.HEAP_DATA)
        return (
            sum([region[1] for region in regions]),
            max([region[2] for region in regions]),
            sum([region[3] for region in regions if region[0] > _SMALL_REGION]),
        )

    def temperature_c(self):
        """Inside the chip."""
        if hasattr(esp32, "mcu_temperature"):
            return esp32.mcu_temperature()
        return round((esp32.raw_temperature() - 32) / 1.8)

    def reset(self):
        """Start over."""
        machine.reset()
