"""A client of the page and its interface, both ends in memory, and the case that uses it."""

import asyncio
import json
import os
import unittest

import parts as fake

from firmware.views import api_live, api_page, web
from lib import http

FOLDER = "page/"  # in the empty folder that a test runs in
PAGE = bytes.fromhex(  # gzip of "<!doctype html><title>Battery CT</title>"
    "1f8b0800000000000203b3514cc94f2ea92c4855c828c9cdb1b329c92cc949b5734a2c29492daa54"
    "700eb1d1878800001b01bb2a28000000"
)


def make_page():
    try:
        os.mkdir(FOLDER[:-1])
    except OSError:  # it is there
        pass
    with open(FOLDER + "index.html.gz", "wb") as file:
        file.write(PAGE)


class Visitor:
    """Both ends of a connection in memory: what is to be sent, what came back, and how it acts."""

    def __init__(self, sent, gone_after=None, asleep=False, ip="4.3.2.2"):
        self._sent = sent
        self.ip = ip
        self.got = b""
        self.writes = 0
        self.gone_after = gone_after  # number of packets after which the client is gone
        self.asleep = asleep  # takes nothing, says nothing
        self.closed = False
        self.out_buf = b""  # as asyncio's Stream: what the network has not taken yet

    async def read(self, count):
        if not self._sent and self._sent is not None:
            return b""
        if self._sent is None:
            await asyncio.sleep(60)
        data, self._sent = self._sent[:count], self._sent[count:]
        return data

    def write(self, data):
        if self.gone_after is not None and self.writes >= self.gone_after:
            raise OSError(32)
        self.writes += 1
        if self.asleep and self.got:
            self.out_buf += data
        else:
            self.got += data

    async def drain(self):
        if self.out_buf:
            await asyncio.sleep(60)
        await asyncio.sleep(0)

    def close(self):
        self.closed = True

    async def wait_closed(self):
        pass

    def get_extra_info(self, name):
        return (self.ip, 12345)

    def answer(self):
        """(status code, headers by lower-case name, body)."""
        head, body = self.got.split(b"\r\n\r\n", 1)
        lines = head.decode().split("\r\n")
        headers = {}
        for line in lines[1:]:
            name, value = line.split(": ", 1)
            headers[name.lower()] = value
        return int(lines[0].split(" ")[1]), headers, body


class Others:
    """Whoever else is on the loop: each of its turns leaves "other" in `turns`."""

    def __init__(self):
        self.turns = []

    async def _run(self):
        while True:
            self.turns.append("other")
            await asyncio.sleep(0)

    async def beside(self, work):
        """Run beside `work` until that is through."""
        task = asyncio.create_task(self._run())
        try:
            await work
        finally:
            task.cancel()


class Screen:
    """As much of a console as a command needs: what it showed."""

    def __init__(self, parts):
        self.parts = parts
        self.shown = ""

    async def show(self, text):
        self.shown += text


class WebCase(unittest.TestCase):
    def setUp(self):
        make_page()
        self.parts = fake.make()
        api_page.FOLDER = FOLDER

    def run_for(self, seconds, *clients):
        """(places taken, tasks' ends) after so many seconds with these clients, one by one."""

        async def all_of_them():
            tasks = []
            for client in clients:
                tasks.append(asyncio.create_task(self.serve(client)))
                await asyncio.sleep(0)
            await asyncio.sleep(seconds)
            open_now = len(http.links) + len(web.viewers)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for client in clients:
                client.gone_after = 0
            while web.viewers:
                await asyncio.sleep_ms(api_live.PERIOD_MS)
            return open_now

        return asyncio.run(all_of_them())

    async def serve(self, client):
        """To the end; a live view's, too."""
        await web.connected(self.parts, client)
        while not client.closed:
            await asyncio.sleep_ms(5)

    def exchange(self, sent):
        client = Visitor(sent)
        asyncio.run(self.serve(client))
        self.assertTrue(client.closed)
        self.assertEqual(http.links, [])
        return client.answer() if client.got else None

    def get(self, path, headers=""):
        return self.exchange(("GET %s HTTP/1.1\r\n%s\r\n" % (path, headers)).encode())

    def post(self, path, body, kind="application/json"):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        head = "POST %s HTTP/1.1\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
        status, _, answer = self.exchange((head % (path, kind, len(data))).encode() + data)
        return status, json.loads(answer)
