"""Frames recorded on real inverters or printed in their documents decode as they should."""

import json
import unittest

import rs485

from firmware.inverter import profiles, sungrow_rare
from firmware.inverter.choose import make_battery
from firmware.inverter.sungrow import Sungrow
from lib import rtuframe, rtumake, rtusearch, rtuwords

RECORDS = __file__.rsplit("/", 3)[0] + "/recorded/inverter_frames.json"


def frame(text):
    return bytes(int(pair, 16) for pair in text.split())


def words_of(question, answer):
    """The words of an answer as the device's own search finds them."""
    request = frame(question)
    count = request[4] << 8 | request[5]
    data = rtusearch.Search(request, count).feed(frame(answer))
    return [data[2 * i] << 8 | data[2 * i + 1] for i in range(count)]


def records():
    with open(RECORDS) as file:
        return json.load(file)


def blocks():
    return [record for record in records() if "words" in record]


def teller(record):
    """The `ask` of a battery, told from the recorded frame."""
    words = words_of(record["rtu_request"], record["rtu_reply"])

    async def ask(function, address, count):
        if address == 4999:
            return (3603,)  # SH10RT-20
        start = address - record["start"]
        return tuple(words[start : start + count])

    return ask


# Single registers, and what their makers or owners say that they mean (the sources are in
# docs/inverters.md): (profile, {address: word}, watts, charge in %, volts, amps).
PUBLISHED = (
    # an owner's log: 511 W of PV, 306 W out of the inverter, so the battery is charged
    ("must_pv1800", {25205: 521, 25273: 65390, 25274: 65534}, -146, None, 52.1, -2),
    # the maker's protocol: 0.01 V, 0.1 A, 1 W, positive is discharging
    ("chisage_ess", {42: 5200, 43: 400, 45: 64, 46: 2080}, 2080, 64, 52.0, 40.0),
    # an integration's scales: 0.1 V, 0.1 A, 1 W, 0.1 %, positive is charging
    ("felicity_trex", {4365: 532, 4366: 250, 4367: 1330, 4368: 640}, -1330, 64, 53.2, -25.0),
    # an owner's 20K: 156 is 1560 W
    ("felicity_trex_25k", {4396: 520, 4400: 300, 4401: 156, 4408: 640}, -1560, 64, 52.0, -30.0),
    # the maker's protocol: the low word first; positive charges, as in its cloud
    ("livoltek_gen2", {42590: 0x0304, 42591: 0}, -772, None, None, None),
    ("livoltek_gen2", {42590: 0xFA24, 42591: 0xFFFF}, 1500, None, None, None),
    # "Battery Current Charge", 0.1 A, beside "Battery Power Charge"
    ("solax_g2_g3_g4", {20: 3120, 21: 48, 22: 1498, 28: 64}, -1498, 64, 312.0, -4.8),
    # positive charges, negative discharges: 0.1 V, 0.01 A, 0.01 kW
    ("sofar_hyd_g3", {1540: 4000, 1541: 375, 1542: 150, 1544: 64}, -1500, 64, 400.0, -3.75),
    ("sofar_hyd_es_me", {525: 150, 526: 500, 527: 3000, 528: 64}, -1500, 64, 50.0, -30.0),
)


class Recorded(unittest.TestCase):
    def test_the_words_are_those_of_the_recording(self):
        for record in blocks():
            self.assertEqual(words_of(record["rtu_request"], record["rtu_reply"]), record["words"])

    def test_battery_power_and_charge_are_as_stated(self):
        for record in blocks():
            battery = Sungrow(profiles.load(record["profile"]), teller(record))
            sample, expected = rs485.run(battery.sample()), record["expect"]
            self.assertEqual(sample.battery_w, expected["battery_power_w"])
            self.assertTrue(abs(sample.soc_pct - expected["soc_pct"]) < 0.05)
            self.assertTrue(abs(sample.battery_v - expected["battery_v"]) < 0.05)
            if "battery_a" in expected:
                self.assertTrue(abs(sample.battery_a - expected["battery_a"]) < 0.05)

    def test_the_energy_balance_is_as_stated(self):
        for record in blocks():
            battery = Sungrow(profiles.load(record["profile"]), teller(record))
            rs485.run(battery.sample())
            numbers = sungrow_rare.numbers(battery)
            self.assertEqual(numbers["active_w"], record["expect"]["active_power_w"])
            self.assertEqual(numbers["bits"], record["expect"]["flow_bits"])


def published(profile_id, words):
    """What a battery of the profile says whose registers hold these words, and zero else."""

    async def ask(function, address, count):
        return tuple(words.get(address + i, 0) for i in range(count))

    return rs485.run(rs485.run(make_battery(profiles.load(profile_id), ask)).sample())


class Published(unittest.TestCase):
    def test_registers_mean_what_those_say_who_published_them(self):
        for profile_id, words, *meant in PUBLISHED:
            sample = published(profile_id, words)
            read = (sample.battery_w, sample.soc_pct, sample.battery_v, sample.battery_a)
            for i, value in enumerate(meant):
                near = read[i] is None if value is None else abs(read[i] - value) < 0.01
                self.assertTrue(near, (profile_id, read, meant))

    def test_a_register_that_livoltek_does_not_know_is_no_power(self):
        absent = published("livoltek_gen2", {42590: 0xFFFF, 42591: 0xFFFF})
        self.assertEqual(absent.battery_w, None)


class Documented(unittest.TestCase):
    def test_every_printed_exchange_is_accepted(self):
        seen = 0
        for record in records():
            for exchange in record.get("frames", ()):
                if "exception" not in record["expect"]:
                    words = words_of(exchange["tx"], exchange["rx"])
                    self.assertEqual(len(words) * 2, frame(exchange["rx"])[2])
                    seen += 1
        self.assertEqual(seen, 4)

    def test_the_sungrow_state_example_means_discharging(self):
        state, bits = words_of("01 04 32 c7 00 02 ce 8e", "01 04 04 40 00 00 0d 2f 81")
        self.assertEqual((state, bits & 6), (0x4000, 4))

    def test_our_question_is_the_printed_one(self):
        pdu = b"\x04\x13\x87\x00\x0a"
        self.assertEqual(bytes(rtumake.sealed(1, pdu)), frame("01 04 13 87 00 0a c4 a0"))

    def test_an_exception_is_named(self):
        (record,) = [r for r in records() if "exception" in r["expect"]]
        exchange = record["frames"][0]
        try:
            words_of(exchange["tx"], exchange["rx"])
        except rtuframe.Refused as why:
            self.assertEqual(why.code, record["expect"]["exception"])
            self.assertIn("illegal data address", rtuwords.refusal(why.code))
        else:
            self.fail("no exception")


if __name__ == "__main__":
    unittest.main()
