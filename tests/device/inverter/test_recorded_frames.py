"""Frames recorded on real inverters or printed in their documents decode as they should."""

import json
import unittest

import rs485

from firmware.inverter import profiles, sungrow_rare
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
