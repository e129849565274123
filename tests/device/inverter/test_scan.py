"""The search finds who is on the line, and which profile fits, within two minutes."""

import asyncio
import sys
import unittest

import rs485
from inverter_rig import Health, Settings

from firmware.inverter import profiles
from firmware.inverter.poll import Inverter
from firmware.inverter.scan import Scan
from lib import rtu
from tools.fake_inverter.slave import Slave, sealed


class Rig:
    """A slave that hears only its own line settings and address."""

    def __init__(self, profile="sungrow_sh_k", baud=9600, parity=None, unit=1, shy=False):
        self.clock = rs485.TestClock()
        self.slave = Slave(profile, unit)
        self.slave.battery_w, self.slave.soc_pct = -1500, 64.0
        self.line = (baud, 8, parity, 1)
        self.shy = shy
        self.wire = rs485.Wire(self.clock, self.answer)
        self.client = rtu.Client(self.wire, self.clock)
        self.settings, self.health = Settings(), Health()
        self.inverter = Inverter(self.client, self.settings, self.health, self.clock)
        self.scan = Scan(self.client, self.inverter, self.settings, self.health)

    def answer(self, frame):
        if self.wire.settings != self.line:
            return None
        reply = self.slave.answer(frame)
        return None if reply and self.shy and reply[1] & 0x80 else reply

    def search(self, more=False):
        rs485.run(self.scan.run(more))
        return self.scan

    def seconds(self):
        return self.clock.now_ms / 1000


class Finding(unittest.TestCase):
    def test_a_sungrow_by_its_device_code(self):
        rig = Rig()
        scan = rig.search()
        self.assertEqual((scan.state, scan.found), ("found", (9600, "N", 1, 1)))
        self.assertEqual([p.profile for p in scan.proposals], ["sungrow_sh_k"])
        self.assertIsNone(sys.modules.get("firmware.inverter.search"))
        self.assertIsNone(sys.modules.get("firmware.inverter.identify"))
        self.assertIn("device code 0x0D0C", scan.proposals[0].why)

    def test_a_sungrow_newer_than_the_list_of_codes(self):
        for code, profile_id in ((0x0E31, "sungrow_sh_rs_rt_t"), (0x0D04, "sungrow_sh_k")):
            rig = Rig("sungrow_sh_rs_rt_t")
            rig.slave.device_code = code
            self.assertEqual([p.profile for p in rig.search().proposals], [profile_id])

    def test_other_families_by_what_makes_sense(self):
        for profile_id in (
            "growatt_sph_spa",
            "solis_hybrid",
            "deye_sunsynk_1p",
            "solax_g2_g3_g4",
            "huawei_sun2000_luna",
            "fronius_gen24_sunspec",
            "luxpower_eg4",
            "saj_h2",
        ):
            usual = profiles.load(profile_id)
            rig = Rig(profile_id, usual.line[0], None, usual.line[3])
            scan = rig.search()
            self.assertEqual((profile_id, scan.state), (profile_id, "found"))
            self.assertEqual(scan.proposals[0].profile, profile_id, scan.status())
            self.assertTrue(rig.seconds() < 120, (profile_id, rig.seconds()))

    def test_unusual_speed_parity_and_address(self):
        for baud, parity, code, unit in ((19200, "E", 0, 3), (4800, "N", None, 247)):
            rig = Rig("sungrow_sh_k", baud, code, unit)
            scan = rig.search()
            self.assertEqual(scan.found, (baud, parity, 1, unit))
            self.assertTrue(rig.seconds() < 120, rig.seconds())

    def test_one_that_is_silent_about_foreign_registers(self):
        rig = Rig("growatt_sph_spa", shy=True)
        scan = rig.search()
        self.assertEqual(scan.proposals[0].profile, "growatt_sph_spa")
        self.assertTrue(rig.seconds() < 120, rig.seconds())

    def test_a_dead_line_is_given_up_within_two_minutes(self):
        rig = Rig(baud=1200)
        scan = rig.search()
        self.assertEqual((scan.state, scan.found, scan.proposals), ("nothing", None, []))
        self.assertIn("nobody answered", scan.words)
        self.assertTrue(60 < rig.seconds() < 120, rig.seconds())


class Manners(unittest.TestCase):
    def test_the_output_has_no_reading_meanwhile_and_polls_go_on_afterwards(self):
        rig = Rig()
        rs485.run(rig.inverter.poll())
        self.assertEqual(rig.inverter.latest.battery_w, -1500)
        seen = []

        async def watched():
            task = asyncio.create_task(rig.scan.run())
            await asyncio.sleep(0)
            while rig.scan.running:
                seen.append((rig.inverter.latest, rig.inverter.problem))
                await asyncio.sleep(0)
            await task
            await rig.inverter.poll()

        rs485.run(watched())
        self.assertEqual(set(seen), {(None, "searching for the inverter")})
        self.assertEqual(rig.inverter.latest.battery_w, -1500)

    def test_it_only_ever_reads(self):
        rig = Rig("growatt_sph_spa")
        rig.search()
        self.assertEqual({frame[1] for _, frame in rig.wire.questions} - {3, 4}, set())

    def test_questions_never_come_in_bursts(self):
        rig = Rig()
        rig.search()
        times = [at_ms for at_ms, _ in rig.wire.questions]
        self.assertTrue(all(b - a >= 20 for a, b in zip(times, times[1:])))  # noqa: B905

    def test_it_can_be_cancelled(self):
        rig = Rig(baud=2400)

        async def interrupted():
            self.assertTrue(rig.scan.start())
            self.assertFalse(rig.scan.start())
            while rig.scan.tried < 5:
                await asyncio.sleep(0)
            cancelled_ms = rig.clock.now_ms
            rig.scan.cancel()
            while rig.scan.running:
                await asyncio.sleep(0)
            return rig.clock.now_ms - cancelled_ms

        self.assertTrue(rs485.run(interrupted()) < 1000)
        self.assertEqual(rig.scan.state, "cancelled")
        self.assertFalse(rig.inverter.paused)
        self.assertEqual(rig.wire.settings[0], 9600)


class Accepting(unittest.TestCase):
    def test_a_proposal_becomes_the_settings(self):
        rig = Rig("solax_g2_g3_g4", 19200, 0, 3)
        rig.search()
        now = rig.scan.accept("solax_g2_g3_g4")
        line = (now.profile, now.baud, now.parity, now.stop_bits, now.unit_address)
        self.assertEqual(line, ("solax_g2_g3_g4", 19200, "E", 1, 3))
        rs485.run(rig.inverter.poll())
        self.assertEqual(rig.inverter.latest.battery_w, -1500)

    def test_nothing_else_can_be_accepted(self):
        rig = Rig()
        with self.assertRaises(ValueError):
            rig.scan.accept("sungrow_sh_k")
        rig.search()
        with self.assertRaises(ValueError):
            rig.scan.accept("growatt_spf")


class Several(unittest.TestCase):
    def rig(self, *others):
        rig = Rig()
        first = rig.wire.answer

        def answer(frame):
            replies = [first(frame)] + [slave.answer(frame) for slave in others]
            replies = [reply for reply in replies if reply and rig.wire.settings == rig.line]
            return replies[0] if replies else None

        rig.wire.answer = answer
        return rig

    def test_all_that_answer_are_listed(self):
        meter = Slave("meter", 1)
        rig = self.rig(Slave("sungrow_sh_k", 4))
        rig.slave.unit = 3
        rig.wire.answer = (lambda first: lambda frame: first(frame) or meter.answer(frame))(
            rig.wire.answer
        )
        scan = rig.search()
        self.assertEqual([found[3] for found in scan.answers], [1, 3, 4])
        self.assertEqual({p.unit for p in scan.proposals}, {3, 4})
        self.assertEqual(scan.state, "found")
        now = scan.accept("sungrow_sh_k@4")
        self.assertEqual(now.unit_address, 4)

    def test_a_sungrow_whose_direction_is_unresolved_is_proposed(self):
        rig = Rig()
        rig.slave.generation, rig.slave.balance_known = "dead_flags", False
        self.assertEqual(rig.search().proposals[0].profile, "sungrow_sh_k")

    def test_what_was_left_out_is_said_and_tried_on_request(self):
        rig = Rig(baud=19200, parity=0, unit=5)
        scan = rig.search()
        self.assertEqual(scan.state, "nothing")
        self.assertIn("4 to 16", scan.left_out)
        self.assertIn("18 to 246", scan.left_out)
        scan = rig.search(more=True)
        self.assertEqual((scan.state, scan.found), ("found", (19200, "E", 1, 5)))

    def test_two_units_with_one_address_are_suspected(self):
        rig = Rig()
        honest = rig.answer

        def both(frame):
            reply = honest(frame)
            return reply and bytes([reply[0], reply[1] ^ 0x55]) + reply[2:]

        rig.wire.answer = both
        self.assertIn("one address", rig.search().hint)

    def test_two_that_answer_one_after_the_other_are_suspected(self):
        rig = Rig()
        other = Slave("sungrow_sh_k", 1)
        honest = rig.wire.answer

        def answer(frame):
            reply = honest(frame)
            if reply:
                rig.wire.send(20, reply)
                rig.wire.send(160, other.answer(frame))

        rig.wire.answer = answer
        scan = rig.search()
        self.assertEqual(scan.proposals[0].profile, "sungrow_sh_k")
        self.assertIn("two devices with one address", scan.hint)

    def test_two_that_answer_into_each_other_are_suspected(self):
        """What both say alike arrives well; the battery's registers do not."""
        rig = Rig()
        other = Slave("sungrow_sh_k", 1)
        honest = rig.wire.answer

        def both(frame):
            one, two = honest(frame), other.answer(frame)
            return one and bytes([a & b for a, b in zip(one, two)])  # noqa: B905

        rig.wire.answer = both
        scan = rig.search()
        self.assertEqual((scan.state, scan.proposals), ("found", []))
        self.assertIn("two devices with one address", scan.hint)

    def test_one_alone_is_not_suspected(self):
        for delay_ms in (20, 600, 1500):
            rig = Rig()
            rig.wire.delay_ms = delay_ms
            self.assertEqual((delay_ms, rig.search().hint), (delay_ms, ""))

    def test_while_listening_nothing_is_asked(self):
        rig = Rig()
        rig.settings.change(listen=True)
        rig.wire.send(9000, sealed(b"\x01\x04\x32\xc7\x00\x24"))
        rig.wire.send(40000, sealed(b"\x01\x04\x13\x98\x00\x02"))
        scan = rig.search()
        self.assertEqual((scan.state, rig.wire.questions), ("nothing", []))
        self.assertIn(
            "unit 1: 36 words at 12999 (function 4); unit 1: 2 words at 5016", scan.words
        )
        scan = rig.search()
        self.assertEqual(rig.wire.questions, [])
        self.assertIn("nobody else asks at 9600 8N1", scan.words)

    def test_another_master_is_heard_before_anything_is_asked(self):
        rig = Rig()
        rig.wire.send(500, sealed(b"\x01\x04\x32\xc7\x00\x24"))
        scan = rig.search()
        self.assertEqual((scan.state, rig.wire.questions), ("nothing", []))
        self.assertIn("listen", scan.words)

    def test_a_slow_inverter_is_found_and_its_time_learnt(self):
        for delay_ms in (900, 1500, 3000):
            rig = Rig()
            rig.wire.delay_ms = delay_ms
            scan = rig.search()
            self.assertEqual(scan.found, (9600, "N", 1, 1))
            self.assertEqual(scan.proposals[0].profile, "sungrow_sh_k")
            self.assertTrue(1.3 * delay_ms <= 1000 * scan.timeout_s <= 5000, scan.timeout_s)
            self.assertEqual(scan.accept(scan.proposals[0].profile).timeout_s, scan.timeout_s)


if __name__ == "__main__":
    unittest.main()
