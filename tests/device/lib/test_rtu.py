"""The RTU master: its own answer or a named fault, whatever the line does."""

import asyncio
import unittest

import rs485

from lib import rtu, rtuwords
from tools.fake_inverter.slave import Slave, sealed

UNIT, FUNCTION, ADDRESS, COUNT = 1, 4, 12999, 26


class Rig:
    def __init__(self, **options):
        self.clock = rs485.TestClock()
        self.slave = Slave()
        self.wire = rs485.Wire(self.clock, self.slave.answer)
        self.client = rtu.Client(self.wire, self.clock, **options)

    def now(self):
        return self.clock.now_ms

    def read(self, count=COUNT, unit=UNIT, timeout_ms=1000):
        return rs485.run(self.client.read(unit, FUNCTION, ADDRESS, count, timeout_ms))

    def fault(self, **options):
        try:
            words = self.read(**options)
        except rtu.FrameError as why:
            return why
        raise AssertionError("no fault but %s" % (words,))


def timed_rig(times):
    """A rig whose DE pin notes (level, time in ms) in a list."""
    rig = Rig()
    rig.client = rtu.Client(rig.wire, rig.clock, lambda level: times.append((level, rig.now())))
    return rig


class Answers(unittest.TestCase):
    def test_the_words_come_back_as_unsigned_numbers(self):
        rig = Rig()
        rig.slave.battery_w = 40000
        words = rig.read()
        self.assertEqual(len(words), 26)
        self.assertEqual(words[22], 40000)

    def test_the_question_is_the_documented_frame(self):
        rig = Rig()
        rig.read(count=50)
        self.assertEqual(rig.wire.questions[0][1], bytes.fromhex("010432c70032ce9a"))

    def test_an_echo_is_skipped_and_reported(self):
        rig = Rig()
        rig.wire.echo = True
        self.assertEqual(len(rig.read()), 26)
        self.assertTrue(rig.client.echo)

    def test_noise_around_the_answer_is_skipped(self):
        rig = Rig()
        rig.wire.plan = [lambda reply, w: [(5, b"\x00\x01\x04\xff"), (30, reply + b"\x55\x01")]]
        self.assertEqual(len(rig.read()), 26)
        self.assertEqual(len(rig.read()), 26)

    def test_an_answer_in_single_bytes_is_put_together(self):
        rig = Rig()
        rig.wire.plan = [
            lambda reply, w: [(20 + 2 * i, reply[i : i + 1]) for i in range(len(reply))]
        ]
        self.assertEqual(len(rig.read()), 26)

    def test_the_round_trip_is_measured(self):
        rig = Rig()
        rig.wire.delay_ms = 100
        for _ in range(5):
            rig.read()
        low, middle, high = rtuwords.statistics(rig.client)["trip_ms"]
        self.assertTrue(90 <= low <= middle <= high <= 120, (low, middle, high))


class Faults(unittest.TestCase):
    def test_silence_is_no_answer_after_the_timeout(self):
        rig = Rig()
        rig.wire.plan = [rs485.lost]
        self.assertEqual(rig.fault().kind, "no answer")
        self.assertTrue(1000 <= rig.clock.now_ms < 1120, rig.clock.now_ms)

    def test_only_the_echo_is_no_answer(self):
        rig = Rig()
        rig.wire.echo = True
        rig.wire.plan = [rs485.lost]
        self.assertIn("echo", str(rig.fault()))

    def test_a_damaged_answer_is_a_bad_crc_and_ends_the_wait(self):
        rig = Rig()
        rig.wire.plan = [lambda reply, w: [(20, reply[:30] + b"\x00\x01" + reply[32:])]]
        self.assertEqual(rig.fault().kind, "bad crc")
        self.assertTrue(rig.clock.now_ms < 300, rig.clock.now_ms)

    def test_a_broken_off_answer_is_truncated(self):
        rig = Rig()
        rig.wire.plan = [lambda reply, w: [(20, reply[:30])]]
        self.assertEqual(rig.fault().kind, "truncated")

    def test_another_units_answer_is_wrong_unit(self):
        rig = Rig()
        rig.wire.plan = [lambda reply, w: [(20, sealed(b"\x02\x04\x02\x00\x07"))]]
        self.assertEqual(rig.fault().kind, "wrong unit")

    def test_another_functions_answer_is_wrong_function(self):
        rig = Rig()
        rig.wire.plan = [lambda reply, w: [(20, sealed(b"\x01\x03\x02\x00\x07"))]]
        self.assertEqual(rig.fault().kind, "wrong function")

    def test_another_size_is_wrong_count(self):
        rig = Rig()
        rig.wire.plan = [lambda reply, w: [(20, sealed(b"\x01\x04\x02\x00\x07"))]]
        self.assertEqual(rig.fault().kind, "wrong count")

    def test_noise_alone_is_garbage(self):
        rig = Rig()
        rig.wire.plan = [lambda reply, w: [(20, b"\xaa\x55" * 20)]]
        self.assertEqual(rig.fault().kind, "garbage")

    def test_a_refusal_is_named(self):
        rig = Rig()
        rig.slave.exception = 6
        why = rig.fault()
        self.assertEqual((why.kind, why.code, why.busy), ("refused", 6, True))
        self.assertIn("server device busy", rtuwords.refusal(why.code))

    def test_a_line_that_never_falls_silent_is_a_line_fault(self):
        rig = Rig()
        for i in range(2000):
            rig.wire.send(2 * i, b"\xff")
        self.assertEqual(rig.fault().kind, "line")

    def test_a_failing_port_is_a_line_fault(self):
        rig = Rig()

        def fail(frame):
            raise OSError(5)

        rig.wire.write = fail
        self.assertEqual(rig.fault().kind, "line")

    def test_every_fault_is_counted_by_kind(self):
        rig = Rig()
        rig.wire.plan = [rs485.lost, rs485.lost]
        rig.fault()
        rig.fault()
        self.assertEqual(rtuwords.statistics(rig.client)["faults"], {"no answer": 2})
        rig.read()
        self.assertEqual(rtuwords.statistics(rig.client)["good"], 1)


class LateAnswers(unittest.TestCase):
    def check(self, by_ms):
        """A late answer of 1111 W is the answer to its own question, or nobody's."""
        rig = Rig()
        rig.slave.battery_w = 1111
        rig.wire.plan = [rs485.late(by_ms)]
        self.assertEqual(rig.fault().kind, "no answer")
        rig.slave.battery_w = 2222
        for _ in range(4):
            asked = len(rig.wire.questions)
            try:
                watts = rig.read()[22]
            except rtu.FrameError:
                continue
            asked_again = len(rig.wire.questions) > asked
            self.assertEqual(watts, 2222 if asked_again else 1111)
        self.assertEqual(rig.read()[22], 2222)
        return rig

    def test_just_after_the_timeout(self):
        self.check(1040)

    def test_in_the_grace_time(self):
        self.assertEqual(self.check(1800).client.late, 1)

    def test_when_the_next_question_is_already_out(self):
        for by_ms in range(1900, 2300, 10):
            self.check(by_ms)

    def test_a_slave_that_queues_its_answers(self):
        """Seconds behind, but in order: sizes tell the answers apart."""
        rig = Rig()
        behind = []

        def slow(reply, wire):
            behind.append(wire.clock.now_ms)
            return [(max(3500, 3500 * len(behind) - wire.clock.now_ms), reply)]

        rig.wire.plan = [slow] * 6
        watts = 1000
        seen = []
        for _ in range(40):
            watts += 1
            rig.slave.battery_w = watts
            asked = len(rig.wire.questions)
            try:
                words = rig.read()
                if len(rig.wire.questions) > asked:  # else a lone late one came for its own
                    seen.append((watts, words[22]))
            except rtu.FrameError:
                pass
        self.assertTrue(len(seen) > 5, seen)
        for asked, answer in seen:
            self.assertEqual(asked, answer)

    def test_a_refused_probe_settles_the_line_too(self):
        rig = Rig()
        rig.wire.plan = [rs485.lost, lambda reply, w: [(20, sealed(b"\x01\x84\x02"))]]
        rig.fault()
        self.assertEqual(len(rig.read()), 26)

    def test_a_cancelled_question_leaves_a_debt(self):
        rig = Rig()
        rig.wire.delay_ms = 500
        rig.slave.battery_w = 1111

        async def ask_and_leave():
            question = asyncio.create_task(rig.client.read(UNIT, FUNCTION, ADDRESS, COUNT, 1000))
            while not rig.wire.questions:
                await asyncio.sleep(0)
            question.cancel()

        rs485.run(ask_and_leave())
        rig.slave.battery_w = 2222
        rig.clock.now_ms += 3000
        self.assertEqual(rig.read()[22], 2222)

    def test_a_lone_late_answer_counts_for_an_inverter_that_is_always_slow(self):
        rig = Rig()
        rig.wire.delay_ms = 1500
        good = 0
        for watts in range(1000, 1010):
            rig.slave.battery_w = watts
            try:
                good += rig.read()[22] >= watts - 1
            except rtu.FrameError:
                pass
        self.assertEqual(good, 5)

    def test_an_old_settling_answer_settles_nothing(self):
        """Question, then two settling ones, unanswered; the first one's answer comes after 7 s."""
        rig = Rig()
        numbers = []

        def answer(frame):
            numbers.append(len(numbers) + 1)
            count = frame[5]
            data = bytes((0, numbers[-1])) * count
            return sealed(bytes((frame[0], frame[1], 2 * count)) + data)

        rig.wire.answer = answer
        rig.wire.plan = [rs485.late(9000), rs485.late(7000)] + [rs485.late(6500)] * 3
        for _ in range(9):
            asked = len(numbers)
            try:
                words = rig.read()
            except rtu.FrameError:
                continue
            self.assertEqual(words[0], max(1, len(numbers)), (asked, numbers))

    def test_a_damaged_answer_does_not_settle_an_older_question(self):
        rig = Rig()
        rig.slave.battery_w = 1111
        rig.wire.plan = [rs485.late(6000), rs485.lost, lambda r, w: [(20, r[:3] + b"x" + r[4:])]]
        for watts in (1111, 2222, 3333, 4444, 5555):
            rig.slave.battery_w = watts
            try:
                self.assertEqual(rig.read()[22], watts)
            except rtu.FrameError:
                pass

    def test_the_ledger_is_forgotten_after_a_minute(self):
        rig = Rig()
        rig.wire.plan = [rs485.lost]
        rig.fault()
        rig.clock.now_ms += 61000
        del rig.wire.questions[:]
        rig.read()
        self.assertEqual(len(rig.wire.questions), 1)


class Manners(unittest.TestCase):
    def test_frames_are_3_5_characters_apart(self):
        rig = Rig()
        rig.client.set_line(1200)
        rig.wire.send(0, b"\xff")
        rig.read()
        self.assertTrue(rig.wire.questions[0][0] >= 29, rig.wire.questions[0])

    def test_the_inverter_gets_a_rest_between_answer_and_question(self):
        rig = Rig()
        for _ in range(5):
            rig.read()
        times = [at_ms for at_ms, _ in rig.wire.questions]
        for i in range(4):
            self.assertTrue(times[i + 1] - times[i] >= rig.wire.delay_ms + rtu.REST_MS, times)

    def test_the_driver_is_on_only_while_sending(self):
        for active in (1, 0):
            levels = []
            rig = Rig(de=levels.append, de_active=active)
            rig.read()
            self.assertEqual(levels, [1 - active, active, 1 - active])

    def test_the_driver_is_released_in_time_and_nothing_blocks_for_long(self):
        for baud in (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200):
            for parity, stop_bits in (("N", 1), ("E", 1), ("O", 2)):
                times = []
                rig = timed_rig(times)
                rig.client.set_line(baud, parity, stop_bits)
                rig.read()
                released_ms = times[-1][1] - rig.wire.sent_ms
                self.assertTrue(0 <= released_ms <= 2, (baud, times, rig.wire.sent_ms))
                self.assertTrue(max(rig.wire.blocked_ms) <= 5, rig.wire.blocked_ms)

    def test_the_driver_is_released_when_the_port_fails(self):
        levels = []
        rig = Rig(de=levels.append)

        def fail(frame):
            raise OSError(5)

        rig.wire.write = fail
        rig.fault()
        self.assertEqual(levels[-1], 0)

    def test_line_settings_reach_the_port_once(self):
        rig = Rig()
        for parity, code in (("N", None), ("E", 0), ("O", 1)):
            rig.client.set_line(19200, parity, 2)
            self.assertEqual(rig.wire.settings, (19200, 8, code, 2))
        self.assertEqual(rtuwords.statistics(rig.client)["line"], "19200 8O2")

    def test_a_dead_line_is_asked_ever_less_and_returns_at_once(self):
        rig = Rig()
        pauses = []
        rig.wire.answer = lambda frame: None
        for _ in range(9):
            rig.fault()
            pauses.append(rig.client.backoff_ms)
        self.assertEqual(pauses, [0, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000])
        rig.wire.answer = rig.slave.answer
        rig.read()
        self.assertEqual(rig.client.backoff_ms, 0)

    def test_a_busy_inverter_is_left_alone(self):
        rig = Rig()
        rig.slave.exception = 6
        rig.fault()
        rig.fault()
        self.assertEqual(rig.client.backoff_ms, 2000)


if __name__ == "__main__":
    unittest.main()
