"""Inverters that lie at random: a wrong sign lasts two polls, and what lags by one a third.

Every run draws another seed and prints it; HOSTILE_SEED=… repeats one, HOSTILE=20 (`make hostile`)
multiplies the inverters. Each has one firmware, one set of lies, and another one half way.
"""

import os
import random
import unittest

from inverter_rig import Rig

from tools.fake_inverter import sungrow

TIMEOUT_S = 3600  # of the long run
INVERTERS, POLLS = 8, 90
TIMES = int(os.getenv("HOSTILE") or "1")
SEED = int(os.getenv("HOSTILE_SEED") or "0") or int.from_bytes(os.urandom(4), "big") | 1
FIRMWARE = (
    ("sungrow_sh_k", "magnitude", False),
    ("sungrow_sh_k", "signed", False),
    ("sungrow_sh_rs_rt_t", "magnitude", False),
    ("sungrow_sh_rs_rt_t", "magnitude", True),
    ("sungrow_sh_rs_rt_t", "signed", True),
)
HEIGHTS = (-3000, -1200, -400, -250, -150, 0, 0, 150, 250, 400, 1200, 3000)
SUN_W = (0, 1000, 3000, 4000, 9000)  # beside which such a battery is nothing
SHOWN_W = 100  # below, a sign is not worth a contradiction (witness.WITNESSED_W)
MOST_POLLS = 2


def lies(slave):
    """Flags and answers of 5213 that leave somebody who tells the truth, and is asked."""
    while True:
        flags, r5213 = random.choice(sungrow.FLAGS), random.choice(sungrow.ANSWERS_5213)
        honest = flags in ("live", "dead") or slave.has_5213 and r5213 == "live"
        if slave.balance_known or honest:
            return {"flags": flags, "r5213": r5213}


def course():
    """Watts of each poll: steps, ramps and turns."""
    watts, now_w = [], random.choice(HEIGHTS)
    while len(watts) < POLLS:
        then_w = random.choice(HEIGHTS + (-now_w,))
        polls = random.randrange(3, 25)
        steps = polls if random.randrange(2) else 1
        watts += [now_w + (then_w - now_w) * min(i + 1, steps) // steps for i in range(polls)]
        now_w = then_w
    return watts[:POLLS]


class Inverter:
    """A rig whose registers lag behind each other, whose PV moves and whose losses are real."""

    def __init__(self):
        profile, generation, has_5213 = random.choice(FIRMWARE)
        self.rig = Rig(profile, generation)
        slave = self.rig.slave
        slave.has_5213 = has_5213
        slave.device_code = 0 if profile == "sungrow_sh_k" else 0x0E13
        slave.signed_amps = random.randrange(3) == 0
        slave.balance_known = random.randrange(4) > 0
        self.lost, self.standby_w = random.choice((0.02, 0.04, 0.07)), random.choice((0, 30, 60))
        self.lag = random.randrange(2)  # polls by which 5213 and PV are behind
        self.pv_w = random.choice(SUN_W)
        self.told = []
        self.images = []
        self.honest, slave.read = slave.read, self.read

    def lie(self):
        slave = self.rig.slave
        told = lies(slave)
        self.told.append(told)
        for name in told:
            setattr(slave, name, told[name])

    def read(self, function, address, count):
        words = self.honest(function, address, count)
        if isinstance(words, int) or function != 4:
            return words
        behind = self.images[max(0, len(self.images) - 1 - self.lag)]
        for i in range(count):
            if address + i in (5016, 5017, 5213, 5214) and words[i] != 0xFFFF:
                words[i] = behind.get(address + i, words[i])
            if address + i in (13033, 13034):
                words[i] = self.images[-1].get(address + i, words[i])
        return words

    def live(self, watts):
        """One poll at that power; what was read, None where it was nothing new."""
        slave = self.rig.slave
        if random.randrange(30) == 0:
            self.pv_w = random.choice(SUN_W)
        slave.pv_w += max(-300, min(300, self.pv_w - slave.pv_w))  # a cloud
        slave.battery_w = watts
        slave.soc_pct -= watts / 360000  # of 10 kWh
        image = sungrow.image(slave)
        if slave.balance_known:
            passes_w = slave.pv_w + max(0, watts)
            active_w = int(slave.pv_w + watts - self.lost * passes_w) - self.standby_w
            image[13033], image[13034] = active_w & 0xFFFF, active_w >> 16 & 0xFFFF
        self.images = self.images[-2:] + [image]
        before = self.rig.inverter.latest
        reading = self.rig.watts(watts)
        return None if self.rig.inverter.latest is before else reading


class Hostile(unittest.TestCase):
    def test_a_wrong_sign_never_lasts(self):
        print("HOSTILE_SEED=%d HOSTILE=%d" % (SEED, TIMES))
        polls = right = silent = wrong = longest = 0
        for number in range(INVERTERS * TIMES):
            random.seed((SEED + number) & 0x3FFFFFFF)
            inverter = Inverter()
            streak = 0
            for i, watts in enumerate(course()):
                if i in (15, POLLS // 2):
                    inverter.lie()
                shown = inverter.live(watts)
                polls += 1
                right += shown == watts
                silent += shown is None
                bad = shown is not None and shown * watts < 0 and abs(watts) > SHOWN_W
                wrong += bad
                streak = streak + 1 if bad else 0
                longest = max(longest, streak)
                self.assertTrue(
                    streak <= MOST_POLLS + inverter.lag,
                    "inverter %d: %d W shown as %d W at poll %d; %s"
                    % (SEED + number, watts, shown or 0, i, inverter.told),
                )
        words = "%d polls: %d right, %d silent, %d of a wrong sign, %d in a row at most"
        print(words % (polls, right, silent, wrong, longest))
        self.assertTrue(right > polls // 2, right)


if __name__ == "__main__":
    unittest.main()
