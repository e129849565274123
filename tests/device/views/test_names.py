"""The name server on a real socket: a question is answered, junk is counted."""

import asyncio
import socket
import unittest

from fakes import Clock

from firmware.device.health import Health
from firmware.views import web
from lib import captive

HERE = b"\x04\x03\x02\x01"
QUERY = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07example\x03com\x00\x00\x01\x00\x01"


class OverUdp(unittest.TestCase):
    PORT = 15353

    def test_a_query_is_answered_and_junk_is_counted(self):
        health = Health(Clock())

        async def exchange():
            here = socket.getaddrinfo("127.0.0.1", self.PORT)[0][-1]
            server = asyncio.create_task(web.answer_names(health, "127.0.0.1", self.PORT))
            await asyncio.sleep(0.05)
            client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            client.setblocking(False)
            client.sendto(b"junk", here)
            client.sendto(QUERY, here)
            message = None
            for _ in range(100):
                await asyncio.sleep(0.01)
                try:
                    message = client.recv(600)
                    break
                except OSError:
                    pass
            client.close()
            server.cancel()
            await asyncio.gather(server, return_exceptions=True)
            return message

        self.assertEqual(asyncio.run(exchange()), captive.reply(QUERY, HERE))
        self.assertEqual(health.counters, {"dns": 1})


if __name__ == "__main__":
    unittest.main()
