"""The JSON interface and the page over HTTP, for a well-behaved client."""

import json
import unittest

import parts as fake
from client import PAGE, WebCase

from firmware.views import api_page

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
        api_page.FOLDER = "/nowhere/"
        status, _, body = self.get("/")
        self.assertEqual(status, 500)
        self.assertIn("flash it again", json.loads(body)["error"])

    def test_probes_for_the_internet_lead_to_the_page(self):
        for path in PROBES + ("/anything/else",):
            status, headers, _ = self.get(path, "Host: connectivitycheck.gstatic.com\r\n")
            self.assertEqual((status, headers["location"]), (302, "http://4.3.2.1/"))


class Steering(WebCase):
    def setUp(self):
        super().setUp()
        self.parts.inverter.latest = fake.reading(1500, 0)

    def test_a_hold_that_cannot_act_is_refused_with_the_reason(self):
        self.parts.mains.locked = False
        status, answer = self.post("/api/hold", {"watts": 1000})
        self.assertEqual(status, 409)
        self.assertIn("sees no mains", answer["error"])
        self.parts.mains.locked = True
        self.parts.inverter.latest = None
        self.assertIn("inverter", self.post("/api/hold", {"watts": 1000})[1]["error"])
        self.parts.inverter.latest = fake.reading(1500, 0)
        self.parts.settings.change(full_scale_ma=5.0)
        status, answer = self.post("/api/hold", {"watts": 5000})
        self.assertEqual((status, answer["field"]), (400, "watts"))
        self.assertIn("the output stage can show 2719 W", answer["error"])
        self.assertEqual(self.parts.hold.left_s(0), 0)

    def test_what_could_be_two_numbers_is_asked_back(self):
        for typed in ("2.000", "1,500"):
            status, answer = self.post("/api/hold", {"watts": typed})
            self.assertEqual(status, 400)
            self.assertIn("is %s " % typed, answer["error"])
        self.assertEqual(self.post("/api/hold", {"watts": "2 000"})[1]["watts"], 2000)

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
            "watts: give -10000 to 10000 W; 10001 is not.",
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
        self.assertEqual(fields["password"]["set"], True)
        self.assertFalse(b"not for everyone" in body)
        self.assertFalse("direction" in fields)

    def test_a_change_answers_with_what_is_in_force(self):
        status, answer = self.post("/api/settings", {"lag_deg": "2.5", "limit_w": 5000})
        self.assertEqual(status, 200)
        self.assertEqual(answer, {"accepted": {"lag_deg": 2.5, "limit_w": 5000}, "saved": True})
        self.assertEqual(self.parts.settings.now.lag_deg, 2.5)

    def test_a_stage_answers_with_all_that_came_with_it(self):
        answer = self.post("/api/settings", {"stage": "board_transformer"})[1]["accepted"]
        self.assertEqual((answer["stage"], answer["idle_by_gate"]), ("board_transformer", True))
        self.assertAlmostEqual(answer["lag_deg"], 21.94, delta=1e-4)
        self.assertFalse("limit_w" in answer)

    def test_numbers_may_be_typed_as_people_do(self):
        self.post("/api/settings", {"lag_deg": "22,7", "limit_w": "9 000 W"})
        self.assertAlmostEqual(self.parts.settings.now.lag_deg, 22.7, delta=1e-4)
        self.assertEqual(self.parts.settings.now.limit_w, 9000)
        status, answer = self.post(
            "/api/settings", {"lag_deg": "1.500", "full_scale_ma": "22.866"}
        )
        self.assertEqual(status, 200)  # 1500 degrees can't be meant
        status, answer = self.post("/api/settings", {"mains_scale": "1.500"})
        self.assertEqual(status, 200)

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
        self.assertEqual(lines[0], "number,time,seconds,event,what,details")
        begin, _, rest = lines[1].partition(",0,")
        self.assertEqual(begin[:2], "0,")
        self.assertEqual(rest, '"reason","Say ""no"", twice","because=say ""no"", twice"')


if __name__ == "__main__":
    unittest.main()
