"""The chip's memory: Python's heap and the system's (IDF) share what an ESP32-WROOM-32 has.

Python's heap starts small and grows in splits: each as large as the heap so far or, where that is
not to be had, whatever the system has left. Radio, I2S ring, UART and sockets take theirs from the
system's heap, through `take`, and fail as on the chip. The sizes were measured on an emulated
WROOM-32 with MicroPython v1.24; what Python holds is asked of the running interpreter. What the
stand-ins hold of its heap is weighed when they are made (`aside`) and taken off.
"""

import builtins
import gc
import sys

import names
from world import Source, W

# At the start of main.py: Python's heap, the system's largest block, and smaller regions.
PYTHON_HEAP = 56 * 1024
LARGEST = 110_592
SCATTERED = 138_000 - LARGEST

RADIO = 34_000  # when the first interface is made
ACCESS_POINT = 5_000  # active; a kilobyte of it a little later
NETWORK = 1_800  # when it gets its name and password
RING_BLOCK, RING = 1024, 600  # each block of DMA memory, and the driver
UART = 1_000
UDP_SOCKET, LISTENER = 400, 300
# A connection that is silent: two live views left 17 to 19 kB of 20.9. One that sends has up to
# the rest of 5.5 kB in flight, which comes back as the other side acknowledges.
CONNECTION, IN_FLIGHT, ACKNOWLEDGED_US = 1_500, 4_000, 200_000
# The growth that firmware/device/widening.py provokes, which needs `sys.platform` and threads of
# a chip. Sized so that 20.9 kB are free at rest, as measured, the largest block 10; by itself it
# took 12 kB there, and what NETWORK and the servers take was measured with earlier firmware.
WIDENED, LARGEST_THIRD = 8_500, 10_000
WIDENS = range(28_000, 60_000)

SPLIT = 1_000  # what a split costs beyond what it gives
SCATTER = 0.04  # of Python's heap that is too scattered to be used: 108 of 112 kB were "full"
# There before the count begins: the table of names 9 kB, asyncio 2, MicroPython's own at boot 2.
RESIDENT = 13_000
WIDTH = 1 if sys.maxsize < 1 << 40 else 1.5  # the same objects in 64-bit words, measured
LEFT_OVER = 180  # when a split has taken all
# Too little for WiFi: (bytes free, µs until the chip resets). First the driver aborts, which is a
# hard reset; starved of buffers, it is the task watchdog that strikes.
ABORTS, STARVES = (300, 1_000_000), (2_000, 9_000_000)
_LOOK_US = 250_000
_WORTH_IT = 1_000  # bytes of a split

ENOMEM, ENOBUFS = 12, 105


class Memory(Source):
    """What is left, and who took what; `moments` are (t_s, words) of what went wrong."""

    def __init__(self):
        self.block, self.scattered = LARGEST, SCATTERED
        self.splits = [PYTHON_HEAP]
        self._kept = 2  # splits in which something always lives
        self.least = self.least_largest = LARGEST + SCATTERED
        self.moments = []
        self._base = self._aside = 0
        self._since_us = [W.now_us, W.now_us]
        self.radio = False

    def begin(self):
        """The stand-ins are there, the product comes: count from here."""
        names.widen()  # the table is in RESIDENT
        gc.collect()
        gc.collect()
        self._base = gc.mem_alloc()
        sys.modules["gc"] = Collector(self)  # what the product imports from now on
        self.due = W.now_us + _LOOK_US
        W.add(self)
        W.memory = self

    def aside(self, method):
        """A method whose result is a stand-in's: what it leaves on the heap is not Python's."""

        def weighed(*arguments):
            gc.collect()
            before = gc.mem_alloc()
            made = method(*arguments)
            gc.collect()
            self._aside += gc.mem_alloc() - before
            return made

        return weighed

    def free(self):
        """Bytes of the system's heap."""
        return self.block + self.scattered

    def python(self):
        """Bytes of Python's heap in use, garbage included."""
        return int((gc.mem_alloc() - self._base - self._aside) / WIDTH) + RESIDENT

    def spare(self):
        """Bytes that Python's heap has left without growing."""
        return max(0, sum(self.splits) - self.python())

    def widen(self):
        """The bounded growth at the start: into a third of the largest block, for good."""
        self.look()
        if self.free() not in WIDENS:
            return
        self.splits.append(WIDENED)
        self._kept = len(self.splits)
        left = self.block - WIDENED - SPLIT
        self.block = min(left, LARGEST_THIRD)
        self.scattered += left - self.block
        self.note("Python's heap is widened by %d to %d" % (WIDENED, sum(self.splits)))

    def look(self):
        """Let Python's heap take what it has needed by now."""
        if not self._fits():
            gc.collect()
            while not self._fits() and self.block > SPLIT + LEFT_OVER + _WORTH_IT:
                split = min(sum(self.splits), self.block - SPLIT - LEFT_OVER)
                self.block -= split + SPLIT
                self.splits.append(split)
                words = "Python's heap grows by %d to %d, %d live"
                self.note(words % (split, sum(self.splits), self.python()))
        self.least = min(self.least, self.free())
        self.least_largest = min(self.least_largest, self.block)

    def _fits(self):
        return self.python() * (1 + SCATTER) <= sum(self.splits)

    def take(self, size, who, piece=0):
        """Some of the system's heap, in pieces; None where there is none. Give back what it is."""
        self.look()
        scattered = min(size, self.scattered)
        if size - scattered > self.block - LEFT_OVER:
            self.note("%s finds no %d bytes in %d" % (who, size, self.free()))
            return None
        self.scattered -= scattered
        self.block -= size - scattered
        self.least = min(self.least, self.free())
        self.least_largest = min(self.least_largest, self.block)
        return (scattered, size - scattered)

    def give(self, taken):
        """What `take` gave comes back."""
        self.scattered += taken[0]
        self.block += taken[1]

    def take_or_abort(self, size, who):
        """As the WiFi driver: without memory for itself it ends the chip."""
        if self.take(size, who) is None:
            import machine

            machine.abort()
        self.radio = True

    def regions(self):
        """As esp32.idf_heap_info: (total, free, largest, least ever free) of each region."""
        self.look()
        total = LARGEST + SCATTERED
        return [(total, self.free(), self.block, self.least)]

    def note(self, words):
        """Something that a person wants to know of."""
        self.moments.append((W.now_us / 1e6, words))

    def fire(self):
        self.due = W.now_us + _LOOK_US
        self.look()
        if self.splits[self._kept :]:
            gc.collect()
            if self.python() * (1 + SCATTER) <= sum(self.splits[:-1]):
                split = self.splits.pop()  # nothing is in it any more
                self.block += split + SPLIT
                self.note("Python's heap gives %d back" % split)
        self._wifi()

    def _wifi(self):
        import machine

        for k, (least, patience_us) in enumerate((ABORTS, STARVES)):
            if not self.radio or self.free() >= least:
                self._since_us[k] = W.now_us
            elif W.now_us - self._since_us[k] >= patience_us:
                self.note(("WiFi aborts", "WiFi starves, the watchdog resets")[k])
                (machine.abort, machine.starve)[k]()


class Collector:
    """`gc` as the product sees it there: the chip's heap, not the interpreter's.

    What it calls free includes the largest block that the heap could still take, as on the chip.
    """

    def __init__(self, memory):
        self._memory = memory
        self.collect, self.threshold = gc.collect, gc.threshold
        self.enable, self.disable, self.isenabled = gc.enable, gc.disable, gc.isenabled

    def mem_alloc(self):
        return self._memory.python()

    def mem_free(self):
        return self._memory.spare() + self._memory.block


def on_import(hooks):
    """Call hooks[name](module) when a module of the product was imported for the first time.

    Until the last of them. A relative import is told apart by the module that is being loaded.
    """
    real = builtins.__import__
    loading = []

    def import_and_look(name, _globals=None, _locals=None, names=None, level=0):
        if level:
            name = loading[-1].rsplit(".", level)[0] + ("." + name if name else "")
        known = name in sys.modules
        loading.append(name)
        module = real(name, None, None, names, 0)
        loading.pop()
        if not known:
            if W.memory:
                W.memory.look()
            if name in sys.modules and name in hooks:
                hooks.pop(name)(sys.modules[name])
                if not hooks:
                    builtins.__import__ = real
        return module

    builtins.__import__ = import_and_look
