"""A Modbus RTU server on a serial device: pymodbus speaks, the slave's register image answers.

pymodbus' simulator keeps the registers; its framer, decoder and serial transport do the talking.
An action fills the registers of each request from the image, a packet hook spoils the answers.
Two things a slave does, and pymodbus does not: a silence ends a frame, so that nothing of a broken
one hides the next question; and a port that went away is opened again.
"""

import asyncio
import contextlib
import functools
import struct
import time

from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusSerialServer
from pymodbus.simulator import DataType, SimData, SimDevice

from tools.fake_inverter.slave import sealed

ANSWERS_AFTER_S = 0.05  # another master's question
# Ends a frame. 3.5 characters by the standard, but USB adapters pause for 16 ms, and nobody asks
# again sooner who got no answer.
SILENCE_S = 0.04
REOPEN_S = 0.5  # between two looks for a port that went away

READS = (3, 4)
WHOLE_MAP = SimData(address=0, count=65536, values=0, datatype=DataType.REGISTERS)


class Server:
    """One fake inverter on one serial device.

    port: path of a serial device or PTY. line: (baud, parity, stop_bits). others: more slaves on
    the same line, which answer honestly.
    """

    def __init__(self, port, slave, steering, line=(9600, "N", 1), others=()):
        self.others = others
        self._master = None
        self.port = port
        self.slave = slave
        self.steering = steering
        self.line = line
        self.questions = 0
        self.answers = 0
        self.refused = 0
        self.silence_s = SILENCE_S
        self._begin_s = time.monotonic()
        self._in_order = asyncio.Lock()  # a slave answers one question after the other
        self._silent = False
        self._server = None
        self._silence = None  # a timer, while part of a frame may be in pymodbus' buffer
        self._reopening = None

    @property
    def t_s(self):
        """Seconds since the start."""
        return time.monotonic() - self._begin_s

    async def start(self):
        """Open the port and begin to answer; OSError if it can't be opened."""
        baud, parity, stop_bits = self.line
        devices = [SimDevice(id=self.slave.unit, simdata=[WHOLE_MAP], action=self._fill)]
        for other in self.others:
            answer = functools.partial(self._honestly, other)
            devices.append(SimDevice(id=other.unit, simdata=[WHOLE_MAP], action=answer))
        if self.slave.unit:  # questions to others are heard, and left unanswered
            nobody = SimData(address=0, values=0, datatype=DataType.REGISTERS)
            devices.append(SimDevice(id=0, simdata=[nobody]))
        self._server = ModbusSerialServer(
            devices,
            port=self.port,
            baudrate=baud,
            parity=parity,
            stopbits=stop_bits,
            trace_packet=self._packet,
            trace_connect=self._connected,
        )
        try:
            await self._server.serve_forever(background=True)
        except RuntimeError:
            raise OSError(f"{self.port} can't be opened as a serial port") from None
        self._master = asyncio.create_task(self._other_master())

    async def stop(self):
        """Stop answering and close the port."""
        for waiting in (self._master, self._silence, self._reopening):
            if waiting:
                waiting.cancel()
        server, self._server = self._server, None
        if server:
            with contextlib.suppress(asyncio.CancelledError):
                await server.shutdown()

    def status(self):
        """What is served at the moment, as numbers and words."""
        self.steering.advance(self.t_s)
        slave = self.slave
        return {
            "t_s": round(self.t_s, 1),
            "profile": slave.profile_id,
            "generation": slave.generation,
            "battery_w": slave.battery_w,
            "soc_pct": round(slave.soc_pct, 1),
            "pv_w": slave.pv_w,
            "questions": self.questions,
            "answers": self.answers,
            "refused": self.refused,
            "silent": self.steering.silent(self.t_s),
        }

    async def _fill(self, function, start, address, count, registers, values):
        """pymodbus' action: put the words of this request into its registers, or refuse."""
        async with self._in_order:
            self.questions += 1
            self._silent = self.steering.silent(self.t_s)
            await asyncio.sleep(self.steering.delay_s())
            self.steering.advance(self.t_s)
            if values is not None or function not in READS:
                self.refused += 1
                return ExcCodes.ILLEGAL_FUNCTION
            words = self.slave.read(function, address, count)
            if isinstance(words, int):
                self.refused += 1
                return ExcCodes(words)
            registers[address - start : address - start + count] = words
        return None

    async def _honestly(self, slave, function, start, address, count, registers, values):
        """Another slave's action: no delays, no faults."""
        if values is not None or function not in READS:
            return ExcCodes.ILLEGAL_FUNCTION
        words = slave.read(function, address, count)
        if isinstance(words, int):
            return ExcCodes(words)
        registers[address - start : address - start + count] = words
        return None

    async def _other_master(self):
        """Another master's questions, and this inverter's answers to them, on the same wire."""
        while True:
            await asyncio.sleep(self.steering.master_s or 0.2)
            if not self.steering.master_s:
                continue
            for address, count in self.steering.master_asks:
                asked = sealed(struct.pack(">BBHH", self.slave.unit, 4, address, count))
                self._server_write(asked)
                await asyncio.sleep(ANSWERS_AFTER_S)
                self.steering.advance(self.t_s)
                self._server_write(self.slave.answer(asked))
                await asyncio.sleep(ANSWERS_AFTER_S)

    def _packet(self, sending, packet):
        """pymodbus' packet hook: everything that goes out or came in passes here."""
        if not sending:
            self._await_silence()
            if self.steering.echo and len(packet) == 8 and sealed(packet[:-2]) == packet:
                self._server_write(packet)
            return packet
        if packet[0] in [other.unit for other in self.others]:
            return packet
        if self._silent or packet[0] != self.slave.unit:
            return b""
        packet = self.steering.spoilt(packet)
        self.answers += bool(packet)
        return packet

    def _server_write(self, data):
        if self._server.active_connections:  # else the port is away
            self._server.transport.write(data)

    def _await_silence(self):
        if self._silence:
            self._silence.cancel()
        self._silence = asyncio.get_running_loop().call_later(self.silence_s, self._end_frame)

    def _end_frame(self):
        """What has come since the last whole frame is none, and never will be."""
        for connection in self._server.active_connections.values():
            connection.recv_buffer = b""

    def _connected(self, there):
        """pymodbus' hook: it goes on listening where connections are made, and a port has none."""
        if not there and self._server:
            self._reopening = asyncio.create_task(self._reopen())

    async def _reopen(self):
        await asyncio.sleep(REOPEN_S)
        while not await self._server.listen():
            await asyncio.sleep(REOPEN_S)


async def serve(port, slave, steering, line=(9600, "N", 1)):
    """Answer on a port until cancelled (the whole of a fake inverter in one call)."""
    server = Server(port, slave, steering, line)
    await server.start()
    try:
        await asyncio.Event().wait()
    finally:
        await server.stop()
