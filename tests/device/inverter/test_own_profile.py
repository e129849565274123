"""A profile of one's own: used like any other, or refused with field and reason."""

import json
import os
import unittest

import rs485

from firmware.inverter import own_profile, profiles
from firmware.inverter.choose import make_battery

GOOD = {
    "name": "Garage battery",
    "line": [19200, "E", 1, 5],
    "limit_w": 5000,
    "how": "magnitude",
    "power": [3, 100, "u16", 10],
    "direction": {"at": [3, 101, "u16", 1], "charging": [1], "discharging": [2, 3]},
    "soc": [3, 102, "u16", 0.5],
    "counter": [3, 103, "u16", 1],
}


class OwnProfile(unittest.TestCase):
    def tearDown(self):
        try:
            os.remove(own_profile.OWN_FILE)
        except OSError:
            pass  # this test wrote none

    def load(self, **changes):
        raw = dict(GOOD)
        raw.update(changes)
        return self.load_text(json.dumps({k: v for k, v in raw.items() if v is not ...}))

    def load_text(self, text):
        with open(own_profile.OWN_FILE, "w") as file:
            file.write(text)
        return profiles.load("own")

    def refused(self, words, **changes):
        try:
            self.load(**changes)
        except profiles.ProfileError as why:
            self.assertEqual(str(why), "own_profile.json: " + words)
        else:
            self.fail("accepted: %s" % changes)

    def test_a_good_one_is_read(self):
        profile = self.load()
        self.assertEqual(profile.id, "own")
        self.assertEqual(profile.line, (19200, "E", 1, 5))

    def test_it_gives_watts(self):
        profile = self.load()
        for way, watts in ((1, -1200), (2, 1200), (3, 1200), (0, None)):
            answers = iter([(120, way, 130, 9)])

            async def ask(function, address, count):
                self.assertEqual((function, address, count), (3, 100, 4))
                return next(answers)  # noqa: B023, called before the next turn

            sample = rs485.run(rs485.run(make_battery(profile, ask)).sample())
            self.assertEqual((sample.battery_w, sample.soc_pct, sample.counter), (watts, 65, 9))

    def test_what_is_missing_is_named(self):
        self.refused("name: missing", name=...)
        self.refused("line: missing", line=...)
        self.refused('direction: missing, "how": "magnitude" needs it', direction=...)
        self.refused('charge: missing, "how": "difference" needs it', how="difference",
                     discharge=[3, 1, "u16", 1])  # fmt: skip

    def test_what_cannot_be_is_named_with_the_reason(self):
        self.refused("colour: unknown field", colour="red")
        self.refused("name: must be a text", name=5)
        self.refused("limit_w: a whole number 100..1000000, not 1", limit_w=1)
        self.refused(
            "how: one of difference, magnitude, net_product, product, signed, sungrow, not magic",
            how="magic",
        )
        self.refused("line: must be [baud, parity, stop bits, unit]", line=[9600])
        self.refused("line baud: a whole number 1200..115200, not 300", line=[300, "N", 1, 1])
        self.refused("line parity: N, E or O, not X", line=[9600, "X", 1, 1])
        self.refused("line unit: a whole number 1..255, not 0", line=[9600, "N", 1, 0])
        self.refused("experimental: true or false", experimental="yes")
        self.refused("sunspec: must be a list of [model, usual address]", sunspec=[160])

    def test_bad_registers_are_named_with_the_reason(self):
        self.refused("power: must be [function, address, type, scale]", power=[3, 100])
        self.refused("power function: a whole number 3..4, not 6", power=[6, 100, "u16", 1])
        self.refused(
            "power address: a whole number 0..65535, not 70000", power=[3, 70000, "u16", 1]
        )
        self.refused(
            "power type: one of u16 s16 u32 s32 f32 u32_lo s32_lo f32_lo u16_sw, not u8",
            power=[3, 100, "u8", 1],
        )
        self.refused("soc scale: a number up to 10000 and not 0, not 0", soc=[3, 102, "u16", 0])
        self.refused("soc: unknown extra masc", soc=[3, 102, "u16", 1, {"masc": 255}])
        self.refused(
            "soc mask: only of an unsigned register", soc=[3, 102, "f32", 1, {"mask": 255}]
        )
        self.refused(
            "direction: must have at, charging, discharging", direction={"at": [3, 1, "u16", 1]}
        )
        self.refused(
            "direction charging: must be a list of values",
            direction={"at": [3, 1, "u16", 1], "charging": 1, "discharging": [2]},
        )

    def test_no_file_no_json_and_no_whole_object_are_refused(self):
        whole = json.dumps(GOOD)
        for text in ("", "{", "[1]", "7", whole[:-1], whole[: len(whole) // 2], "name: x"):
            try:
                self.load_text(text)
            except profiles.ProfileError as why:
                words = ("not JSON", "must be a whole object {…}")
                self.assertIn(str(why), ["own_profile.json: " + word for word in words])
            else:
                self.fail("accepted: " + text)
        os.remove(own_profile.OWN_FILE)
        with self.assertRaises(profiles.ProfileError):
            profiles.load("own")


if __name__ == "__main__":
    unittest.main()
