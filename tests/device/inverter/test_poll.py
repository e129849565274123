"""The inverter poller: the right watts with the right sign, or none and a reason."""

import unittest

import rs485
from inverter_rig import Rig

QUESTION = "direction unknown - is the battery charging now?"


class SungrowSigns(unittest.TestCase):
    def check(self, rig, small_w=1, polls=1):
        for battery_w in (1200, -1200, 0, 3000, -3000, small_w, -2 * small_w):
            self.assertEqual(rig.watts(battery_w, polls), battery_w)

    def test_magnitude_and_bits(self):
        rig = Rig()
        self.check(rig)
        self.assertEqual(rig.inverter.status()["way_by"], "running state")

    def test_signed(self):
        self.check(Rig(generation="signed"))

    def test_dead_bits_are_resolved_by_the_energy_balance(self):
        rig = Rig(generation="dead_flags")
        rig.slave.pv_w = 0
        self.check(rig, 50, 2)
        self.assertEqual(rig.inverter.status()["way_by"], "energy balance")
        self.assertFalse(rig.inverter.asks_direction)
        self.assertTrue(abs(rig.watts(3)) <= 3)  # too little to have a direction

    def test_one_request_per_reading_and_pv_every_other_time(self):
        rig = Rig()
        rig.watts(1000, 2)
        del rig.wire.questions[:]
        rig.poll(6)
        block, pv = bytes.fromhex("010432c700244f54"), bytes.fromhex("010413980002f4a0")
        frames = [frame for _, frame in rig.wire.questions]
        self.assertEqual((frames.count(block), frames.count(pv), len(frames)), (6, 3, 9))

    def test_fewer_words_where_the_long_read_is_refused(self):
        rig = Rig()
        honest = rig.slave.read
        rig.slave.read = lambda f, address, count: 2 if count > 26 else honest(f, address, count)
        self.assertEqual(rig.watts(-1500), -1500)

    def test_what_else_is_known(self):
        rig = Rig()
        rig.slave.battery_w = 1024
        reading = rig.poll()
        self.assertEqual(
            (reading.soc_pct, reading.battery_v, reading.battery_a), (55.0, 51.2, 20.0)
        )
        self.assertEqual(rig.inverter.status()["temp_c"], 23.1)

    def test_not_available_is_never_minus_one_watt(self):
        for generation in ("magnitude", "signed", "dead_flags"):
            rig = Rig(generation=generation)
            rig.slave.invalid = True
            self.assertEqual(rig.poll(4), None)
            self.assertIn("invalid", rig.inverter.problem)


class TheQuestion(unittest.TestCase):
    """Dead bits, an unsigned current and no energy balance: only a person or time can tell."""

    def rig(self, **settings):
        rig = Rig(generation="dead_flags", **settings)
        rig.slave.balance_known = False
        return rig

    def test_is_asked_when_nothing_tells_the_direction(self):
        rig = self.rig()
        self.assertEqual(rig.watts(1500, polls=2), None)
        self.assertFalse(rig.inverter.asks_direction)
        self.assertEqual(rig.watts(1500), None)
        self.assertEqual(rig.inverter.problem, QUESTION)

    def test_the_answer_counts_and_is_stored_with_the_evidence(self):
        rig = self.rig()
        rig.watts(1500, polls=3)
        self.assertTrue(rig.inverter.answer_direction(charging=False))
        self.assertEqual(rig.watts(1500), 1500)
        self.assertEqual(rig.watts(1900), 1900)
        self.assertEqual(rig.inverter.status()["way_by"], "your answer")
        self.assertEqual(
            rig.settings.now.direction,
            "discharging; sungrow_sh_k at 1500 W, bits 0x0019, charge 55.0 %",
        )

    def test_charging_is_negative(self):
        rig = self.rig()
        rig.watts(-1500, polls=3)
        rig.inverter.answer_direction(charging=True)
        self.assertEqual(rig.watts(-1500), -1500)

    def test_an_answer_does_not_outlive_a_zero_crossing(self):
        rig = self.rig()
        rig.watts(-1500, polls=3)
        rig.inverter.answer_direction(charging=True)
        rig.poll()
        rig.watts(20)
        self.assertEqual(rig.watts(1500, polls=5), None)
        self.assertFalse(rig.inverter.asks_direction)
        self.assertIn("until the charge level moves", rig.inverter.problem)

    def test_then_the_charge_level_tells(self):
        for battery_w, step_pct in ((1500, -0.2), (-1500, 0.2)):
            rig = self.rig(direction="charging; sungrow_sh_k at 1500 W")
            self.assertEqual(rig.watts(battery_w), None)
            for _ in range(3):
                rig.slave.soc_pct += step_pct
                rig.poll()
            self.assertEqual(rig.inverter.latest.battery_w, battery_w)
            self.assertEqual(rig.inverter.status()["way_by"], "charge level")
            self.assertFalse(rig.inverter.asks_direction)

    def test_a_wrong_answer_is_corrected_by_the_charge_level(self):
        rig = self.rig()
        rig.watts(1500, polls=3)
        rig.inverter.answer_direction(charging=True)
        self.assertEqual(rig.watts(1500), -1500)
        rig.slave.soc_pct -= 0.6
        self.assertEqual(rig.watts(1500), 1500)

    def test_is_asked_once(self):
        rig = self.rig(direction="charging; sungrow_sh_k at 1500 W")
        rig.watts(-1500, polls=9)
        self.assertFalse(rig.inverter.asks_direction)

    def test_another_inverters_answer_does_not_count(self):
        rig = self.rig(direction="charging; sungrow_sh_rs_rt_t at 1500 W")
        self.assertEqual(rig.watts(-1500, polls=3), None)
        self.assertTrue(rig.inverter.asks_direction)

    def test_an_unasked_answer_is_taken_and_doubted_when_the_next_witness_speaks(self):
        rig = Rig()
        rig.watts(1500, 2)
        self.assertIn("running state", rig.inverter.answer_direction(charging=True))
        self.assertEqual(rig.watts(1500, 3), 1500)
        self.assertIn("answer doubted", [name for name, _ in rig.health.events])

    def test_trifles_are_not_asked_about(self):
        rig = self.rig()
        rig.watts(40, polls=5)
        self.assertFalse(rig.inverter.asks_direction)

    def test_a_signed_register_with_dead_bits_is_found_out_without_asking(self):
        rig = Rig(generation="signed")
        rig.slave.balance_known = False
        honest = rig.slave.read

        def read(function, address, count):
            words = honest(function, address, count)
            if address == 12999:
                words[1] &= ~6
            return words

        rig.slave.read = read
        self.assertEqual(rig.watts(-1500), -1500)
        self.assertEqual(rig.watts(1500), 1500)
        self.assertTrue(rig.settings.now.direction.startswith("signed; sungrow_sh_k at -1500 W"))
        again = Rig(direction=rig.settings.now.direction)
        again.slave.generation = "dead_flags"  # positive, and not a bit to tell
        again.slave.balance_known = False
        self.assertEqual(again.watts(1500), 1500)


class Register5213(unittest.TestCase):
    def test_is_used_where_it_answers(self):
        rig = Rig("sungrow_sh_rs_rt_t")
        for battery_w in (4000, -4000, 0, -70000 // 2):
            self.assertEqual(rig.watts(battery_w), battery_w)
        self.assertEqual(rig.inverter.status()["way_by"], "register 5213")
        self.assertEqual(rig.inverter.latest.soc_pct, 55.0)

    def test_old_firmware_falls_back_to_the_bits(self):
        rig = Rig("sungrow_sh_rs_rt_t")
        rig.slave.has_5213 = False
        for battery_w in (4000, -4000, 0):
            self.assertEqual(rig.watts(battery_w), battery_w)
        self.assertEqual(rig.inverter.status()["way_by"], "zero")

    def test_a_passing_failure_does_not_end_its_use(self):
        rig = Rig("sungrow_sh_rs_rt_t")
        rig.watts(4000)
        rig.slave.exception = 4
        rig.poll()
        rig.slave.exception = 0
        self.assertEqual(rig.watts(-4000), -4000)
        self.assertEqual(rig.inverter.status()["way_by"], "register 5213")

    def test_minus_one_watt_on_rt_is_nothing(self):
        rig = Rig("sungrow_sh_rs_rt_t", "signed")
        rig.slave.has_5213 = False
        self.assertEqual(rig.watts(-1), 0)


class Silence(unittest.TestCase):
    def test_lost_answers_are_counted_and_the_reading_ages(self):
        rig = Rig()
        first = rig.watts(1000) and rig.inverter.latest
        rig.wire.answer = lambda frame: None
        rig.poll(3)
        self.assertEqual(rig.inverter.latest, first)
        self.assertIn("no answer for", rig.inverter.problem)
        self.assertEqual(rig.health.counters["inverter no answer"], 3)

    def test_unusual_line_settings_are_hinted_at(self):
        rig = Rig("solax_g2_g3_g4")
        rig.wire.answer = lambda frame: None
        rig.poll(4)
        self.assertIn("(usual: 19200 8N1, address 1)", rig.inverter.problem)
        rig.settings.change(baud=19200)
        rig.poll()
        self.assertFalse("usual" in rig.inverter.problem)

    def test_a_search_that_begins_during_a_poll_gets_no_reading(self):
        rig = Rig()
        rig.slave.battery_w = 1000
        rig.wire.delay_ms = 300

        async def both():
            task = rs485.asyncio.create_task(rig.inverter.poll())
            while len(rig.wire.questions) < 2:
                await rs485.asyncio.sleep(0)
            rig.inverter.pause(True)
            await task

        rs485.run(both())
        self.assertEqual(rig.inverter.latest, None)

    def test_a_reading_does_not_outlive_ten_minutes(self):
        rig = Rig()
        rig.watts(1000)
        rig.wire.answer = lambda frame: None
        rig.clock.now_ms += 601000
        rig.poll()
        self.assertEqual(rig.inverter.latest, None)

    def test_months_of_silence_stay_silence(self):
        rig = Rig()
        rig.wire.answer = lambda frame: None
        for _ in range(400):
            rig.clock.now_ms += 3 * 3600 * 1000
            rig.poll()
            self.assertIn("no answer for", rig.inverter.problem)

    def test_a_refusal_is_shown_in_words(self):
        rig = Rig()
        rig.slave.exception = 4
        rig.poll()
        self.assertEqual(rig.inverter.problem, "the inverter refused: server device failure (4)")

    def test_a_standing_fault_comes_and_goes(self):
        rig = Rig()
        rig.wire.answer = lambda frame: None

        async def some_time():
            task = rs485.asyncio.create_task(rig.inverter.run())
            while rig.clock.now_ms < 20000:
                await rs485.asyncio.sleep(0)
            self.assertIn("inverter", rig.health.faults)
            rig.wire.answer = rig.slave.answer
            while rig.clock.now_ms < 60000:
                await rs485.asyncio.sleep(0)
            task.cancel()

        rs485.run(some_time())
        self.assertEqual(rig.health.faults, {})
        problems = [d["problem"][:9] for name, d in rig.health.events if name == "inverter"]
        self.assertEqual(problems, ["no answer", ""])


class Believing(unittest.TestCase):
    def test_beyond_the_profiles_limit_is_refused(self):
        rig = Rig()
        rig.watts(1000)
        self.assertEqual(rig.watts(12000), 1000)
        self.assertIn("beyond", rig.inverter.problem)
        self.assertEqual(rig.health.counters["inverter implausible"], 1)

    def contradicting(self, rig, polls):
        """The power register jumps, volts and amps do not."""
        honest = rig.slave.read

        def read(function, address, count):
            words = honest(function, address, count)
            if address == 12999:
                words[22] = 4000
            return words

        rig.slave.read = read
        return rig.poll(polls).battery_w

    def test_a_jump_that_volts_times_amps_deny_is_not_emitted(self):
        rig = Rig()
        rig.watts(1000)
        self.assertEqual(self.contradicting(rig, 2), 1000)
        self.assertIn("volts times amps", rig.inverter.problem)

    def test_a_lasting_contradiction_is_believed_with_a_remark(self):
        rig = Rig()
        rig.watts(1000)
        self.assertEqual(self.contradicting(rig, 4), 4000)
        self.assertIn("volts times amps", rig.inverter.status()["note"])

    def test_a_true_jump_passes_at_once(self):
        rig = Rig()
        rig.watts(1000)
        self.assertEqual(rig.watts(-4000), -4000)


class ChangedSettings(unittest.TestCase):
    def test_another_profile_is_loaded(self):
        rig = Rig()
        rig.poll()
        rig.settings.change(profile="sungrow_sh_rs_rt_t", baud=19200)
        rig.poll()
        self.assertEqual(rig.inverter.status()["profile"], "sungrow_sh_rs_rt_t")
        self.assertEqual(rig.wire.settings[0], 19200)

    def test_an_unknown_profile_is_a_problem_in_words(self):
        rig = Rig()
        rig.settings.change(profile="nonesuch")
        self.assertEqual(rig.poll(), None)
        self.assertIn("there is no nonesuch", rig.inverter.problem)

    def test_an_experimental_profile_needs_consent(self):
        rig = Rig()
        rig.settings.change(profile="srne_asf_hesp")
        rig.poll()
        self.assertIn("the direction of the battery power is unverified", rig.inverter.problem)


if __name__ == "__main__":
    unittest.main()
