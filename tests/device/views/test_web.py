"""The JSON interface and the page over HTTP, from well-behaved and hostile clients."""

import asyncio
import json
import unittest

import parts as fake

from firmware.views import httpd, web

PAGE_NAME = "/tmp/battery-ct-test-page.gz"
PAGE = bytes.fromhex(  # gzip of "<!doctype html><title>Battery CT</title>"
    "1f8b0800000000000203b3514cc94f2ea92c4855c828c9cdb1b329c92cc949b5734a2c29492daa54"
    "700eb1d1878800001b01bb2a28000000"
)


def make_page():
    with open(PAGE_NAME, "wb") as file:
        file.write(PAGE)


# What phones and laptops ask for to find out whether there is an Internet behind a network.
PROBES = (
    "/generate_204",
    "/gen_204",
    "/hotspot-detect.html",
    "/library/test/success.html",
    "/connecttest.txt",
    "/ncsi.txt",
    "/redirect",
    "/success.txt",
    "/canonical.html",
    "/check_network_status.txt",
)


class Client:
    """Both ends of a connection in memory: what is to be sent, what came back, and how it acts."""

    def __init__(self, sent, gone_after=None, asleep=False):
        self._sent = sent
        self.got = b""
        self.writes = 0
        self.gone_after = gone_after  # number of packets after which the client is gone
        self.asleep = asleep  # takes nothing, says nothing
        self.closed = False

    async def read(self, count):
        if not self._sent and self._sent is not None:
            return b""
        if self._sent is None:
            await asyncio.sleep(60)
        data, self._sent = self._sent[:count], self._sent[count:]
        return data

    def write(self, data):
        self.got += data

    async def drain(self):
        self.writes += 1
        if self.asleep:
            await asyncio.sleep(60)
        if self.gone_after is not None and self.writes >= self.gone_after:
            raise OSError(32)
        await asyncio.sleep(0)

    def close(self):
        self.closed = True

    async def wait_closed(self):
        pass

    def get_extra_info(self, name):
        return ("4.3.2.2", 12345)

    def answer(self):
        """(status code, headers by lower-case name, body)."""
        head, body = self.got.split(b"\r\n\r\n", 1)
        lines = head.decode().split("\r\n")
        headers = {}
        for line in lines[1:]:
            name, value = line.split(": ", 1)
            headers[name.lower()] = value
        return int(lines[0].split(" ")[1]), headers, body


class WebCase(unittest.TestCase):
    def setUp(self):
        make_page()
        self.parts = fake.make()
        self.app = web.make_app(self.parts, url="http://4.3.2.1/", page=PAGE_NAME)

    def exchange(self, sent):
        client = Client(sent)
        asyncio.run(self.app.handle_request(client, client))
        self.assertTrue(client.closed)
        self.assertEqual(self.app.connections, 0)
        return client.answer() if client.got else None

    def get(self, path, headers=""):
        return self.exchange(("GET %s HTTP/1.1\r\n%s\r\n" % (path, headers)).encode())

    def post(self, path, body, kind="application/json"):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        head = "POST %s HTTP/1.1\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
        status, _, answer = self.exchange((head % (path, kind, len(data))).encode() + data)
        return status, json.loads(answer)


class Page(WebCase):
    def test_the_page_comes_gzipped(self):
        status, headers, body = self.get("/")
        self.assertEqual((status, headers["content-encoding"]), (200, "gzip"))
        self.assertEqual(int(headers["content-length"]), len(body))
        self.assertEqual(body, PAGE)

    def test_a_browser_that_has_it_is_told_so(self):
        _, headers, _ = self.get("/")
        status, _, body = self.get("/", "If-None-Match: %s\r\n" % headers["etag"])
        self.assertEqual((status, body), (304, b""))
        status, _, _ = self.get("/", 'If-None-Match: "other"\r\n')
        self.assertEqual(status, 200)

    def test_on_the_host_of_a_virtual_board_they_lead_to_where_that_is(self):
        _, headers, _ = self.get("/generate_204", "Host: 127.0.0.1:8080\r\n")
        self.assertEqual(headers["location"], "/")

    def test_a_missing_page_says_what_to_do(self):
        self.app = web.make_app(self.parts, page="/nowhere/page.gz")
        status, _, body = self.get("/")
        self.assertEqual(status, 500)
        self.assertIn("flash it again", json.loads(body)["error"])

    def test_probes_for_the_internet_lead_to_the_page(self):
        for path in PROBES + ("/anything/else",):
            status, headers, _ = self.get(path, "Host: connectivitycheck.gstatic.com\r\n")
            self.assertEqual((status, headers["location"]), (302, "http://4.3.2.1/"))


class Steering(WebCase):
    def test_a_hold_starts_and_is_released(self):
        answer = self.post("/api/hold", {"watts": -2000, "minutes": 2})
        self.assertEqual(answer, (200, {"watts": -2000, "minutes": 2}))
        _, _, body = self.get("/api/status")
        self.assertEqual(json.loads(body)["hold"], {"watts": -2000, "left_s": 120})
        self.assertEqual(self.post("/api/release", {})[0], 200)
        _, _, body = self.get("/api/status")
        self.assertIsNone(json.loads(body)["hold"])

    def test_a_hold_without_minutes_ends_after_five(self):
        self.assertEqual(self.post("/api/hold", {"watts": 100})[1]["minutes"], 5)

    def test_a_hold_out_of_range_is_refused_beside_its_field(self):
        for body, field in (
            ({"watts": 10001}, "watts"),
            ({"watts": "much"}, "watts"),
            ({"watts": True}, "watts"),
            ({}, "watts"),
            ({"watts": 1, "minutes": 16}, "minutes"),
            ({"watts": 1, "minutes": 0}, "minutes"),
        ):
            status, answer = self.post("/api/hold", body)
            self.assertEqual((status, answer["field"]), (400, field))
        self.assertEqual(
            self.post("/api/hold", {"watts": 10001})[1]["error"],
            "watts: give -10000 to 10000 W.",
        )

    def test_a_hold_while_muted_says_unmute_first(self):
        self.assertEqual(self.post("/api/mute", {"muted": True}), (200, {"muted": True}))
        status, answer = self.post("/api/hold", {"watts": 1000})
        self.assertEqual((status, answer["error"]), (409, "The output is muted. Unmute it first."))
        self.post("/api/mute", {"muted": False})
        self.assertEqual(self.post("/api/hold", {"watts": 1000})[0], 200)

    def test_mute_wants_true_or_false(self):
        self.assertEqual(self.post("/api/mute", {"muted": "yes"})[0], 400)

    def test_the_direction_can_be_said_at_any_time(self):
        self.assertEqual(self.post("/api/direction", {"charging": True})[0], 200)
        self.parts.inverter.question = True
        self.assertEqual(self.post("/api/direction", {"charging": "yes"})[0], 400)
        self.assertEqual(self.post("/api/direction", {"charging": False})[0], 200)
        self.assertIs(self.parts.inverter.told_charging, False)

    def test_other_sites_and_broken_bodies_steer_nothing(self):
        self.assertEqual(self.post("/api/hold", {"watts": 1}, "text/plain")[0], 415)
        self.assertEqual(self.post("/api/hold", b"{")[0], 400)
        self.assertEqual(self.post("/api/hold", b"\xff\xff")[0], 400)
        self.assertEqual(self.post("/api/hold", b"[1]")[0], 400)
        self.assertEqual(self.get("/api/hold")[0], 405)
        self.assertEqual(self.get("/api/nothing")[0], 404)


class Form(WebCase):
    def test_it_describes_every_setting_but_no_secret(self):
        self.parts.settings.change(password="not for everyone")
        status, _, body = self.get("/api/settings")
        fields = {field["name"]: field for field in json.loads(body)["settings"]}
        self.assertEqual(status, 200)
        self.assertEqual(fields["lag_deg"]["value"], 4.02)
        self.assertEqual((fields["lag_deg"]["low"], fields["lag_deg"]["high"]), (-180, 180))
        self.assertEqual(fields["lag_deg"]["unit"], "deg")
        self.assertEqual(fields["parity"]["choices"], ["N", "E", "O"])
        self.assertEqual(fields["muted"]["type"], "bool")
        profiles = dict(fields["profile"]["choices"])
        self.assertIn("SH5K-30", profiles["sungrow_sh_k"])
        self.assertIn("own", profiles)
        self.assertEqual((fields["password"]["set"], fields["sta_password"]["set"]), (True, False))
        self.assertFalse(b"not for everyone" in body)
        self.assertFalse("direction" in fields)

    def test_a_change_answers_with_what_is_in_force(self):
        status, answer = self.post("/api/settings", {"lag_deg": "2.5", "limit_w": 5000})
        self.assertEqual(status, 200)
        self.assertEqual(answer, {"accepted": {"lag_deg": 2.5, "limit_w": 5000}, "saved": True})
        self.assertEqual(self.parts.settings.now.lag_deg, 2.5)

    def test_a_refusal_names_the_field_and_changes_nothing(self):
        status, answer = self.post("/api/settings", {"limit_w": 5000, "lag_deg": 500})
        self.assertEqual((status, answer["field"]), (400, "lag_deg"))
        self.assertEqual(answer["error"], "lag_deg: give -180 to 180 deg; 500 is not")
        self.assertEqual(self.parts.settings.now.limit_w, 10000)
        for name in ("nonsense", "self", ""):
            self.assertEqual(self.post("/api/settings", {name: 1})[0], 400)

    def test_a_secret_is_not_answered(self):
        answer = self.post("/api/settings", {"password": "longenough"})[1]
        self.assertEqual(answer["accepted"], {})
        self.assertEqual(self.parts.settings.now.password, "longenough")


class Log(WebCase):
    def test_json_from_a_number_on(self):
        for n in range(3):
            self.parts.health.event("tick", count=n)
        _, _, body = self.get("/api/log?since=1")
        log = json.loads(body)
        self.assertEqual([e["count"] for e in log["events"]], [1, 2])
        self.assertEqual((log["written"], log["events"][0]["n"]), (3, 1))

    def test_a_log_without_entries_is_json_too(self):
        self.assertEqual(json.loads(self.get("/api/log?since=x")[2])["events"], [])

    def test_a_spreadsheet_reads_it(self):
        self.parts.health.event("reason", because='say "no", twice')
        _, headers, body = self.get("/api/log.csv")
        self.assertEqual(headers["content-type"], "text/csv; charset=UTF-8")
        lines = body.decode().split("\r\n")
        self.assertEqual(lines[0], "number,t_s,event,details")
        self.assertEqual(lines[1], '0,0,"reason","because=say ""no"", twice"')


class Strangers(WebCase):
    def run_for(self, seconds, *clients):
        async def all_of_them():
            tasks = [asyncio.create_task(self.app.handle_request(c, c)) for c in clients]
            await asyncio.sleep(seconds)
            open_now = (self.app.connections, self.app.streams)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            return open_now

        return asyncio.run(all_of_them())

    def test_noise_is_refused_without_a_word_on_the_console(self):
        for noise in (
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n",
            b"GET\r\n\r\n",
            b"GET / nonsense\r\n\r\n",
            b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
            b"POST /api/hold HTTP/1.1\r\nContent-Length: many\r\n\r\n",
            b"GET /?%zz HTTP/1.1\r\n\r\n",
        ):
            self.assertEqual(self.exchange(noise)[0], 400)

    def test_a_request_without_end_is_cut_off(self):
        self.assertEqual(self.exchange(b"GET /" + b"a" * 9000)[0], 413)
        many = b"".join([b"X-%d: y\r\n" % n for n in range(999)])
        self.assertEqual(self.exchange(b"GET / HTTP/1.1\r\n" + many)[0], 413)

    def test_a_body_too_long_or_too_short_is_refused(self):
        status, _ = self.post("/api/settings", b'{"a":"' + b"x" * 2000 + b'"}')
        self.assertEqual(status, 413)
        short = b"POST /api/hold HTTP/1.1\r\nContent-Length: 100\r\n\r\n{}"
        self.assertIsNone(self.exchange(short))
        negative = b"POST /api/hold HTTP/1.1\r\nContent-Length: -5\r\n\r\n{}"
        self.assertEqual(self.exchange(negative)[0], 415)

    def test_a_connection_opened_in_advance_is_closed_quietly(self):
        self.assertIsNone(self.exchange(b""))
        self.assertEqual(self.parts.health.counters, {})

    def test_a_client_that_says_nothing_is_not_waited_for(self):
        httpd.PATIENCE_S = 0.05
        try:
            silent = Client(None)
            self.assertEqual(self.run_for(0.2, silent), (0, 0))
            self.assertTrue(silent.closed)
        finally:
            httpd.PATIENCE_S = 8

    def test_a_client_that_takes_nothing_is_dropped(self):
        httpd.PATIENCE_S = 0.05
        try:
            asleep = Client(b"GET /api/stream HTTP/1.1\r\n\r\n", asleep=True)
            self.assertEqual(self.run_for(0.2, asleep), (0, 0))
            self.assertTrue(asleep.closed)
        finally:
            httpd.PATIENCE_S = 8

    def test_a_crowd_is_turned_away_and_the_first_are_served(self):
        crowd = [Client(None) for _ in range(httpd.CONNECTIONS + 3)]
        self.assertEqual(self.run_for(0.05, *crowd)[0], httpd.CONNECTIONS)
        self.assertEqual(sum(1 for c in crowd[-3:] if c.closed), 3)
        self.assertEqual(self.app.connections, 0)


class Stream(WebCase):
    def test_the_status_comes_each_second_until_the_client_goes(self):
        client = Client(b"GET /api/stream HTTP/1.1\r\n\r\n", gone_after=5)
        asyncio.run(self.app.handle_request(client, client))
        _, headers, body = client.answer()
        self.assertEqual(headers["content-type"], "text/event-stream")
        events = [json.loads(line[6:]) for line in body.decode().split("\n\n") if line]
        self.assertEqual([e["uptime_s"] for e in events], [0, 1, 2, 3])
        self.assertEqual(self.app.streams, 0)

    def test_a_fifth_live_view_is_refused_and_a_closed_one_makes_room(self):
        class Clock(fake.Clock):
            async def sleep_ms(self, n):
                await asyncio.sleep(0.01)

        self.parts = fake.make(Clock())
        self.app = web.make_app(self.parts, page=PAGE_NAME)
        viewers = [Client(b"GET /api/stream HTTP/1.1\r\n\r\n") for _ in range(5)]

        async def watch():
            tasks = []
            for viewer in viewers:
                tasks.append(asyncio.create_task(self.app.handle_request(viewer, viewer)))
                await asyncio.sleep(0.01)
            open_now = self.app.streams
            viewers[0].gone_after = 0
            await asyncio.sleep(0.05)
            left = self.app.streams
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            return open_now, left

        self.assertEqual(asyncio.run(watch()), (4, 3))
        self.assertEqual(viewers[4].answer()[0], 503)
        self.assertEqual(self.app.streams, 0)


if __name__ == "__main__":
    unittest.main()
