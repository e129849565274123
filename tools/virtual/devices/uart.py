"""machine.UART on the RS485 line: a fake inverter in simulated time, or a real device.

In simulated time every byte takes its time on the wire, the inverter answers after a delay, and
the line loses, spoils and delays answers as the scenario says. With "tty" in the config the bytes
go to a serial device of the host (a PTY or a USB adapter), set up with `stty`.
"""

import os
import struct

import uselect

from devices.profile import value_at
import memory
from world import Dice, Source, W


MASTER_US = 300_000  # between two reads of another master
REPLUG_US = 1_000_000  # between two looks for a device that was unplugged
ENODEV = 19

the_line = None  # the scenario's line once it is open, for whoever counts its requests


class _Port(Source):
    """What all lines share: the timing of bytes and the shape of machine.UART."""

    restless = True  # in select.py's words

    def __init__(self, id, baudrate=9600, **kw):
        self._config = W.config.get("uart", {})
        self._open()
        self.init(baudrate=baudrate, **kw)

    def init(self, baudrate=9600, bits=8, parity=None, stop=1, tx=None, rx=None, **kw):
        self._bits = 1 + bits + (parity is not None) + stop
        self.baudrate = baudrate
        self.parity = parity
        self.stop = stop
        self._char_us = self._bits * 1_000_000 // baudrate
        self._tx_end_us = 0
        self._setup()

    def txdone(self):
        return W.now_us >= self._tx_end_us

    def flush(self):
        W.block_until(self._tx_end_us)

    def read(self, n=-1):
        n = self.any() if n < 0 else min(n, self.any())
        return self._take(n) if n else None

    def readinto(self, buf, n=None):
        n = min(len(buf) if n is None else n, self.any())
        if not n:
            return None
        buf[:n] = self._take(n)
        return n

    def write(self, data):
        self._tx_end_us = max(W.now_us, self._tx_end_us) + len(data) * self._char_us
        self._send(bytes(data))
        return len(data)

    def _ready(self, flags):
        return (flags & 1 if self.any() else 0) | (flags & 4)

    def deinit(self):
        pass

    # What each kind of line does differently.
    def _open(self):
        pass

    def _setup(self):
        pass


def UART(id, *args, **kw):
    if W.memory and W.memory.take(memory.UART, "UART") is None:
        raise OSError(memory.ENOMEM)
    config = W.config.get("uart", {})
    kind = _Tty if "tty" in config else _Line if config else _Nothing
    return kind(id, *args, **kw)


class _Nothing(_Port):
    """No line configured: nobody answers."""

    def any(self):
        return 0

    def _send(self, data):
        pass


class _Line(_Port):
    """Scenario line: one fake inverter, with its delays, silences and errors."""

    def _open(self):
        from tools.fake_inverter.slave import Slave, sealed

        c = self._config
        self.slave = Slave(c.get("profile", "sungrow_sh_k"), c.get("unit", 1), c["generation"])
        self._serial = tuple(c.get("serial", (9600, None, 1)))
        self._profile = c.get("battery_w", [[0, 0]])
        self._soc = c.get("soc_pct", [[0, 55]])
        self._dice = Dice(W.config.get("seed", 1) * 1000)
        # (arrival of first byte in µs, bytes); what strangers will send is there from the start
        self._received = [
            (at_us, bytes.fromhex(data)) for at_us, data in c.get("strangers_us", ())
        ]
        self._changes = list(c.get("changes_us", ()))
        self._others = []
        for profile, unit, battery_w in c.get("others", ()):
            other = Slave(profile, unit)
            other.battery_w = int(battery_w)
            self._others.append(other)
        # another master's reads: [next at, every, question]
        self._masters = []
        for i, (every, address, words) in enumerate(c.get("masters_us", ())):
            question = struct.pack(">BBHH", self.slave.unit, 4, address, words)
            self._masters.append([every + i * MASTER_US, every, sealed(question)])
        W.add(self)
        self.requests = 0
        global the_line
        the_line = self

    def _send(self, data):
        self._pending = data
        self.due = self._tx_end_us

    def fire(self):
        """The request has left the wire: the inverter hears it and thinks about an answer."""
        self.due = None
        now = W.now_us
        self.requests += 1
        if (self.baudrate, self.parity, self.stop) != self._serial:
            return
        self._move(now)
        answer = self.slave.answer(self._pending)
        for other in self._others:
            answer = answer or other.answer(self._pending)
        c = self._config
        if answer is None or any(a <= now < b for a, b in c.get("silent_us", ())):
            return
        dice = self._dice
        low, high = c.get("delay_us", (5000, 40000))
        delay = low + (high - low) * dice.below(32768) // 32768
        errors = c.get("errors", {})
        if dice.chance(errors.get("lost", 0)):
            return
        if dice.chance(errors.get("late", 0)):
            delay += 1_000_000 + dice.below(1000) * 1000
        if dice.chance(errors.get("corrupt", 0)):
            spoiled = bytearray(answer)
            spoiled[dice.below(len(spoiled))] ^= 1 << dice.below(8)
            answer = spoiled
        self._received.append((now + delay, answer))

    def _move(self, now):
        """The slave as it is now."""
        while self._changes and self._changes[0][0] <= now:
            for name, value in self._changes.pop(0)[1].items():
                setattr(self.slave, name, value)
        self.slave.battery_w = int(round_half_up(value_at(self._profile, now)))
        self.slave.soc_pct = value_at(self._soc, now)

    def _listen_to_masters(self):
        """What another master has asked by now, and what it was answered."""
        for master in self._masters:
            while master[0] <= W.now_us:
                self._move(master[0])
                self._received.append((master[0], master[2]))
                answer = self.slave.answer(master[2])
                self._received.append((master[0] + MASTER_US // 3, answer))
                master[0] += master[1]

    def _arrived(self, entry):
        n = (W.now_us - entry[0]) // self._char_us
        return 0 if n < 0 else min(n, len(entry[1]))

    def any(self):
        if self._masters:
            self._listen_to_masters()
        return sum(self._arrived(entry) for entry in self._received)

    def _take(self, n):
        out = bytearray()
        for i in range(len(self._received)):
            at, data = self._received[i]
            k = min(self._arrived((at, data)), n - len(out))
            out += data[:k]
            self._received[i] = (at + k * self._char_us, data[k:])
        self._received = [e for e in self._received if e[1]]
        return bytes(out)


class _Tty(_Port):
    """A serial device of the host, whichever its path names: one that was unplugged is opened
    again when it is back, and a link that names another one is followed."""

    def _open(self):
        self._path = self._config["tty"]
        self._poll = uselect.poll()
        self._held = b""
        self._file = self._node = None
        self._tried_us = 0
        self._attach()

    def _attach(self):
        self._file = open(self._path, "r+b", buffering=0)
        self._poll.register(self._file, 1)
        self._node = self._named()

    def _named(self):
        """Which device the path names."""
        try:
            return os.stat(self._path)[1:3]
        except OSError:
            return self._node  # a link that is gone leaves the device that is open

    def _setup(self):
        flag = "-f" if self._config.get("bsd") else "-F"
        parity = (
            "-parenb"
            if self.parity is None
            else "parenb " + ("parodd" if self.parity else "-parodd")
        )
        # min 0: a read returns what is there instead of waiting.
        os.system(
            "stty %s '%s' %d raw -echo -hupcl clocal min 0 time 0 %s %scstopb 2>/dev/null"
            % (flag, self._path, self.baudrate, parity, "" if self.stop == 2 else "-")
        )

    def _lost(self):
        if self._file:
            self._poll.unregister(self._file)
            self._file.close()
        self._file = None

    def _there(self):
        """True while the device is open; looked after once a second."""
        if W.now_us - self._tried_us >= REPLUG_US:
            self._tried_us = W.now_us
            if self._file and self._named() != self._node:
                self._lost()
            if self._file is None:
                try:
                    self._attach()
                    self._setup()
                except OSError:
                    self._file = None
        return self._file is not None

    def any(self):
        try:
            while self._there() and self._poll.poll(0):
                data = self._file.read(256)
                if not data:
                    self._lost()  # readable, and nothing there: hung up
                    break
                self._held += data
        except OSError:
            self._lost()
        return len(self._held)

    def _take(self, n):
        out = self._held[:n]
        self._held = self._held[n:]
        return out

    def _send(self, data):
        if not self._there():
            raise OSError(ENODEV)
        try:
            self._file.write(data)
        except OSError:
            self._lost()
            raise


def round_half_up(x):
    return (x + 0.5) // 1
